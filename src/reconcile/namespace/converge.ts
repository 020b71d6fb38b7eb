// Plans and applies until nothing is left to do: a conflict, a step that the next one waits for, or a ServiceAccount that came
// meanwhile is planned again on what is really there, at most five times.
import { RESOURCE } from '../../api/names.ts';
import { isPermitted } from '../../api/permitted-names.ts';
import type { RunContext } from '../../controller/result.ts';
import { isKubeError } from '../../kube/client.ts';
import { apply } from './apply.ts';
import type { Outcome } from './apply.ts';
import { desired } from './desired.ts';
import type { Desired } from './desired.ts';
import type { Coverage } from './draft.ts';
import { failureOf, isConflict, isNamespaceGone, isNoFailure } from './failures.ts';
import type { Failure } from './failures.ts';
import { entriesWithoutSecret } from './entries.ts';
import type { Observed } from './observe.ts';
import { plan } from './plan.ts';
import type { Action, ProvenAbsent } from './plan.ts';
import type { NamespacePorts } from './ports.ts';
import type { Gathered } from './situation.ts';
import { holdBackFights, noteWrite } from './fights.ts';

/** A failure, and the Secret names it concerns. */
export interface NamespaceFailure extends Failure {
  readonly secretNames: readonly string[];
  /** Only a change of the object can mend it: no retry, its watch tells. */
  readonly waitsForChange: boolean;
}

export interface Converged {
  readonly coverage: readonly Coverage[];
  readonly failures: readonly NamespaceFailure[];
  /** The API server says that the namespace is terminating or gone. */
  readonly namespaceGone: boolean;
  /** Look again then, whatever else happens: a grace ends, a fight is held back. */
  readonly lookAgainMs: number | undefined;
}

const MOST_ATTEMPTS = 5;
const PROVE_AGAIN_MS = 30_000;

export async function converge(
  gather: () => Promise<Gathered>,
  ports: NamespacePorts,
  context: RunContext,
): Promise<Converged> {
  for (let attempt = 1; ; attempt += 1) {
    const { situation, askAgainMs } = await gather();
    const wanted = desired(situation, ports.drafts);
    const doubtful = entriesWithoutSecret(wanted, situation.observed).filter((name) =>
      isPermitted(ports.permissions.secretNames, name),
    );
    const { absent, proveAgainMs } =
      doubtful.length === 0 ? NO_DOUBT : await proveAbsent(doubtful, situation.observed.namespace.name, ports, context);
    const planned = plan(wanted, situation.observed, absent);
    const { actions, heldBack, waitMs } = holdBackFights(planned, ports.fights);
    const outcomes = await apply(situation.observed.namespace.name, actions, ports, context);
    for (const { action, error } of outcomes) if (error === undefined) noteWrite(action, ports.fights);
    const conflicts = outcomes.filter(({ error }) => isConflict(error));
    if (conflicts.length > 0) await readAgain(conflicts, situation.observed.namespace.name, ports, context);

    const namespaceGone = outcomes.some(({ error }) => isNamespaceGone(error));
    const allDone = outcomes.every(({ error }) => error === undefined);
    const mustLookAgain =
      conflicts.length > 0 || mayMoreFollow(outcomes, wanted) || (allDone && hasNewAccounts(situation.observed, ports));
    if (!namespaceGone && !context.signal.aborted && attempt < MOST_ATTEMPTS && mustLookAgain) continue;
    return {
      coverage: wanted.coverage,
      failures: [...outcomes.flatMap(failuresOf), ...heldBack],
      namespaceGone,
      lookAgainMs: earliest(askAgainMs, waitMs, proveAgainMs),
    };
  }
}

/** A fan-out is planned once a namespace: what every answer confirms is not planned again, unless something waited for it. */
function mayMoreFollow(outcomes: readonly Outcome[], { secrets }: Desired): boolean {
  const wrote = outcomes.filter(({ action, error }) => error === undefined && action.kind !== 'Refuse');
  return wrote.some(({ isSettled }) => !isSettled) || (wrote.length > 0 && secrets.some((one) => one.keepsEntries));
}

/** Of a new namespace: its Secret was under way when its ServiceAccount came, whose Pods need not wait for another run. */
function hasNewAccounts({ namespace, serviceAccounts }: Observed, { stores }: NamespacePorts): boolean {
  const known = new Set(serviceAccounts.map(({ uid }) => uid));
  const live = stores.serviceAccounts.inNamespace(namespace.name).filter(({ terminating }) => !terminating);
  return live.some(({ uid }) => !known.has(uid));
}

interface Proof {
  readonly absent: ProvenAbsent;
  readonly proveAgainMs: number | undefined;
}

const NO_DOUBT: Proof = { absent: new Set(), proveAgainMs: undefined };

/** Entries whose Secret is nowhere: a live GET must say so before they go. */
async function proveAbsent(
  names: readonly string[],
  namespace: string,
  { client, remember }: NamespacePorts,
  { signal }: RunContext,
): Promise<Proof> {
  const absent = new Set<string>();
  let proveAgainMs: number | undefined;
  for (const name of names) {
    try {
      remember.secret(await client.get({ resource: RESOURCE.secrets, namespace, name }, { signal }));
    } catch (error) {
      if (isKubeError(error, 'NotFound')) absent.add(name);
      else proveAgainMs = PROVE_AGAIN_MS; // no answer proves nothing, and no event will tell
    }
  }
  return { absent, proveAgainMs };
}

/** What was written is not what was planned for: the live objects replace what the stores hold. */
async function readAgain(
  conflicts: readonly Outcome[],
  namespace: string,
  ports: NamespacePorts,
  { signal }: RunContext,
): Promise<void> {
  const { client, remember, countConflict } = ports;
  for (const { action } of conflicts) {
    countConflict();
    const { kind, name } = objectOf(action);
    const isSecret = kind === 'Secret';
    try {
      const object = await client.get(
        { resource: isSecret ? RESOURCE.secrets : RESOURCE.serviceAccounts, namespace, name },
        { signal },
      );
      if (isSecret) remember.secret(object);
      else remember.serviceAccount(object);
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) continue; // planned again on what the stores hold; the next conflict tells
      if (isSecret) remember.secretGone(namespace, name);
      else remember.serviceAccountGone(namespace, name);
    }
  }
}

function objectOf(action: Action): { readonly kind: 'Secret' | 'ServiceAccount'; readonly name: string } {
  switch (action.kind) {
    case 'SetEntries':
      return { kind: 'ServiceAccount', name: action.serviceAccount.name };
    case 'CreateSecret':
    case 'UpdateSecret':
      return { kind: 'Secret', name: action.secret.name };
    case 'Refuse':
      return { kind: 'Secret', name: action.secretName };
    default:
      return { kind: 'Secret', name: action.found.slim.name };
  }
}

function failuresOf({ action, error }: Outcome): readonly NamespaceFailure[] {
  if (action.kind === 'Refuse') return [{ ...action.refusal, secretNames: [action.secretName], waitsForChange: true }];
  if (isNoFailure(error) || isNamespaceGone(error)) return [];
  const secretNames = action.kind === 'SetEntries' ? [...action.attach, ...action.detach] : [objectOf(action).name];
  return [{ ...failureOf(action, error), secretNames, waitsForChange: false }];
}

function earliest(...delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
