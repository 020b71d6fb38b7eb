import assert from 'node:assert/strict';
import { nextNoticeMs, noticesOf } from '../../../src/reconcile/credential/notices.ts';
import { held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';

const DAY_MS = 24 * 60 * 60_000;
const login = heldEntry('a.example.com', { expiresAt: SOON });
const endingIn = (ms: number) => held([login], { sourceEndsAt: new Date(NOW.getTime() + ms) });
const textsOf = (which = held()) => noticesOf(which, NOW).map(({ reason, text }) => `${reason}: ${text}`);

describe('notices', () => {
  it('are none of a login that is well', () => {
    assert.deepEqual([textsOf(), nextNoticeMs(held(), NOW)], [[], undefined]);
  });

  it('tell of the end of the stored secret from seven days ahead, and of the end itself', () => {
    assert.deepEqual(textsOf(endingIn(7 * DAY_MS + 1)), []);
    assert.deepEqual(textsOf(endingIn(7 * DAY_MS)), [
      'ExpiresSoon: the stored secret ends 2030-01-08T00:00:00.000Z, replace it in time',
    ]);
    assert.deepEqual(textsOf(endingIn(-1000)), ['ExpiresSoon: the stored secret ended 2029-12-31T23:59:59.000Z']);
  });

  it('leave an end to the condition where the login ends with it', () => {
    assert.deepEqual(textsOf(held([heldEntry('a.example.com', { expiresAt: PAST })], { sourceEndsAt: PAST })), []);
  });

  it('say when the next one is due', () => {
    assert.equal(nextNoticeMs(endingIn(9 * DAY_MS), NOW), 2 * DAY_MS);
    assert.equal(nextNoticeMs(endingIn(DAY_MS), NOW), DAY_MS);
    assert.equal(nextNoticeMs(endingIn(-DAY_MS), NOW), undefined);
  });

  it('hold each warning of the issue once, after what ends soon', () => {
    const warnings = ['b', 'a', 'b'].map((message, index) => ({ identity: `${index}`, message }));

    assert.deepEqual(
      noticesOf({ ...endingIn(DAY_MS), warnings }, NOW).map(({ reason }) => reason),
      ['ExpiresSoon', 'IssuedWithWarning', 'IssuedWithWarning'],
    );
  });
});
