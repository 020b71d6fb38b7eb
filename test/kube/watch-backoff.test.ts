import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createWatchBackoff } from '../../src/kube/watch-backoff.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('back-off of a watch', () => {
  it('doubles from 0.8 s to 30 s', () => {
    const backoff = createWatchBackoff({ clock: fakeClock(), random: () => 0 });

    const delays = Array.from({ length: 8 }, () => backoff.next());

    assert.deepEqual(delays, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('stretches each delay to at most twice its length', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const delayMs = createWatchBackoff({ clock: fakeClock(), random: () => random }).next();
        assert(delayMs >= 800 && delayMs <= 1_600);
      }),
    );
  });

  it('starts anew after two minutes of health, counted from the end of the wait', () => {
    const clock = fakeClock();
    const backoff = createWatchBackoff({ clock, random: () => 0 });
    for (let i = 0; i < 7; i++) clock.advance(backoff.next());

    clock.advance(120_000);
    assert.equal(backoff.next(), 30_000);
    clock.advance(30_000 + 120_001);
    assert.equal(backoff.next(), 800);
  });
});
