import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createDelays } from '../../src/controller/delays.ts';
import type { Delayed } from '../../src/controller/delays.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { fakeClock } from '../support/fake-clock.ts';

interface Named extends Delayed {
  readonly name: number;
}

const named = (name: number): Named => ({ name, slot: -1, readyAtMs: 0 });

describe('delayed items', () => {
  it('come when their time comes', () => {
    const clock = fakeClock();
    const came: number[] = [];
    const delays = createDelays<Named>(clock, ({ name }) => came.push(name));
    const startMs = clock.monotonicMs();
    for (const delayMs of [30, 10, 20]) delays.put(named(delayMs), startMs + delayMs);
    clock.advance(20);
    assert.deepEqual(came, [10, 20]);
    clock.advance(10);
    assert.deepEqual(came, [10, 20, 30]);
    assert.equal(clock.pendingMs().length, 0);
  });

  it('come at their last given time, in order, unless they were taken out', () => {
    const put = fc.record({
      name: fc.nat({ max: 15 }),
      atMs: fc.integer({ min: 1, max: 99 }),
      isRemoval: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(put, { maxLength: 60 }), (calls) => {
        const clock = fakeClock();
        const startMs = clock.monotonicMs();
        const items = Array.from({ length: 16 }, (_, name) => named(name));
        const cameAtMs: number[] = [];
        const came = new Map<number, number>();
        const delays = createDelays<Named>(clock, ({ name }) => {
          cameAtMs.push(clock.monotonicMs());
          came.set(name, clock.monotonicMs() - startMs);
        });
        const expected = new Map<number, number>();
        for (const { name, atMs, isRemoval } of calls) {
          if (isRemoval) delays.remove(items[name]!);
          else delays.put(items[name]!, startMs + atMs);
          if (isRemoval) expected.delete(name);
          else expected.set(name, atMs);
        }
        clock.advance(100);
        assert.deepEqual(new Map([...came].sort()), new Map([...expected].sort()));
        assert.deepEqual(
          cameAtMs,
          cameAtMs.toSorted((one, other) => one - other),
        );
        assert.ok(items.every(({ slot }) => slot === -1));
      }),
      { numRuns: 100 },
    );
  });

  it('wait on when a timer fires a little early', () => {
    const clock = fakeClock();
    const hasty: Clock = { ...clock, after: (delayMs, run) => clock.after(delayMs * 0.9, run) };
    let came = 0;
    const delays = createDelays<Named>(hasty, () => came++);
    delays.put(named(1), clock.monotonicMs() + 100);
    clock.advance(90);
    assert.equal(came, 0);
    clock.advance(11);
    assert.equal(came, 1);
  });

  it('come no more after clear', () => {
    const clock = fakeClock();
    let came = 0;
    const delays = createDelays<Named>(clock, () => came++);
    delays.put(named(1), clock.monotonicMs() + 5);
    delays.clear();
    clock.advance(10);
    assert.deepEqual([came, clock.pendingMs().length], [0, 0]);
  });
});
