// When a namespace is looked at again: its failures go up a ladder of their own, slow enough to stay below five writes a
// minute for an object that can not be mended.
import type { Result } from '../../controller/result.ts';
import type { FailureOfNamespace } from '../ports.ts';
import type { Converged } from './converge.ts';

/** In memory, by namespace UID: how often it failed in a row. */
export type Attempts = Map<string, number>;

const FIRST_RETRY_MS = 2000;
const SLOW_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 5 * 60_000;

/** Repaired by people outside our reach: no event tells, and nothing is gained by haste. */
const SLOW: ReadonlySet<FailureOfNamespace> = new Set([
  'Forbidden',
  'QuotaExceeded',
  'AdmissionDenied',
  'SecretTooLarge',
  'SecretImmutable',
]);

export function nextRun(
  uid: string,
  { failures, lookAgainMs }: Converged,
  { attempts }: { readonly attempts: Attempts },
): Result {
  const retried = failures.filter(({ waitsForChange }) => !waitsForChange);
  const attempt = attempts.get(uid) ?? 0;
  if (retried.length === 0) attempts.delete(uid);
  else attempts.set(uid, attempt + 1);
  const delays = [
    ...retried.map(({ reason }) => retryDelayMs(reason, attempt)),
    ...(lookAgainMs === undefined ? [] : [lookAgainMs]),
  ];
  return delays.length === 0 ? {} : { requeueAfterMs: Math.min(...delays) };
}

export function retryDelayMs(reason: FailureOfNamespace, attempt: number): number {
  const first = SLOW.has(reason) ? SLOW_RETRY_MS : FIRST_RETRY_MS;
  return Math.min(first * 2 ** Math.min(attempt, 20), LONGEST_RETRY_MS);
}
