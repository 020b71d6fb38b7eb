// `regcred status`: credentials, expiry, namespaces and failures at a glance. Reads, never writes.
import type { Resource } from '../api/names.ts';
import { RESOURCE } from '../api/names.ts';
import { isKubeError } from '../kube/client.ts';
import type { KubeClient, KubeError, KubeObject } from '../kube/client.ts';
import { listAll } from '../kube/paged-list.ts';
import { slimCredential } from '../kube/slim.ts';
import { printable } from '../lib/redact.ts';
import { configOf, withClient } from './connect.ts';
import { CommandError, explainKubeError, reportFailures } from './failures.ts';
import { readFence } from './fence.ts';
import type { FenceView } from './fence.ts';
import { EXIT } from './io.ts';
import type { Io } from './io.ts';
import { readOperator } from './operator-lease.ts';
import type { OperatorView } from './operator-lease.ts';
import type { Flags } from './program.ts';
import { credentialNotes, credentialTable, viewOf } from './status-view.ts';
import type { CredentialView } from './status-view.ts';

interface StatusView {
  readonly credentials: readonly CredentialView[];
  readonly fence: FenceView;
  /** Who holds the Lease. Absent when a tenant asks for its own, or REGCRED_LEADER_ELECT=false. */
  readonly operator?: OperatorView;
  /** What could not be read, and what to do; the rest is shown all the same. */
  readonly unreadable: readonly string[];
}

/** Exit code: 0 all is fine, 1 something needs action, 2 could not tell. */
export async function status(flags: Flags, io: Io): Promise<number> {
  return reportFailures(io, async () => {
    const tenant = typeof flags['tenant'] === 'string' ? flags['tenant'] : undefined;
    const config = configOf(flags, io);
    const view = await withClient(config, io, async (client) => {
      const credentials = await readStatus(client, { tenant, operatorNamespace: config.namespace }, io.clock.now());
      if (tenant !== undefined || !config.leaderElect) return credentials;
      return { ...credentials, operator: await readOperator(client, config.namespace, io.clock) };
    });
    if (flags['output'] === 'json') io.out(`${JSON.stringify(view, null, 2)}\n`);
    else io.out(textOf(view, tenant, io.clock.now()));
    for (const line of view.unreadable) io.err(`regcred: ${printable(line)}\n`);
    return exitCodeOf(view);
  });
}

async function readStatus(
  client: KubeClient,
  { tenant, operatorNamespace }: { readonly tenant: string | undefined; readonly operatorNamespace: string },
  now: Date,
): Promise<StatusView> {
  // Tenants see their own namespace only: asking for it asks for nothing else.
  const reads = [
    ...(tenant === undefined ? [readList(client, RESOURCE.clusterRegistryCredentials)] : []),
    readList(client, RESOURCE.registryCredentials, tenant),
  ];
  const lists = await Promise.all(reads);
  const failed = lists.filter((list) => isKubeError(list));
  const unreadable = [...new Set(failed.map((error) => explainKubeError(error)))];
  if (failed.length === lists.length) throw new CommandError(unreadable.join('\n'));
  const objects = lists.flatMap((list) => (isKubeError(list) ? [] : list));
  return {
    credentials: objects.map((object) => viewOf(object, now)),
    fence: await readFence(client, operatorNamespace),
    unreadable,
  };
}

/** One kind may be hidden from us and the other not; a failure that hits both is told once. */
async function readList(
  client: KubeClient,
  resource: Resource,
  namespace?: string,
): Promise<readonly KubeObject[] | KubeError> {
  try {
    const slim = (object: KubeObject): KubeObject => ({ ...slimCredential(object), kind: resource.kind }); // list items carry none
    return (await listAll({ client, resource, namespace, slim })).items;
  } catch (thrown) {
    if (isKubeError(thrown)) return thrown;
    throw thrown;
  }
}

function textOf({ credentials, fence, operator }: StatusView, tenant: string | undefined, now: Date): string {
  const where = tenant === undefined ? '' : ` in namespace ${tenant}`;
  const list = credentials.length === 0 ? `No credentials found${where}\n` : credentialTable(credentials, now);
  const notes = credentials.map(credentialNotes).filter((note) => note !== '');
  const below = [operator?.message ?? [], fence.message].flat().map(printable).join('\n');
  return [list, ...notes, `${below}\n`].join('\n');
}

function exitCodeOf({ credentials, fence, operator, unreadable }: StatusView): number {
  const isUnserved = credentials.length > 0 && operator?.state === 'stopped';
  const isBad = isUnserved || fence.state === 'absent' || credentials.some(({ needsAction }) => needsAction);
  if (isBad) return EXIT.needsAction;
  return unreadable.length > 0 ? EXIT.couldNotTell : EXIT.ok;
}
