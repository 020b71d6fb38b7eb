import assert from 'node:assert/strict';
import { askFor, delayOf, remainingMs } from '../../../src/reconcile/credential/ask.ts';
import type { Due } from '../../../src/reconcile/credential/due.ts';
import type { Exchanged } from '../../../src/reconcile/credential/exchanges.ts';
import type { IssueFailure, IssueResult } from '../../../src/providers/provider.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';
import { ALL_PERMITTED, clusterCredential, INSTALLATION, tenantCredential } from '../../support/gen.ts';

const PREFIX = 'de.icr.io';
const SINCE_MS = 1000;
const spec = { provider: { icr: { registries: [{ prefix: PREFIX }], auth: { apiKey: {} } } } };
const group = { key: 'identity', prefixes: [PREFIX], scope: '', endpoint: 'iam' };
const failure = (reason: IssueFailure['reason']): IssueFailure => ({
  kind: 'failure',
  prefixes: [],
  reason,
  facts: {},
});
const token = (expiresAt: Date | null, prefix = PREFIX): IssueResult => ({
  kind: 'token',
  prefixes: [prefix],
  username: 'iambearer',
  password: sensitive('token'),
  expiresAt,
  expirySource: 'response',
  principal: null,
});

function ask(change: Partial<Due> = {}, credential = tenantCredential({ spec }), results: IssueResult[] = []) {
  const due: Due = { sinceMs: SINCE_MS, edition: '', isChange: false, isForced: false, ...change };
  const wanted = { group, due, held: undefined, watched: true, call: () => Promise.resolve(results) };
  const clock = fakeClock(NOW.getTime());
  clock.advance(SINCE_MS);
  return askFor(credential, wanted, { clock, permissions: ALL_PERMITTED });
}

/** An answer from before the issue was due. */
function known(results: readonly IssueResult[], change: Partial<Exchanged> = {}): Exchanged {
  return { results, sentAt: NOW, begunMs: 0, endedMs: SINCE_MS - 1, retryAtMs: undefined, ...change };
}

describe('what a credential asks for', () => {
  it('takes its turns among those of its home namespace, at its endpoint', () => {
    const [tenant, cluster] = [ask(), ask({}, clusterCredential({ spec }))];

    assert.deepEqual([tenant.home, tenant.endpoint], ['team-a', 'icr iam']);
    assert.deepEqual([cluster.home, cluster.endpoint], [INSTALLATION, 'icr iam']);
  });

  it('takes an older token only until its refresh', () => {
    assert.equal(ask().isGood(known([token(SOON)])), true);
    assert.equal(ask().isGood(known([token(SOON)], { sentAt: PAST })), false);
    assert.equal(ask().isGood(known([token(null)])), false);
  });

  it('takes an older failure while its pause lasts, and never after a change', () => {
    const failed = [failure('ProviderUnavailable')];

    assert.equal(ask().isGood(known(failed, { retryAtMs: SINCE_MS + 1 })), true);
    assert.equal(ask().isGood(known(failed, { retryAtMs: SINCE_MS })), false);
    assert.equal(ask({ isChange: true }).isGood(known(failed, { retryAtMs: SINCE_MS + 1 })), false);
  });

  it('takes whatever was answered since, but where it is forced only what was begun since', () => {
    const answered = known([failure('ProviderUnavailable')], { begunMs: SINCE_MS - 1, endedMs: SINCE_MS });

    assert.equal(ask({ isChange: true }).isGood(answered), true);
    assert.equal(ask({ isForced: true }).isGood(answered), false);
    assert.equal(ask({ isForced: true }).isGood({ ...answered, begunMs: SINCE_MS }), true);
  });

  it('is never a token for a host that the spec does not name', async () => {
    const results = [token(SOON), token(SOON, 'evil.example.com')];
    const [good, bad] = await ask({}, tenantCredential({ spec }), results).call(new AbortController().signal);

    assert.equal(good?.kind, 'token');
    assert.ok(bad?.kind === 'failure' && bad.reason === 'MalformedResponse');
  });
});

describe('remainingMs', () => {
  it('is the life of the first to end of those alive', () => {
    const ends = [PAST, SOON, new Date(SOON.getTime() + 1), null];
    const entries = ends.map((expiresAt, index) => heldEntry(`r${index}.example.com`, { expiresAt }));

    assert.equal(remainingMs(held(entries), NOW), SOON.getTime() - NOW.getTime());
  });

  it('is unknown where nothing alive has an end', () => {
    assert.equal(remainingMs(undefined, NOW), undefined);
    assert.equal(remainingMs(held([heldEntry(PREFIX, { expiresAt: NOW })]), NOW), undefined);
  });
});

describe('delayOf', () => {
  const standing = { uid: 'uid', attempt: 0, watched: true, remainingMs: undefined };

  it('sets no timer for an input that is watched, and polls one that is not', () => {
    assert.equal(delayOf(failure('InputNotFound'), standing), undefined);
    assert.ok((delayOf(failure('InputNotFound'), { ...standing, watched: false }) ?? 0) >= 240_000);
  });

  it('polls for consent, which nobody watches', () => {
    assert.ok((delayOf(failure('ConsentMissing'), standing) ?? 0) >= 240_000);
  });

  it('asks again for a token that came expired no sooner than in 30 s', () => {
    assert.equal(delayOf(failure('ReturnedExpired'), standing), 30_000);
    assert.ok((delayOf(failure('MalformedResponse'), standing) ?? Infinity) <= 5000);
  });
});
