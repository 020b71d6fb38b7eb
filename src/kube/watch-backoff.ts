// Delays between attempts of a stream: doubling with jitter, and from the start again after two minutes of health.
import type { Clock } from '../lib/clock.ts';

export interface Backoff {
  /** How long to wait before the next attempt. */
  next(): number;
}

export interface BackoffOptions {
  readonly clock: Clock;
  readonly random?: () => number;
}

const FIRST_MS = 800;
const LONGEST_MS = 30_000;
const HEALTHY_AFTER_MS = 2 * 60_000;

/** 0.8 s to 30 s, each stretched by a random factor of 1 to 2, so that streams do not march in step. */
export function createWatchBackoff({ clock, random = Math.random }: BackoffOptions): Backoff {
  let delayMs = FIRST_MS;
  let waitedUntilMs = -Infinity;
  return {
    next() {
      const nowMs = clock.monotonicMs();
      if (nowMs - waitedUntilMs > HEALTHY_AFTER_MS) delayMs = FIRST_MS;
      const stretchedMs = delayMs * (1 + random());
      waitedUntilMs = nowMs + stretchedMs;
      delayMs = Math.min(delayMs * 2, LONGEST_MS);
      return stretchedMs;
    },
  };
}
