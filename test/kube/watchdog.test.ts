import assert from 'node:assert/strict';
import { createWatchdog } from '../../src/kube/watchdog.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('F48: the watchdog', () => {
  const outer = new AbortController().signal;

  it('ends a stream after 150 s of silence once a bookmark was seen, also on an earlier stream', () => {
    const clock = fakeClock();
    const watchdog = createWatchdog(clock);
    const first = watchdog.start(outer, 600);
    watchdog.fed(true);
    first.stop();

    const second = watchdog.start(outer, 600);
    clock.advance(149_999);
    assert.equal(second.signal.aborted, false);
    clock.advance(1);

    assert.equal(second.signal.aborted, true);
    assert.equal(second.wasSilent(), true);
    assert.equal(first.wasSilent(), false);
  });

  it('is content while something comes', () => {
    const clock = fakeClock();
    const watchdog = createWatchdog(clock);
    const stream = watchdog.start(outer, 600);
    watchdog.fed(true);

    for (let i = 0; i < 4; i++) {
      clock.advance(149_000);
      watchdog.fed(false);
    }

    assert.equal(stream.signal.aborted, false);
    assert.equal(clock.pendingMs().length, 1);
  });

  it('ends any stream 30 s after the time that was asked for', () => {
    const clock = fakeClock();
    const stream = createWatchdog(clock).start(outer, 300);

    clock.advance(329_999);
    assert.equal(stream.signal.aborted, false);
    clock.advance(1);

    assert.equal(stream.wasSilent(), true);
  });

  it('hands the end of everything on, which is no silence, and leaves no timer', () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const stream = createWatchdog(clock).start(controller.signal, 300);

    controller.abort();
    stream.stop();

    assert.deepEqual([stream.signal.aborted, stream.wasSilent()], [true, false]);
    assert.deepEqual(clock.pendingMs(), []);
    assert.equal(createWatchdog(clock).start(controller.signal, 300).signal.aborted, true);
  });
});
