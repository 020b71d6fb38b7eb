// Waits for a state instead of a time: tests must pass on a slow machine without sleeping for luck.
import { setTimeout as delay } from 'node:timers/promises';

/** A poll that takes longer says that the machine is busy, or was asleep: no more of it counts. */
const LONGEST_POLL_MS = 200;

/** Polls until the probe neither throws nor answers false or undefined; after `timeoutMs` of polling it rejects with the last reason. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 10 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  for (let spentMs = 0; ;) {
    const startedMs = performance.now();
    const { value, error } = await attempt(probe);
    if (error === undefined && value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
    if (spentMs >= timeoutMs) throw error ?? new Error(`Not so after ${timeoutMs} ms: ${probe.toString()}`);
    await delay(everyMs);
    spentMs += Math.min(performance.now() - startedMs, Math.max(everyMs, LONGEST_POLL_MS));
  }
}

async function attempt<T>(probe: () => T | Promise<T>): Promise<{ value?: T; error?: Error }> {
  try {
    return { value: await probe() };
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}
