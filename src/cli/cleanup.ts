// `regcred cleanup`: removes everything that the operator ever wrote, and nothing else. It shows what, asks, and can be
// stopped at any point: what is left is found again by its marker.
import { RESOURCE } from '../api/names.ts';
import { isKubeError } from '../kube/client.ts';
import type { SlimNamespace, SlimSecret } from '../kube/slim.ts';
import { printable } from '../lib/redact.ts';
import type { Action } from '../reconcile/namespace/plan.ts';
import { configOf, withClient } from './connect.ts';
import { CommandError, explainKubeError, reportFailures } from './failures.ts';
import { readInventory } from './inventory.ts';
import { EXIT } from './io.ts';
import type { Io } from './io.ts';
import { runningOperator } from './operator-lease.ts';
import { count, table } from './output.ts';
import type { Flags } from './program.ts';
import { planRemoval, remove } from './removal.ts';
import type { RemovalPorts } from './removal.ts';

/** What stands in one namespace of ours. */
interface Leftovers {
  readonly namespace: SlimNamespace;
  readonly actions: readonly Action[];
}

const AT_ONCE = 8;

/** Exit code: 0 nothing of ours is left (or a dry run), 1 something is, 2 could not start. */
export async function cleanup(flags: Flags, io: Io): Promise<number> {
  return reportFailures(io, async () => {
    const config = configOf(flags, io);
    return withClient(config, io, async (client) => {
      const { namespace: installation, secretNames } = config;
      const inventory = await readInventory(client, config);
      const ports: RemovalPorts = { ...inventory, client, clock: io.clock, installation, secretNames };
      const leftovers = await findLeftovers(ports);
      io.out(describe(leftovers, ports));
      if (leftovers.length + ports.savedTokens.length === 0 || flags['dryRun'] === true) return EXIT.ok;

      if (flags['force'] !== true) await refuseBesideOperator(ports);
      if (!(await isConfirmed(flags, io))) return EXIT.failed;
      const problems = await removeAll(leftovers, ports);
      for (const problem of problems) io.err(`regcred: ${printable(problem)}\n`);
      io.out(problems.length === 0 ? 'Removed; nothing of the operator is left\n' : 'Some of it is left; see above\n');
      return problems.length === 0 ? EXIT.ok : EXIT.failed;
    });
  });
}

/** Namespaces that hold something of ours. One that is being deleted takes everything with it. */
async function findLeftovers(ports: RemovalPorts): Promise<readonly Leftovers[]> {
  const live = [...ports.stores.namespaces.values()].filter(({ terminating }) => !terminating);
  const planned = await inParallel(live, async (namespace) => ({
    namespace,
    actions: await planRemoval(namespace, ports),
  }));
  return planned
    .filter(({ actions }) => actions.length > 0)
    .sort((a, b) => (a.namespace.name < b.namespace.name ? -1 : 1));
}

/** They would fight: whatever is removed here, the operator writes again. */
async function refuseBesideOperator({ client, clock, installation }: RemovalPorts): Promise<void> {
  const holder = await runningOperator(client, installation, clock);
  if (holder === undefined) return;
  const scale = `kubectl -n ${installation} scale deployment regcred-operator --replicas=0`;
  throw new CommandError(
    `An operator runs (${holder}) and would write everything again; stop it (${scale}) or give --force`,
  );
}

async function isConfirmed(flags: Flags, io: Io): Promise<boolean> {
  if (flags['yes'] === true) return true;
  if (!io.isInteractive) throw new CommandError('Nobody can be asked here; give --yes to remove all of the above');
  if ((await io.ask('Type yes to remove all of this: ')).trim() === 'yes') return true;
  io.out('Nothing was removed\n');
  return false;
}

async function removeAll(leftovers: readonly Leftovers[], ports: RemovalPorts): Promise<readonly string[]> {
  const inNamespaces = await inParallel(leftovers, ({ namespace }) => remove(namespace, ports));
  const tokens = await inParallel(ports.savedTokens, (token) => removeToken(token, ports));
  return [...inNamespaces, ...tokens].flat();
}

async function removeToken(token: SlimSecret, { client }: RemovalPorts): Promise<readonly string[]> {
  try {
    await client.delete({ resource: RESOURCE.secrets, namespace: token.namespace, name: token.name }, token);
    return [];
  } catch (thrown) {
    if (isKubeError(thrown, 'NotFound', 'NamespaceGone')) return [];
    if (isKubeError(thrown)) return [explainKubeError(thrown)];
    throw thrown;
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function describe(leftovers: readonly Leftovers[], { installation, savedTokens }: RemovalPorts): string {
  const rows = [
    ...leftovers.flatMap(({ namespace, actions }) => actions.flatMap((action) => rowsOf(namespace.name, action))),
    ...savedTokens.map(({ name }) => [installation, `secret/${name}`, 'deleted (a saved token)']),
  ];
  if (rows.length === 0) return `Nothing found that installation "${installation}" wrote\n`;
  const head = `To be removed, written by installation "${installation}":\n\n`;
  const total = `${count(rows.length, 'change')} in ${count(new Set(rows.map(([name]) => name)).size, 'namespace')}`;
  return `${head}${table([['NAMESPACE', 'OBJECT', 'CHANGE'], ...rows])}\n${total}\n`;
}

function rowsOf(namespace: string, action: Action): readonly (readonly string[])[] {
  switch (action.kind) {
    case 'SetEntries':
      return action.detach.map((name) => [
        namespace,
        `serviceaccount/${action.serviceAccount.name}`,
        `entry ${name} leaves`,
      ]);
    case 'LeaveSecret': {
      const hosts = [...(action.found.marker?.hosts.keys() ?? [])].join(', ');
      return [[namespace, `secret/${action.found.slim.name}`, `adopted: stays, without our ${hosts || 'marker'}`]];
    }
    case 'DeleteSecret':
      return [[namespace, `secret/${action.found.slim.name}`, `deleted${retained(action)}`]];
    default:
      return [];
  }
}

/** `deletionPolicy: Retain` holds for a credential's deletion, not for the removal of everything. */
function retained({ found }: Extract<Action, { kind: 'DeleteSecret' }>): string {
  return found.marker?.by.some(({ retain }) => retain) ? ' (although a credential says Retain)' : '';
}
