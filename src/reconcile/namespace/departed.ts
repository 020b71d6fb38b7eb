// Which credentials that a marker names are really gone: a grace first, since a deletion may be a replacement; then a live
// 404 that names the object, or another UID. A list that lacks it, or a kind that is not served, proves nothing; a kind that is
// served again is empty at first, and the grace begins anew.
import { RESOURCE } from '../../api/names.ts';
import { isKubeError } from '../../kube/client.ts';
import type { CallOptions, KubeClient, ObjectRef } from '../../kube/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Credential } from '../credential.ts';
import { credentialKey } from '../keys.ts';
import type { DepartedPort, Departure } from '../ports.ts';

type Named = { readonly uid: string } & Pick<Credential, 'kind' | 'namespace' | 'name'>;

interface Missing {
  /** Monotonic: when this process first saw it missing. */
  readonly since: number;
  gone: boolean;
  failures: number;
  /** One live GET serves all namespaces that ask at once. */
  asking: Promise<void> | undefined;
  askAgainAt: number;
}

const REMEMBERED = 10_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const NOT_SERVED_MS = 30_000;

export function createDeparted({
  client,
  clock,
  graceMs,
  servedSinceMs,
}: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly graceMs: number;
  /** Monotonic: since when the kind is served and listed; undefined: it is not. */
  readonly servedSinceMs: (kind: Credential['kind']) => number | undefined;
}): DepartedPort & { readonly cameBack: (credential: Named) => void } {
  const missing = new Map<string, Missing>();
  return {
    async ask(credential, options) {
      const key = keyOf(credential);
      const one = missing.get(key) ?? remember(missing, key, clock);
      const servedSince = servedSinceMs(credential.kind);
      if (servedSince === undefined) return { departure: 'departing', waitMs: NOT_SERVED_MS };
      const graceLeftMs = Math.max(one.since, servedSince) + graceMs - clock.monotonicMs();
      if (!one.gone && graceLeftMs > 0) return { departure: 'departing', waitMs: graceLeftMs };
      if (!one.gone && clock.monotonicMs() >= one.askAgainAt)
        await proveOnce(one, credential, { client, clock }, options);
      const departure: Departure = one.gone ? 'gone' : 'departing';
      return { departure, waitMs: one.gone ? 0 : Math.max(FIRST_RETRY_MS, one.askAgainAt - clock.monotonicMs()) };
    },
    /** A list lacked it, or an older etcd holds it again: what was known of its end is over. */
    cameBack: (credential) => void missing.delete(keyOf(credential)),
  };
}

/** All of it: a forged name with a true UID proves nothing. */
function keyOf(credential: Named): string {
  return `${credentialKey(credential)}/${credential.uid}`;
}

function remember(missing: Map<string, Missing>, key: string, clock: Clock): Missing {
  const one: Missing = { since: clock.monotonicMs(), gone: false, failures: 0, asking: undefined, askAgainAt: 0 };
  missing.set(key, one);
  if (missing.size > REMEMBERED) missing.delete(missing.keys().next().value ?? '');
  return one;
}

async function proveOnce(
  one: Missing,
  credential: Named,
  ports: { readonly client: KubeClient; readonly clock: Clock },
  options: CallOptions,
): Promise<void> {
  one.asking ??= prove(one, credential, ports, options).finally(() => (one.asking = undefined));
  await one.asking;
}

async function prove(
  one: Missing,
  credential: Named,
  { client, clock }: { readonly client: KubeClient; readonly clock: Clock },
  options: CallOptions,
): Promise<void> {
  one.gone = await isGone(credential, client, options);
  if (one.gone) return;
  one.askAgainAt = clock.monotonicMs() + Math.min(FIRST_RETRY_MS * 2 ** Math.min(one.failures, 10), LONGEST_RETRY_MS);
  one.failures += 1;
}

async function isGone(credential: Named, client: KubeClient, options: CallOptions): Promise<boolean> {
  try {
    const { metadata } = await client.get(refOf(credential), options);
    return metadata.uid !== credential.uid || metadata.deletionTimestamp !== undefined;
  } catch (error) {
    return isKubeError(error, 'NotFound');
  }
}

function refOf({ kind, namespace, name }: Named): ObjectRef {
  const resource =
    kind === 'ClusterRegistryCredential' ? RESOURCE.clusterRegistryCredentials : RESOURCE.registryCredentials;
  return { resource, name, ...(namespace === undefined ? {} : { namespace }) };
}
