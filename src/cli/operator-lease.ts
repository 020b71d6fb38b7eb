// Does an operator run? Its Lease tells: somebody holds it and renews it.
import { OPERATOR_NAME, RESOURCE } from '../api/names.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { isKubeError } from '../kube/client.ts';
import { readRecord } from '../controller/lease-record.ts';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import { isJsonObject } from '../lib/json.ts';
import { humanDuration } from './output.ts';

// The holder renews every 2 s: two looks this far apart differ, however wrong its clock or ours is.
export const BETWEEN_LOOKS_MS = 3000;

/** As `regcred status` shows it. */
export interface OperatorView {
  readonly state: 'running' | 'stopped' | 'unknown';
  readonly message: string;
}

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

/** Who holds the Lease, for people. A Lease that looks old is looked at twice, for clocks may differ. */
export async function readOperator(client: KubeClient, namespace: string, clock: Clock): Promise<OperatorView> {
  try {
    const lease = await readLease(client, namespace);
    const holder = lease && readRecord(lease).holder;
    if (!lease || holder === '')
      return { state: 'stopped', message: `Operator: nobody holds its Lease in namespace ${namespace}; does it run?` };
    const who = holder ?? 'unknown';
    const age = humanDuration(ageMs(lease, clock.now()));
    if (isFresh(lease, clock.now()))
      return { state: 'running', message: `Operator: runs (${who}, Lease renewed ${age} ago)` };
    if ((await runningOperator(client, namespace, clock)) !== undefined)
      return { state: 'running', message: `Operator: runs (${who}; by this clock it renewed its Lease ${age} ago)` };
    const message = `Operator: ${who} renewed its Lease ${age} ago, which is too long; does it run?`;
    return { state: 'stopped', message };
  } catch (thrown) {
    if (!isKubeError(thrown)) throw thrown;
    const cause = thrown.kind === 'Forbidden' ? `no permission; rule: ${thrown.rule}` : thrown.kind;
    return { state: 'unknown', message: `Operator: could not tell (${cause})` };
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
