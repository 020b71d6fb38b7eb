// Clocks for tests: one that stands still until it is moved, and one that runs and can be moved ahead.
import type { Clock, Timer } from '../../src/lib/clock.ts';
import { clampDelayMs } from '../../src/lib/clock.ts';

/** A clock whose time only tests move. */
export interface FakeClock extends Clock {
  /** Moves both clocks ahead; timers fire in order, each at its own time, also those set on the way. */
  advance(ms: number): void;
  /** As advance(), but lets promises and sockets have a turn after every timer. */
  advanceSlowly(ms: number): Promise<void>;
  /** Moves the wall clock alone, back or ahead: no timer fires. */
  jumpWallClock(ms: number): void;
  /** Delays until the pending timers fire, soonest first. */
  pendingMs(): readonly number[];
}

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

const START = Date.parse('2030-01-01T00:00:00Z');

export function fakeClock(startMs: number = START): FakeClock {
  let monotonicMs = 0;
  let wallMs = startMs;
  const timers = new PendingTimers();

  const moveTo = (targetMs: number): void => {
    wallMs += targetMs - monotonicMs;
    monotonicMs = targetMs;
  };
  const fireNext = (untilMs: number): boolean => {
    const next = timers.takeDue(untilMs);
    if (!next) return false;
    moveTo(Math.max(next.dueMs, monotonicMs));
    next.run();
    return true;
  };

  return {
    now: () => new Date(wallMs),
    monotonicMs: () => monotonicMs,
    after: (delayMs, run) => timers.add(monotonicMs + clampDelayMs(delayMs), run),
    advance(ms) {
      const untilMs = monotonicMs + ms;
      while (fireNext(untilMs));
      moveTo(untilMs);
    },
    async advanceSlowly(ms) {
      const untilMs = monotonicMs + ms;
      do await turns();
      while (fireNext(untilMs));
      moveTo(untilMs);
      await turns();
    },
    jumpWallClock(ms) {
      wallMs += ms;
    },
    pendingMs: () => timers.dueTimes().map((dueMs) => dueMs - monotonicMs),
  };
}

/** A clock that runs in real time and can be moved ahead: for tests of the whole operator. */
export interface RunningClock extends Clock {
  /** Moves both clocks ahead; timers that became due fire in order before this returns. */
  advance(ms: number): void;
  /** Moves the wall clock alone. */
  jumpWallClock(ms: number): void;
}

export function runningClock(): RunningClock {
  let aheadMs = 0;
  let wallAheadMs = 0;
  let firingAtMs: number | undefined; // while advance() fires timers, each sees its own time
  const pending = new Set<RunningTimer>();
  const monotonicMs = (): number => firingAtMs ?? performance.now() + aheadMs;

  const fire = (timer: RunningTimer): void => {
    clearTimeout(timer.alarm);
    if (pending.delete(timer)) timer.run();
  };
  const arm = (timer: RunningTimer): void => {
    clearTimeout(timer.alarm);
    timer.alarm = setTimeout(() => fire(timer), Math.max(0, timer.dueMs - monotonicMs()));
    timer.alarm.unref(); // what a test leaves behind must not keep the run alive
  };
  const soonest = (): RunningTimer | undefined => {
    let first: RunningTimer | undefined;
    for (const timer of pending) if (!first || timer.dueMs < first.dueMs) first = timer;
    return first;
  };

  return {
    now: () => new Date(Date.now() + aheadMs + wallAheadMs),
    monotonicMs,
    after(delayMs, run) {
      const timer: RunningTimer = { dueMs: monotonicMs() + clampDelayMs(delayMs), run, alarm: undefined };
      pending.add(timer);
      arm(timer);
      return {
        cancel() {
          clearTimeout(timer.alarm);
          pending.delete(timer);
        },
      };
    },
    advance(ms) {
      const fromMs = monotonicMs();
      aheadMs += ms;
      for (let next = soonest(); next && next.dueMs <= fromMs + ms; next = soonest()) {
        firingAtMs = Math.max(next.dueMs, firingAtMs ?? fromMs);
        fire(next);
      }
      firingAtMs = undefined;
      pending.forEach(arm);
    },
    jumpWallClock(ms) {
      wallAheadMs += ms;
    },
  };
}

interface RunningTimer {
  readonly dueMs: number;
  readonly run: () => void;
  alarm: NodeJS.Timeout | undefined;
}

class PendingTimers {
  readonly #pending = new Set<Pending>();
  #order = 0;

  add(dueMs: number, run: () => void): Timer {
    const timer: Pending = { dueMs, order: this.#order++, run };
    this.#pending.add(timer);
    return { cancel: () => this.#pending.delete(timer) };
  }

  takeDue(untilMs: number): Pending | undefined {
    const [next] = this.#sorted();
    if (!next || next.dueMs > untilMs) return undefined;
    this.#pending.delete(next);
    return next;
  }

  dueTimes(): readonly number[] {
    return this.#sorted().map(({ dueMs }) => dueMs);
  }

  #sorted(): readonly Pending[] {
    return [...this.#pending].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  }
}

/** Some turns of the event loop: enough for promise chains and for sockets on this machine that are ready. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
