import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backoffMs } from '../../src/controller/backoff.ts';

const middle = (): number => 0.5;

describe('the back-off', () => {
  it('doubles from 5 ms', () => {
    const ladder = [0, 1, 2, 3, 10].map((failures) => backoffMs(failures, middle));
    assert.deepEqual(ladder, [5, 10, 20, 40, 5120]);
  });

  it('ends at five minutes, however often the key fails', () => {
    const ladder = [15, 16, 17, 1000, 1e9].map((failures) => backoffMs(failures, middle));
    assert.deepEqual(ladder, [163_840, 300_000, 300_000, 300_000, 300_000]);
  });

  it('stays within 10 % of its step for any random number', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), random, (failures, number) => {
        const exactMs = backoffMs(failures, middle);
        const delayMs = backoffMs(failures, () => number);
        assert.ok(delayMs >= exactMs * 0.9 - 1e-6 && delayMs <= exactMs * 1.1 + 1e-6);
      }),
    );
  });
});
