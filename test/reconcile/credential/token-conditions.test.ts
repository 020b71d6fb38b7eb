import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import type { StatusFacts } from '../../../src/reconcile/credential/status-facts.ts';
import {
  causeOf,
  isExpired,
  isWithoutLogin,
  tokenIssuedCondition,
} from '../../../src/reconcile/credential/token-conditions.ts';
import { factsWith, held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';

const throttled = (...prefixes: string[]) =>
  issueFailure('Throttled', prefixes, { provider: 'ecr', at: '2030-01-01T00:01:00Z' });
const denied = (...prefixes: string[]) =>
  issueFailure('PermissionDenied', prefixes, { id: 'role-1', host: 'a.example.com', grant: 'pull' });
const [a, b] = [heldEntry('a.example.com', { expiresAt: SOON }), heldEntry('b.example.com', { expiresAt: PAST })];

describe('tokenIssuedCondition', () => {
  const cases: readonly { when: string; facts: Partial<StatusFacts>; status: string; reason: string; says: RegExp }[] =
    [
      {
        when: 'nothing was issued yet',
        facts: { held: undefined },
        status: 'Unknown',
        reason: 'Pending',
        says: /first/,
      },
      { when: 'a login without end is held', facts: {}, status: 'True', reason: 'Issued', says: /does not expire/ },
      {
        when: 'a token is held',
        facts: { held: held([{ ...a, principal: 'role-1' }]) },
        status: 'True',
        reason: 'Issued',
        says: /for role-1, expires 2030-01-01T01:00:00/,
      },
      {
        when: 'something was assumed on the way',
        facts: { held: held([a], { warnings: [{ identity: '', message: 'two entries for one host' }] }) },
        status: 'True',
        reason: 'Issued',
        says: /\(two entries for one host\)$/,
      },
      {
        when: 'several things were assumed, and the stored secret ends soon',
        facts: {
          held: held([a], {
            warnings: ['one', 'two'].map((message) => ({ identity: '', message })),
            sourceEndsAt: new Date(SOON.getTime() + 1000),
          }),
        },
        status: 'True',
        reason: 'Issued',
        says: /\(the stored secret ends 2030-01-01T01:00:01.000Z, replace it in time; one; two\)$/,
      },
      {
        when: 'more was assumed than a message holds',
        facts: { held: held([a], { warnings: [{ identity: '', message: 'x'.repeat(300) }] }) },
        status: 'True',
        reason: 'Issued',
        says: /^.{253}\.\.\.$/,
      },
      {
        when: 'the refresh fails and a token is alive',
        facts: { held: held([a], { failures: [throttled()] }) },
        status: 'True',
        reason: 'LastGood',
        says: /expires 2030-01-01T01:00:00.*limits token calls/,
      },
      {
        when: 'there never was a token',
        facts: { held: held([], { failures: [throttled()] }) },
        status: 'False',
        reason: 'Throttled',
        says: /limits token calls/,
      },
      {
        when: 'a prefix never had a token, another one has',
        facts: { held: held([a], { failures: [throttled('a.example.com'), denied('c.example.com')] }) },
        status: 'False',
        reason: 'PermissionDenied',
        says: /\(and 1 more\)$/,
      },
      {
        when: 'the token has expired',
        facts: { held: held([b], { failures: [throttled()] }) },
        status: 'False',
        reason: 'Expired',
        says: /kept.*limits token calls/,
      },
      {
        when: 'the token has expired and its entry was taken out',
        facts: { held: held([b]), removedKeys: new Set(['b.example.com']) },
        status: 'False',
        reason: 'Expired',
        says: /removed/,
      },
      {
        when: 'it is suspended',
        facts: { standing: 'suspended', held: held([a], { failures: [throttled()] }) },
        status: 'Unknown',
        reason: 'Suspended',
        says: /expires 2030-01-01T01:00:00/,
      },
    ];
  for (const { when, facts, status, reason, says } of cases)
    it(`is ${status}/${reason} when ${when}`, () => {
      const verdict = tokenIssuedCondition(factsWith(facts));

      assert.deepEqual([verdict.status, verdict.reason], [status, reason]);
      assert.match(verdict.message, says);
      assert.ok(verdict.message.length <= 256);
    });
});

describe('the small questions', () => {
  it('isWithoutLogin: a failure of everything, or of a prefix, without even an old login', () => {
    assert.equal(isWithoutLogin(throttled(), held([])), true);
    assert.equal(isWithoutLogin(throttled(), held([a])), false);
    assert.equal(isWithoutLogin(throttled('a.example.com'), held([a])), false);
    assert.equal(isWithoutLogin(throttled('a.example.com', 'c.example.com'), held([a])), true);
  });

  it('isExpired: from the very moment on, and never without an end', () => {
    assert.equal(isExpired(heldEntry('x', { expiresAt: null }), { now: NOW }), false);
    assert.equal(isExpired(heldEntry('x', { expiresAt: NOW }), { now: NOW }), true);
    assert.equal(isExpired(heldEntry('x', { expiresAt: SOON }), { now: NOW }), false);
  });

  it('causeOf: one failure speaks, the others are counted', () => {
    assert.doesNotMatch(causeOf(throttled(), held([], { failures: [throttled()] })), /more/);
    assert.match(causeOf(throttled(), held([], { failures: [throttled(), denied(), denied()] })), /\(and 2 more\)$/);
  });
});
