import assert from 'node:assert/strict';
import { checkLife, lifeText, longestLifeMs } from '../../../src/reconcile/credential/lifetimes.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const HOUR = 3_600_000;
const check = (lifeMs: number | null, expirySource: 'response' | 'nominal' = 'response') =>
  checkLife(
    { expiresAt: lifeMs === null ? null : new Date(NOW.getTime() + lifeMs), expirySource, prefixes: ['de.icr.io'] },
    { now: NOW, longestMs: HOUR, provider: 'icr' },
  );

describe('the life of a token', () => {
  for (const [what, lifeMs, assumed] of [
    ['an hour', HOUR, false],
    ['two minutes', 120_000, false],
    ['ten percent more than the longest', HOUR * 1.1, false],
  ] as const)
    it(`F83: is believed where it is ${what}`, () => {
      assert.deepEqual(check(lifeMs), { kind: 'life', expiresAt: new Date(NOW.getTime() + lifeMs), assumed });
    });

  for (const [what, lifeMs] of [
    ['missing', null],
    ['90 days', 90 * 24 * HOUR],
    ['up to the year 9999', Date.parse('9999-01-01') - NOW.getTime()],
  ] as const)
    it(`F83, F84: is the longest documented one where it is ${what}`, () => {
      assert.deepEqual(check(lifeMs), { kind: 'life', expiresAt: new Date(NOW.getTime() + HOUR), assumed: true });
    });

  it('F83: is no life where it is not a number', () => {
    const checked = check(NaN);
    assert.equal(checked.kind === 'failure' && checked.reason, 'MalformedResponse');
  });

  for (const lifeMs of [-HOUR, 0, 5000, 59_999])
    it(`F82: of ${lifeMs} ms is over before it is published`, () => {
      const checked = check(lifeMs);
      assert.equal(checked.kind === 'failure' && checked.reason, 'ReturnedExpired');
    });

  it('F83: that the provider itself assumed stays assumed', () => {
    const checked = check(HOUR, 'nominal');
    assert.equal(checked.kind === 'life' && checked.assumed, true);
  });

  it('is bounded by what each provider documents', () => {
    assert.equal(longestLifeMs('ecr', {}), 12 * HOUR);
    assert.equal(longestLifeMs('gar', { impersonate: { lifetimeSeconds: 43_200 } }), 12 * HOUR);
    assert.equal(longestLifeMs('gar', {}), HOUR);
    assert.equal(longestLifeMs('static', {}), undefined);
  });

  it('is told in words', () => {
    assert.deepEqual([5000, 75 * 60_000, 12 * HOUR].map(lifeText), ['5 s', '75 min', '12 h']);
  });
});
