// A clock that somebody can move ahead: twelve hours of a token's life are no wait in a demo.
import type { Clock, Timer } from '../lib/clock.ts';

export interface MovableClock extends Clock {
  /** Moves both clocks ahead; what became due runs before this returns. */
  advance(ms: number): void;
}

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
  timer: Timer | undefined;
}

export function movableClock(clock: Clock): MovableClock {
  let aheadMs = 0;
  const pending = new Set<Pending>();
  const monotonicMs = (): number => clock.monotonicMs() + aheadMs;
  const fire = (one: Pending): void => {
    one.timer?.cancel();
    if (pending.delete(one)) one.run();
  };
  const arm = (one: Pending): void => {
    one.timer?.cancel();
    one.timer = clock.after(one.dueMs - monotonicMs(), () => fire(one));
  };
  return {
    now: () => new Date(clock.now().getTime() + aheadMs),
    monotonicMs,
    after(delayMs, run) {
      const one: Pending = { dueMs: monotonicMs() + delayMs, run, timer: undefined };
      one.timer = clock.after(delayMs, () => fire(one));
      pending.add(one);
      return {
        cancel() {
          one.timer?.cancel();
          pending.delete(one);
        },
      };
    },
    advance(ms) {
      aheadMs += ms;
      for (const one of [...pending].sort((a, b) => a.dueMs - b.dueMs)) {
        if (!pending.has(one)) continue; // one before it cancelled it
        if (one.dueMs <= monotonicMs()) fire(one);
        else arm(one);
      }
    },
  };
}
