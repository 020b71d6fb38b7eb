// A value that is read again when it is old: one reader at a time, and the last good value outlives a failed read.
import type { Clock } from '../lib/clock.ts';

export type Refreshed<T> = (options?: { readonly force?: true }) => Promise<T>;

// Many requests see the same 401 at once; one forced read serves them all, and an exec plugin is not started in a loop.
const FORCE_AT_MOST_EVERY_MS = 5_000;

interface Held<T> {
  readonly value: T;
  readonly readAtMs: number;
}

/** Reads at the first call, when the value is older than `maxAgeMs`, and when forced. Rejects only while there is no value. */
export function refreshed<T>(
  read: (forced: boolean) => Promise<T>,
  { clock, maxAgeMs }: { readonly clock: Clock; readonly maxAgeMs: number },
): Refreshed<T> {
  let held: Held<T> | undefined;
  let reading: Promise<T> | undefined;
  let forcedAtMs = -Infinity;

  const readOnce = async (forced: boolean): Promise<T> => {
    const readAtMs = clock.monotonicMs();
    try {
      held = { value: await read(forced), readAtMs };
    } catch (error) {
      if (!held) throw error;
      held = { ...held, readAtMs }; // the next try when this one is old again
    } finally {
      reading = undefined;
    }
    return held.value;
  };
  const isDue = (force: boolean): boolean => {
    const nowMs = clock.monotonicMs();
    if (!held) return true;
    if (!force) return nowMs - held.readAtMs >= maxAgeMs;
    if (nowMs - forcedAtMs < FORCE_AT_MOST_EVERY_MS) return false;
    forcedAtMs = nowMs;
    return true;
  };

  return ({ force } = {}) => {
    if (reading) return reading;
    if (held && !isDue(force === true)) return Promise.resolve(held.value);
    reading = readOnce(force === true);
    return reading;
  };
}
