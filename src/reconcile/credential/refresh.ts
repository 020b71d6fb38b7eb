// Pure: when to issue again. A pull Secret can not ask for a token when it is used, so what counts is the margin between
// the first attempt and expiry; the moments are derived from (uid, time), so that a restart moves none of them.
import { createHash } from 'node:crypto';
import type { RetryClass } from '../../api/reasons.ts';
import type { Credential } from '../credential.ts';
import type { HeldEntry } from './tokens.ts';

/** A timer is looked at again at least daily, and never sooner than 30 s: a refresh never becomes a hot loop. */
export const SHORTEST_TIMER_MS = 30_000;
export const LONGEST_TIMER_MS = 24 * 60 * 60_000;

const POLL_MS = 5 * 60_000;
/** Clocks of two replicas may differ by so much. */
const MOST_SKEW_MS = 60_000;

/** A number in [0, 1) that is the same for the same (uid, salt), now and after a restart. */
export function fractionOf(uid: string, salt: string | number): number {
  return createHash('sha256').update(`${uid} ${salt}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** In [0.8 f, f] of the remaining life (f = afterPercent), jitter earlier only. */
export function refreshTime(uid: string, issuedAt: Date, expiresAt: Date, afterPercent: number): Date {
  const lifeMs = expiresAt.getTime() - issuedAt.getTime();
  const f = afterPercent / 100;
  const u = fractionOf(uid, issuedAt.getTime());
  return new Date(issuedAt.getTime() + lifeMs * (f - 0.2 * f * u));
}

/** When an entry that has an end is due to be replaced. */
export function refreshAt({ uid, spec }: Pick<Credential, 'uid' | 'spec'>, entry: HeldEntry): Date {
  const { refreshFrom, expiresAt } = entry;
  return refreshTime(uid, refreshFrom, expiresAt ?? new Date(8.64e15), spec.refresh.afterPercent);
}

/** Made in the future: the wall clock went back since, and what it says of this one's end is too late. */
export function isFromFuture(madeAt: Date, now: Date): boolean {
  return madeAt.getTime() - now.getTime() > MOST_SKEW_MS;
}

export function clampTimerMs(delayMs: number): number {
  if (!Number.isFinite(delayMs)) return LONGEST_TIMER_MS;
  return Math.min(Math.max(delayMs, SHORTEST_TIMER_MS), LONGEST_TIMER_MS);
}

export interface Retry {
  readonly uid: string;
  /** Failed issues in a row, from 0. */
  readonly attempt: number;
  /** Until the token in use expires; undefined: nothing is alive. */
  readonly remainingMs: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Inputs that are watched bring a change by themselves. */
  readonly inputsWatched: boolean;
}

/** Undefined: no timer, a change will wake us. */
export function retryDelayMs(retryClass: RetryClass, retry: Retry): number | undefined {
  switch (retryClass) {
    case 'wait-for-change':
      return retry.inputsWatched ? undefined : pollDelayMs(retry.uid, retry.attempt);
    case 'slow':
      return Math.min(60_000 * 2 ** Math.min(retry.attempt, 10), 15 * 60_000);
    case 'retry-after':
      return retry.retryAfterMs === undefined || !(retry.retryAfterMs >= 0)
        ? backoffMs(retry)
        : boundRetryAfterMs(retry.retryAfterMs, retry.remainingMs);
    case 'backoff':
      return backoffMs(retry);
  }
}

/** Inputs that nobody watches are read again every 5 min +-20 %. */
export function pollDelayMs(uid: string, round: number): number {
  return POLL_MS * (0.8 + 0.4 * fractionOf(uid, round));
}

/** Full jitter from 5 s, doubling; at least eight tries stay until expiry, and never below 2 s. */
function backoffMs({ uid, attempt, remainingMs }: Retry): number {
  const cap = remainingMs === undefined ? 60_000 : Math.min(10 * 60_000, Math.max(30_000, remainingMs / 8));
  const ceiling = Math.min(5000 * 2 ** Math.min(attempt, 20), cap);
  return Math.max(2000, ceiling * fractionOf(uid, attempt));
}

function boundRetryAfterMs(retryAfterMs: number, remainingMs: number | undefined): number {
  const cap = Math.min(60 * 60_000, remainingMs ?? Infinity);
  return Math.max(1000, Math.min(retryAfterMs, cap));
}
