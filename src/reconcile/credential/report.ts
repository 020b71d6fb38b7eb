// Writes a credential's status when it differs, and tells of its transitions by Events.
import { API_GROUP, API_VERSION, RESOURCE } from '../../api/names.ts';
import type { Condition } from '../../api/registry-credential.ts';
import type { RunContext } from '../../controller/result.ts';
import { isKubeError } from '../../kube/client.ts';
import { shortHash } from '../../lib/hash.ts';
import { forbiddenServiceAccounts, isIgnored, selects } from '../coverage.ts';
import type { Standing } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { removesExpired } from './expiry.ts';
import type { StatusFacts } from './status-facts.ts';
import { decideWrite, statusFor, transitions } from './status.ts';
import { isAlive } from './tokens.ts';
import type { Held } from './tokens.ts';

export function gatherFacts(
  credential: Credential,
  standing: Standing,
  held: Held | undefined,
  ports: CredentialPorts,
): StatusFacts {
  const { stores, permissions, clock, outcomes } = ports;
  const home = credential.namespace === undefined ? undefined : stores.namespaces.get(credential.namespace);
  const entries = [...(held?.entries.values() ?? [])];
  const isRemoved = (key: string): boolean => removesExpired(credential.spec.expiryPolicy, key);
  return {
    now: clock.now(),
    provider: credential.provider,
    standing,
    ignored: home !== undefined && isIgnored(home),
    forbidden: ports.forbidden(),
    held,
    selected: [...stores.namespaces.values()]
      .filter((one) => selects(credential, one, permissions.operatorNamespace))
      .map(({ name }) => name),
    outcomes: outcomes.of(credential.key),
    forbiddenServiceAccounts:
      credential.problem === undefined
        ? forbiddenServiceAccounts(credential.spec, permissions.serviceAccountNames)
        : [],
    handledRefresh: held?.madeFor?.refreshRequest ?? credential.status?.lastHandledRefresh,
    removedKeys: new Set(
      entries.filter((entry) => !isAlive(entry, clock) && isRemoved(entry.key)).map(({ key }) => key),
    ),
  };
}

/** A changed object wakes its key at once; this is for a conflict that no change explains. */
const CONFLICT_MS = 1000;

/** Milliseconds after which a status that was put off should be written; undefined: nothing is left to write. */
export async function writeStatus(
  credential: Credential,
  facts: StatusFacts,
  ports: CredentialPorts,
  context: RunContext,
): Promise<number | undefined> {
  const next = statusFor(credential, facts);
  const write = decideWrite(
    credential.status,
    next,
    ports.clock.monotonicMs() - (ports.lastCounts.get(credential.uid) ?? -Infinity),
  );
  if (write.kind === 'later') return write.delayMs;
  if (write.kind === 'none') return undefined;
  const content = contentOf(next);
  const waitMs = ports.fights.waitMs(credential.uid, content);
  if (waitMs > 0) return waitMs;
  try {
    ports.rememberCredential(
      await ports.client.patch(
        refOf(credential),
        credential, // else what is said of a former object of this name would stand at its successor
        { status: withNulls(credential.status, next) },
        { signal: context.signal, subresource: 'status' },
      ),
    );
    ports.lastCounts.set(credential.uid, ports.clock.monotonicMs());
    ports.fights.wrote(credential.uid, content);
  } catch (error) {
    if (isKubeError(error, 'NotFound', 'NamespaceGone')) return undefined; // deleted meanwhile
    if (!isKubeError(error, 'Conflict')) throw error;
    await readAgain(credential, ports, context);
    return CONFLICT_MS;
  }
  for (const condition of transitions(credential.status, next)) recordTransition(credential, condition, ports);
  return undefined;
}

/** The status was decided on an object that has changed, or been made anew: the live one replaces what the store holds. */
async function readAgain(
  credential: Credential,
  { client, rememberCredential }: CredentialPorts,
  { signal }: RunContext,
): Promise<void> {
  try {
    rememberCredential(await client.get(refOf(credential), { signal }));
  } catch (error) {
    if (!isKubeError(error, 'NotFound', 'NamespaceGone')) throw error;
  }
}

/** A second installation, or a user, may write the same status: what both want again and again is a fight. */
function contentOf(status: object): string {
  return shortHash(JSON.stringify(status, (field, value: unknown) => (field === 'lastTransitionTime' ? null : value)));
}

function refOf({ kind, namespace, name }: Credential) {
  const resource =
    kind === 'ClusterRegistryCredential' ? RESOURCE.clusterRegistryCredentials : RESOURCE.registryCredentials;
  return { resource, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** A merge patch: fields that are no longer there go by null. */
function withNulls(previous: Credential['status'], next: object): object {
  const gone = Object.keys(previous ?? {}).filter((field) => !Object.hasOwn(next, field));
  return { ...next, ...Object.fromEntries(gone.map((field) => [field, null])) };
}

/** Whom an Event is about. */
export function regardingOf({ kind, name, namespace, uid }: Pick<Credential, 'kind' | 'name' | 'namespace' | 'uid'>) {
  const apiVersion = `${API_GROUP}/${API_VERSION}`;
  return { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}

const QUIET: ReadonlySet<string> = new Set(['Pending', 'NotShadowed', 'NotProbed', 'Off']);

function recordTransition(
  credential: Credential,
  { type, status, reason, message }: Condition,
  { events }: CredentialPorts,
): void {
  if (QUIET.has(reason)) return;
  const isBad = status === 'False' || type === 'Stalled';
  events.record({
    regarding: regardingOf(credential),
    type: isBad ? 'Warning' : 'Normal',
    reason,
    action: type,
    note: message,
  });
}
