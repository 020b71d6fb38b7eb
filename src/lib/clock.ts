// Time as a port: the wall clock and the monotonic clock apart, so that a test can move either of them.

/** A pending call; cancel() is idempotent. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock time: for what others read (status, Leases, expiry). May jump. */
  now(): Date;
  /** Milliseconds that never go backwards: for delays, ages and deadlines. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. The delay is clamped to [0 ms, 24 h]; NaN and Infinity mean 24 h. */
  after(delayMs: number, run: () => void): Timer;
}

// Node fires a timer of more than 2^31-1 ms, NaN or Infinity after 1 ms: a hot loop. Who needs longer looks again daily.
const LONGEST_DELAY_MS = 24 * 60 * 60 * 1000;

/** A delay that setTimeout takes as meant. */
export function clampDelayMs(delayMs: number): number {
  if (!Number.isFinite(delayMs)) return delayMs === -Infinity ? 0 : LONGEST_DELAY_MS;
  return Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS);
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, clampDelayMs(delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs`, or as soon as the signal aborts; it never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish);
  });
}

/** Calls `run` every `periodMs` until the signal aborts; a pending call keeps nothing alive after that. */
export function every(clock: Clock, periodMs: number, signal: AbortSignal, run: () => void): void {
  if (signal.aborted) return;
  const timer = clock.after(periodMs, () => {
    signal.removeEventListener('abort', cancel);
    if (signal.aborted) return;
    run();
    every(clock, periodMs, signal, run);
  });
  const cancel = (): void => timer.cancel();
  signal.addEventListener('abort', cancel, { once: true });
}
