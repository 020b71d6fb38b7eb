import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  clampTimerMs,
  isFromFuture,
  fractionOf,
  LONGEST_TIMER_MS,
  pollDelayMs,
  refreshTime,
  retryDelayMs,
  SHORTEST_TIMER_MS,
} from '../../../src/reconcile/credential/refresh.ts';
import type { Retry } from '../../../src/reconcile/credential/refresh.ts';

const ISSUED = new Date('2030-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OVERFLOW_MS = 2 ** 31 - 1;

const after = (ms: number): Date => new Date(ISSUED.getTime() + ms);
const share = (moment: Date, lifeMs: number): number => (moment.getTime() - ISSUED.getTime()) / lifeMs;
const uids = fc.uuid();
const lives = fc.integer({ min: 60_000, max: 365 * DAY_MS });

describe('refreshTime', () => {
  it('F85: by default lies within 0.4 and 0.5 of the remaining life, and spreads over it', () => {
    const shares = fc.sample(uids, 1000).map((uid) => share(refreshTime(uid, ISSUED, after(HOUR_MS), 50), HOUR_MS));

    assert.ok(shares.every((one) => one > 0.4 - 1e-6 && one <= 0.5));
    assert.ok(Math.min(...shares) < 0.41 && Math.max(...shares) > 0.49, 'jitter uses the whole window');
  });

  for (const afterPercent of [20, 35, 50, 75, 90])
    it(`F85: afterPercent ${afterPercent} is the end of the window, which is due before the end of the life`, () => {
      fc.assert(
        fc.property(uids, lives, (uid, lifeMs) => {
          const moment = refreshTime(uid, ISSUED, after(lifeMs), afterPercent);

          assert.ok(share(moment, lifeMs) <= afterPercent / 100 + 1e-9);
          assert.ok(share(moment, lifeMs) >= (0.8 * afterPercent) / 100 - 1e-4);
          assert.ok(moment.getTime() < after(lifeMs).getTime());
        }),
        { numRuns: 1000 },
      );
    });

  it('F85: the same uid and issue time give the same moment, another of either another one', () => {
    const moment = refreshTime('uid-1', ISSUED, after(HOUR_MS), 50).getTime();

    assert.equal(refreshTime('uid-1', new Date(ISSUED), after(HOUR_MS), 50).getTime(), moment);
    assert.notEqual(refreshTime('uid-2', ISSUED, after(HOUR_MS), 50).getTime(), moment);
    const later = new Date(ISSUED.getTime() + 1);
    assert.notEqual(refreshTime('uid-1', later, after(HOUR_MS + 1), 50).getTime() - 1, moment);
  });
});

describe('clampTimerMs', () => {
  it('F84: never exceeds a day, so that no timer overflows, whatever the life', () => {
    fc.assert(
      fc.property(uids, fc.integer({ min: 1, max: 400 * DAY_MS }), (uid, lifeMs) => {
        const delayMs = clampTimerMs(refreshTime(uid, ISSUED, after(lifeMs), 50).getTime() - ISSUED.getTime());

        assert.ok(delayMs >= SHORTEST_TIMER_MS && delayMs <= LONGEST_TIMER_MS && delayMs < OVERFLOW_MS);
      }),
    );
    assert.equal(clampTimerMs(90 * DAY_MS), DAY_MS);
  });

  it('F84: a life of five seconds is refreshed every thirty', () => {
    assert.equal(clampTimerMs(refreshTime('uid', ISSUED, after(5000), 50).getTime() - ISSUED.getTime()), 30_000);
  });

  it('F40: gives a sound delay for every number: past, never, none', () => {
    for (const delayMs of [-DAY_MS, -1, 0, NaN, Infinity, -Infinity, Number.MAX_VALUE])
      assert.ok(clampTimerMs(delayMs) >= SHORTEST_TIMER_MS && clampTimerMs(delayMs) <= LONGEST_TIMER_MS, `${delayMs}`);
    assert.equal(clampTimerMs(refreshTime('uid', ISSUED, new Date(NaN), 50).getTime()), LONGEST_TIMER_MS);
  });

  it('F40: after a jump of the wall clock ahead the delay is the shortest, after one back still bounded', () => {
    const dueMs = refreshTime('uid', ISSUED, after(HOUR_MS), 50).getTime();

    assert.equal(clampTimerMs(dueMs - after(2 * HOUR_MS).getTime()), SHORTEST_TIMER_MS);
    assert.equal(clampTimerMs(dueMs - after(-DAY_MS).getTime()), LONGEST_TIMER_MS);
  });
});

describe('isFromFuture', () => {
  it('F40: tells a wall clock that went back from the skew of two replicas', () => {
    assert.equal(isFromFuture(after(0), ISSUED), false);
    assert.equal(isFromFuture(after(30_000), ISSUED), false);
    assert.equal(isFromFuture(after(-DAY_MS), ISSUED), false);
    assert.equal(isFromFuture(after(DAY_MS), ISSUED), true);
  });
});

describe('retryDelayMs', () => {
  const retry = (change: Partial<Retry> = {}): Retry => ({
    uid: 'uid',
    attempt: 0,
    remainingMs: undefined,
    retryAfterMs: undefined,
    inputsWatched: true,
    ...change,
  });
  const attempts = fc.nat({ max: 10_000 });

  it('waits for a change of watched inputs, and looks again at others', () => {
    assert.equal(retryDelayMs('wait-for-change', retry()), undefined);
    assert.equal(retryDelayMs('wait-for-change', retry({ inputsWatched: false })), pollDelayMs('uid', 0));
  });

  it('climbs slowly from one to fifteen minutes where people must act outside', () => {
    const delays = [0, 1, 2, 3, 4, 100].map((attempt) => retryDelayMs('slow', retry({ attempt })));

    assert.deepEqual(delays, [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  it('backs off with jitter, never below two seconds, and leaves eight tries until the token expires', () => {
    fc.assert(
      fc.property(uids, attempts, fc.option(fc.integer({ min: 1, max: 30 * DAY_MS })), (uid, attempt, remainingMs) => {
        const delayMs = retryDelayMs('backoff', retry({ uid, attempt, remainingMs: remainingMs ?? undefined })) ?? NaN;

        const cap = remainingMs === null ? 60_000 : Math.min(600_000, Math.max(30_000, remainingMs / 8));
        assert.ok(delayMs >= 2000 && delayMs <= cap);
        assert.ok(attempt > 0 || delayMs <= 5000, 'the first retry comes within five seconds');
      }),
    );
  });

  it('waits as long as the server asks, within an hour and the life of the token', () => {
    const ask = (retryAfterMs: number, remainingMs?: number): number | undefined =>
      retryDelayMs('retry-after', retry({ retryAfterMs, remainingMs }));

    assert.equal(ask(120_000), 120_000);
    assert.equal(ask(0), 1000);
    assert.equal(ask(DAY_MS), HOUR_MS);
    assert.equal(ask(HOUR_MS, 600_000), 600_000);
    assert.ok((retryDelayMs('retry-after', retry()) ?? 0) >= 2000, 'without a time it backs off');
  });
});

describe('pollDelayMs and fractionOf', () => {
  it('poll every five minutes, a fifth more or less', () => {
    fc.assert(
      fc.property(uids, fc.nat(), (uid, round) => {
        const delayMs = pollDelayMs(uid, round);
        assert.ok(delayMs >= 4 * 60_000 && delayMs < 6 * 60_000);
      }),
    );
  });

  it('draw the same number for the same uid and salt', () => {
    fc.assert(
      fc.property(uids, fc.nat(), (uid, salt) => {
        const fraction = fractionOf(uid, salt);
        assert.ok(fraction >= 0 && fraction < 1);
        assert.equal(fractionOf(uid, salt), fraction);
      }),
    );
  });
});
