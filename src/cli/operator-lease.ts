// Does an operator run? Its Lease tells: somebody holds it and renews it.
import { OPERATOR_NAME, RESOURCE } from '../api/names.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { isKubeError } from '../kube/client.ts';
import { readRecord } from '../controller/lease-record.ts';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import { isJsonObject } from '../lib/json.ts';

// The holder renews every 2 s: two looks this far apart differ, however wrong its clock or ours is.
export const BETWEEN_LOOKS_MS = 3000;

/** The holder's identity; undefined when nobody holds the Lease, or whoever did is gone. */
export async function runningOperator(
  client: KubeClient,
  namespace: string,
  clock: Clock,
): Promise<string | undefined> {
  const first = await readLease(client, namespace);
  const holder = first && readRecord(first).holder;
  if (!first || holder === '') return undefined;
  if (isFresh(first, clock.now())) return holder ?? 'unknown';
  await sleep(clock, BETWEEN_LOOKS_MS);
  const second = await readLease(client, namespace);
  const isRenewed = second !== undefined && readRecord(second).text !== readRecord(first).text;
  return isRenewed && readRecord(second).holder !== '' ? (readRecord(second).holder ?? 'unknown') : undefined;
}

async function readLease(client: KubeClient, namespace: string): Promise<KubeObject | undefined> {
  try {
    return await client.get({ resource: RESOURCE.leases, namespace, name: OPERATOR_NAME });
  } catch (thrown) {
    if (isKubeError(thrown, 'NotFound', 'NamespaceGone')) return undefined;
    throw thrown;
  }
}

/** By the clocks, which is only good for a quick yes. */
function isFresh(lease: KubeObject, now: Date): boolean {
  const spec = isJsonObject(lease['spec']) ? lease['spec'] : {};
  const renewedMs = Date.parse(typeof spec['renewTime'] === 'string' ? spec['renewTime'] : '');
  const ageMs = now.getTime() - renewedMs;
  return ageMs < readRecord(lease).durationMs; // NaN is no
}
