import assert from 'node:assert/strict';
import { movableClock } from '../../src/cli/demo-clock.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('demo-clock', () => {
  it('runs as the clock below it does', () => {
    const below = fakeClock();
    const clock = movableClock(below);
    const fired: string[] = [];
    clock.after(1000, () => fired.push('one'));
    clock.after(1000, () => fired.push('never')).cancel();

    below.advance(999);
    assert.deepEqual(fired, []);
    below.advance(1);
    assert.deepEqual(fired, ['one']);
    assert.equal(clock.now().getTime(), below.now().getTime());
  });

  it('runs what became due when it is moved, in order, and the rest when its time comes', () => {
    const below = fakeClock();
    const clock = movableClock(below);
    const fired: string[] = [];
    clock.after(3_600_000, () => fired.push('hour'));
    clock.after(60_000, () => fired.push('minute'));
    const cancelled = clock.after(120_000, () => fired.push('cancelled'));
    clock.after(90_000, () => cancelled.cancel());
    const startMs = clock.monotonicMs();

    clock.advance(3_000_000);
    assert.deepEqual(fired, ['minute']);
    assert.equal(clock.monotonicMs() - startMs, 3_000_000);
    assert.equal(clock.now().getTime() - below.now().getTime(), 3_000_000);
    below.advance(600_000);
    assert.deepEqual(fired, ['minute', 'hour']);
  });
});
