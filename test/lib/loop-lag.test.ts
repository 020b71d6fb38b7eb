import assert from 'node:assert/strict';
import type { Clock } from '../../src/lib/clock.ts';
import { watchLoopLag } from '../../src/lib/loop-lag.ts';
import { fakeClock } from '../support/fake-clock.ts';

/** A clock whose loop is held up: time passes, and timers fire only when the loop turns, however late. */
function heldUp() {
  let nowMs = 0;
  let pending: { readonly run: () => void } | undefined;
  const clock: Clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    after(_delayMs, run) {
      const timer = { run };
      pending = timer;
      return { cancel: () => void (pending = pending === timer ? undefined : pending) };
    },
  };
  const pass = (ms: number): void => void (nowMs += ms);
  const turn = (): void => pending?.run();
  return { clock, pass, turn, isPending: () => pending !== undefined };
}

describe('the watch of the event loop', () => {
  it('is well while beats come in time', () => {
    const clock = fakeClock();
    const check = watchLoopLag(clock, new AbortController().signal);

    clock.advance(10 * 60_000);

    assert.equal(check(), undefined);
  });

  it('fails where the loop has been stuck for over a minute, and says for how long', () => {
    const { clock, pass } = heldUp();
    const check = watchLoopLag(clock, new AbortController().signal);

    pass(60_000);
    assert.equal(check(), undefined);
    pass(30_000);
    assert.equal(check(), 'the event loop has been late for 90 s');
  });

  it('fails where each turn takes so long that every beat is late', () => {
    const { clock, pass, turn } = heldUp();
    const check = watchLoopLag(clock, new AbortController().signal);

    for (let i = 0; i < 7; i += 1) {
      pass(10_000);
      turn();
    }

    assert.equal(check(), 'the event loop has been late for 70 s');
  });

  it('forgives one long pause with the next beat that is in time', () => {
    const { clock, pass, turn } = heldUp();
    const check = watchLoopLag(clock, new AbortController().signal);

    pass(10 * 60_000);
    turn();
    assert.notEqual(check(), undefined);
    pass(2_000);
    turn();
    assert.equal(check(), undefined);
  });

  it('takes beats that are a little late as in time', () => {
    const { clock, pass, turn } = heldUp();
    const check = watchLoopLag(clock, new AbortController().signal);

    for (let i = 0; i < 100; i += 1) {
      pass(6_900);
      turn();
    }

    assert.equal(check(), undefined);
  });

  it('ends with its signal, and fails nothing after that', () => {
    const { clock, pass, isPending } = heldUp();
    const end = new AbortController();
    const check = watchLoopLag(clock, end.signal);

    end.abort();
    pass(10 * 60_000);

    assert.equal(isPending(), false);
    assert.equal(check(), undefined);
  });
});
