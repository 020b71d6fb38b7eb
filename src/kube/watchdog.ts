// Notices watches that are dead without a word: no bookmark for long, or open well beyond the time asked for.
import type { Clock, Timer } from '../lib/clock.ts';

export interface Watchdog {
  /** One stream begins. Its signal ends with the outer one, after too long a silence, or after its time. */
  start(outer: AbortSignal, timeoutSeconds: number): WatchedStream;
  /** Something came. */
  fed(isBookmark: boolean): void;
}

export interface WatchedStream {
  readonly signal: AbortSignal;
  wasSilent(): boolean;
  stop(): void;
}

const SILENCE_MS = 150_000; // bookmarks come about every minute
const LATE_MS = 30_000;

/** Silence counts once a bookmark was seen: a server that sends none may be silent for hours. */
export function createWatchdog(clock: Clock): Watchdog {
  let hasSeenBookmark = false;
  let fedAtMs = 0;
  return {
    fed(isBookmark) {
      hasSeenBookmark ||= isBookmark;
      fedAtMs = clock.monotonicMs();
    },
    start(outer, timeoutSeconds) {
      const controller = new AbortController();
      const endsAtMs = clock.monotonicMs() + timeoutSeconds * 1000 + LATE_MS;
      fedAtMs = clock.monotonicMs();
      let silent = false;
      let timer: Timer;
      const leftMs = (): number => {
        const silenceEndsMs = hasSeenBookmark ? fedAtMs + SILENCE_MS : Infinity;
        return Math.min(silenceEndsMs, endsAtMs) - clock.monotonicMs();
      };
      const look = (): void => {
        if (leftMs() <= 0) {
          silent = true;
          controller.abort();
        } else timer = clock.after(Math.min(leftMs(), SILENCE_MS), look); // one timer, however many events
      };
      const end = (): void => controller.abort();
      timer = clock.after(Math.min(leftMs(), SILENCE_MS), look);
      outer.addEventListener('abort', end);
      if (outer.aborted) end();
      return {
        signal: controller.signal,
        wasSilent: () => silent,
        stop() {
          timer.cancel();
          outer.removeEventListener('abort', end);
        },
      };
    },
  };
}
