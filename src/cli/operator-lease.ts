// Does an operator run? Its Lease tells: somebody holds it and renews it.
import { OPERATOR_NAME, RESOURCE } from '../api/names.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { isKubeError } from '../kube/client.ts';
import { readRecord } from '../controller/lease-record.ts';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import { isJsonObject } from '../lib/json.ts';
import { ruleFor } from './failures.ts';
import { humanDuration } from './output.ts';

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

/** One line for people, by the clocks; it decides nothing. */
export async function describeOperator(client: KubeClient, namespace: string, now: Date): Promise<string> {
  try {
    const lease = await readLease(client, namespace);
    const holder = lease && readRecord(lease).holder;
    if (!lease || holder === '') return `Operator: nobody holds its Lease in namespace ${namespace}; does it run?`;
    const age = humanDuration(ageMs(lease, now));
    if (isFresh(lease, now)) return `Operator: runs (${holder ?? 'unknown'}, Lease renewed ${age} ago)`;
    return `Operator: ${holder ?? 'unknown'} renewed its Lease ${age} ago, which is too long; does it run?`;
  } catch (thrown) {
    if (!isKubeError(thrown)) throw thrown;
    return `Operator: could not tell (${thrown.kind === 'Forbidden' ? `no permission; rule: ${ruleFor(thrown)}` : thrown.kind})`;
  }
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
  return ageMs(lease, now) < readRecord(lease).durationMs; // NaN is no
}

function ageMs(lease: KubeObject, now: Date): number {
  const spec = isJsonObject(lease['spec']) ? lease['spec'] : {};
  return now.getTime() - Date.parse(typeof spec['renewTime'] === 'string' ? spec['renewTime'] : '');
}
