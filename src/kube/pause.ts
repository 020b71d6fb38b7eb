// The pool's pause: one 429 with Retry-After stops everybody for that long, as the API server's flow control asks.
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';

export interface Pause {
  /** Undefined when nothing is paused: the usual case costs nothing. */
  wait(signal?: AbortSignal): Promise<void> | undefined;
  /** From now on, for this long; a running longer pause stays. */
  begin(forMs: number): void;
}

/** `tell` hears of each pause as it begins. */
export function createPause(clock: Clock, tell: (forMs: number) => void = () => undefined): Pause {
  let untilMs = -Infinity;
  const isOver = (): boolean => clock.monotonicMs() >= untilMs;
  const waitForEnd = async (signal?: AbortSignal): Promise<void> => {
    while (!isOver() && !signal?.aborted) await sleep(clock, untilMs - clock.monotonicMs(), signal);
  };
  return {
    wait: (signal) => (isOver() ? undefined : waitForEnd(signal)),
    begin(forMs) {
      if (isOver()) tell(forMs);
      untilMs = Math.max(untilMs, clock.monotonicMs() + forMs);
    },
  };
}

/** Never paused: for the Lease, whose renewal must not wait behind everybody's work. */
export const noPause: Pause = { wait: () => undefined, begin: () => undefined };
