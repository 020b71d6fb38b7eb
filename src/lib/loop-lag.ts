// Notices an event loop that is stuck, or turns so slowly that nothing comes in time: a beat is asked for, and its lateness seen.
import { every } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Check } from './health.ts';

const BEAT_MS = 2_000;
/** A beat that comes so late says that no Lease can be kept in this pace. */
const LATE_MS = 5_000;
/** One long pause is no reason to end a process (it was stopped, its node was starved); nothing in time for so long is. */
const LIMIT_MS = 60_000;

/** Beats until the signal aborts. The check fails once no beat has been on time for a minute, and is well after the next. */
export function watchLoopLag(clock: Clock, signal: AbortSignal): Check {
  let beatAtMs = clock.monotonicMs();
  let onTimeAtMs = beatAtMs;
  every(clock, BEAT_MS, signal, () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - beatAtMs - BEAT_MS <= LATE_MS) onTimeAtMs = nowMs;
    beatAtMs = nowMs;
  });
  return () => {
    const silentMs = clock.monotonicMs() - onTimeAtMs;
    return signal.aborted || silentMs <= LIMIT_MS
      ? undefined
      : `the event loop has been late for ${Math.round(silentMs / 1000)} s`;
  };
}
