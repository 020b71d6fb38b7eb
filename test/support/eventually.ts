// Polls for a state instead of sleeping for luck.
import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Calls `probe` until it neither throws nor answers false, and returns what it answered. At the deadline the last error is thrown,
 * so that a failing test shows the assertion that did not come true.
 */
export async function eventually<T>(probe: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown = new Error(`Still false after ${timeoutMs} ms`);
    try {
      const value = await probe();
      if (value !== false) return value;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) throw failure;
    await sleep(intervalMs);
  }
}
