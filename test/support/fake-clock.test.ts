import assert from 'node:assert/strict';
import { sleep } from '../../src/lib/clock.ts';
import { eventually } from './eventually.ts';
import { fakeClock, runningClock } from './fake-clock.ts';

for (const [name, create] of [
  ['fake', fakeClock],
  ['running', runningClock],
] as const) {
  describe(`${name} clock`, () => {
    it('fires due timers in order, each at its own time, also those set on the way', () => {
      const clock = create();
      const startMs = clock.monotonicMs();
      const log: [string, number][] = [];
      const note = (what: string): void => void log.push([what, Math.floor(clock.monotonicMs() - startMs)]);
      clock.after(200_000, () => note('second'));
      clock.after(100_000, () => {
        note('first');
        clock.after(50_000, () => note('on the way'));
        clock.after(5_000_000, () => note('later'));
      });
      clock.after(150_000, () => note('cancelled')).cancel();

      clock.advance(300_000);

      const rounded = log.map(([what, ms]) => [what, Math.floor(ms / 10_000)]);
      assert.deepEqual(rounded, [
        ['first', 10],
        ['on the way', 15],
        ['second', 20],
      ]);
      assert(clock.monotonicMs() - startMs >= 300_000);
    });

    it('moves the wall clock along, and alone', () => {
      const clock = create();
      const [wall, monotonic] = [clock.now().getTime(), clock.monotonicMs()];

      clock.advance(60_000);
      clock.jumpWallClock(-3_600_000);

      const movedMs = clock.now().getTime() - wall;
      assert(movedMs >= 60_000 - 3_600_000 && movedMs < 60_000, String(movedMs));
      assert(clock.monotonicMs() - monotonic >= 60_000);
    });
  });
}

describe('running clock, left alone', () => {
  it('fires by itself, sooner after it was moved', async () => {
    const clock = runningClock();
    let fired = 0;
    clock.after(5, () => fired++);
    clock.after(60_000, () => fired++);

    await eventually(() => fired === 1);
    clock.advance(59_990);
    await eventually(() => fired === 2);
  });
});

describe('fake clock, moved slowly', () => {
  it('lets promises go on between timers', async () => {
    const clock = fakeClock();
    let steps = 0;
    void (async () => {
      for (; steps < 3; steps++) await sleep(clock, 1_000);
    })();

    await clock.advanceSlowly(3_000);

    assert.equal(steps, 3);
    assert.deepEqual(clock.pendingMs(), []);
  });
});
