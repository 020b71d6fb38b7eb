import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clampTimerMs, pollDelayMs, refreshTime, retryDelayMs } from '../../../src/reconcile/credential/refresh.ts';

const uid = fc.uuid();
const issued = fc.date({ min: new Date('2026-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const life = fc.integer({ min: 120_000, max: 43_200_000 });
const retry = { uid: 'u', attempt: 0, remainingMs: undefined, retryAfterMs: undefined, inputsWatched: true };

describe('the time of a refresh', () => {
  it('F85: is within 0.8 f and f of the remaining life, before the end, and the same for the same issue', () => {
    fc.assert(
      fc.property(uid, issued, life, fc.integer({ min: 20, max: 90 }), (owner, from, lifeMs, percent) => {
        const end = new Date(from.getTime() + lifeMs);
        const at = refreshTime(owner, from, end, percent);
        const share = (at.getTime() - from.getTime()) / lifeMs;
        assert.ok(share >= (percent / 100) * 0.8 - 1e-4 && share <= percent / 100 + 1e-4);
        assert.ok(at < end);
        assert.deepEqual(refreshTime(owner, from, end, percent), at);
      }),
      { numRuns: 1000 },
    );
  });

  it('F84: is looked at daily at the latest, and not sooner than in 30 s', () => {
    for (const [delayMs, clamped] of [
      [2 ** 31, 86_400_000],
      [Infinity, 86_400_000],
      [NaN, 86_400_000],
      [-5, 30_000],
      [60_000, 60_000],
    ] as const)
      assert.equal(clampTimerMs(delayMs), clamped);
  });
});

describe('the time of a retry', () => {
  for (const [said, low, high] of [
    [120_000, 120_000, 120_000],
    [-1, 2000, 60_000],
    [NaN, 2000, 60_000],
    [10 * 365 * 86_400_000, 3_600_000, 3_600_000],
    [1, 1000, 1000],
  ] as const)
    it(`F77: after "${said} ms" is within ${low} and ${high} ms`, () => {
      const delayMs = retryDelayMs('retry-after', { ...retry, retryAfterMs: said }) ?? 0;
      assert.ok(delayMs >= low && delayMs <= high, `${delayMs}`);
    });

  it('F77: is never put off beyond the end of the token in use', () => {
    assert.equal(retryDelayMs('retry-after', { ...retry, retryAfterMs: 3_600_000, remainingMs: 90_000 }), 90_000);
  });

  it('F76: leaves at least eight tries until the end, and is never below 2 s', () => {
    fc.assert(
      fc.property(uid, fc.nat(30), fc.integer({ min: 1000, max: 43_200_000 }), (owner, attempt, remainingMs) => {
        const delayMs = retryDelayMs('backoff', { ...retry, uid: owner, attempt, remainingMs }) ?? 0;
        assert.ok(delayMs >= 2000 && delayMs <= Math.max(30_000, Math.min(600_000, remainingMs / 8)));
      }),
    );
  });

  it('F79: of what people must mend grows from a minute to a quarter of an hour, and never ends', () => {
    const delays = [0, 1, 2, 3, 4, 100].map((attempt) => retryDelayMs('slow', { ...retry, attempt }));
    assert.deepEqual(delays, [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  it('F123: of what waits for a change is none where a change brings an event, else five minutes', () => {
    assert.equal(retryDelayMs('wait-for-change', retry), undefined);
    const poll = retryDelayMs('wait-for-change', { ...retry, inputsWatched: false }) ?? 0;
    assert.ok(poll >= 240_000 && poll <= 360_000);
    assert.equal(pollDelayMs('u', 0), pollDelayMs('u', 0));
  });
});
