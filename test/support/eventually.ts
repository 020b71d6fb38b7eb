// Waits for a state instead of a time: tests must pass on a slow machine without sleeping for luck.
import { setTimeout as delay } from 'node:timers/promises';

/** Polls until the probe neither throws nor answers false or undefined; then rejects with the last reason. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 10 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { value, error } = await attempt(probe);
    if (error === undefined && value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw error ?? new Error(`Not so after ${timeoutMs} ms: ${probe.toString()}`);
    await delay(everyMs);
  }
}

async function attempt<T>(probe: () => T | Promise<T>): Promise<{ value?: T; error?: Error }> {
  try {
    return { value: await probe() };
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}
