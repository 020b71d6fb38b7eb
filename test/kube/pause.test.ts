import assert from 'node:assert/strict';
import { createPause, noPause } from '../../src/kube/pause.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('F46: the pause of the pool', () => {
  it('costs nothing while there is none', () => {
    assert.equal(createPause(fakeClock()).wait(), undefined);
    assert.equal(noPause.wait(), undefined);
  });

  it('ends at the latest end that was asked for', async () => {
    const clock = fakeClock();
    const heard: number[] = [];
    const pause = createPause(clock, (forMs) => heard.push(forMs));
    pause.begin(10_000);
    let over = false;
    const waiting = pause.wait()?.then(() => (over = true));

    pause.begin(20_000);
    pause.begin(5_000);
    await clock.advanceSlowly(19_999);
    assert.equal(over, false);
    await clock.advanceSlowly(1);
    await waiting;

    assert.deepEqual(heard, [10_000]);
    assert.equal(pause.wait(), undefined);
  });

  it('does not hold who gives up', async () => {
    const pause = createPause(fakeClock());
    const controller = new AbortController();
    pause.begin(10_000);

    const waiting = pause.wait(controller.signal);
    controller.abort();

    await waiting;
  });
});
