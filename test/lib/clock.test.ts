import assert from 'node:assert/strict';
import { clampDelayMs, sleep, systemClock } from '../../src/lib/clock.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('a delay', () => {
  for (const [delayMs, expected] of [
    [5, 5],
    [0, 0],
    [-1, 0],
    [2 ** 31, DAY_MS],
    [NaN, DAY_MS],
    [Infinity, DAY_MS],
    [-Infinity, 0],
  ] as const) {
    it(`of ${delayMs} ms becomes one of ${expected} ms`, () => {
      assert.equal(clampDelayMs(delayMs), expected);
    });
  }
});

describe('the system clock', () => {
  it('calls back', async () => {
    let calls = 0;
    systemClock.after(1, () => calls++);
    await eventually(() => calls === 1);
  });

  it('does not call back after cancel, which may come twice', async () => {
    let calls = 0;
    const timer = systemClock.after(0, () => calls++);
    timer.cancel();
    timer.cancel();
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    assert.equal(calls, 0);
  });

  it('does not go backwards', () => {
    const before = systemClock.monotonicMs();
    assert.ok(systemClock.monotonicMs() >= before);
    assert.ok(systemClock.now() instanceof Date);
  });
});

describe('sleep', () => {
  it('ends after its time', async () => {
    const clock = fakeClock();
    let isOver = false;
    const sleeping = sleep(clock, 1000).then(() => (isOver = true));
    await clock.advanceSlowly(999);
    assert.equal(isOver, false);
    await clock.advanceSlowly(1);
    await sleeping;
  });

  it('ends with its signal and leaves no timer', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 1000, stop.signal);
    stop.abort();
    await sleeping;
    assert.deepEqual(clock.pendingMs(), []);
    await sleep(clock, 1000, stop.signal);
  });
});
