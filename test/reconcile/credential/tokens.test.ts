import assert from 'node:assert/strict';
import fc from 'fast-check';
import { issueFailure } from '../../../src/api/reasons.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { RegistryToken } from '../../../src/providers/provider.ts';
import {
  better,
  createTokens,
  entriesOf,
  isAlive,
  keepLastGood,
  publishedOf,
} from '../../../src/reconcile/credential/tokens.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';

const token = (change: Partial<RegistryToken> = {}): RegistryToken => ({
  kind: 'token',
  prefixes: ['registry.example.com'],
  username: 'bot',
  password: sensitive('secret'),
  expiresAt: null,
  expirySource: 'none',
  principal: null,
  ...change,
});
const unavailable = (...prefixes: string[]) =>
  issueFailure('ProviderUnavailable', prefixes, { provider: 'ecr', status: '503', at: 'soon' });
const nothingRemoved = (): boolean => false;

describe('the token cache', () => {
  it('says whether namespaces would see something new', () => {
    const tokens = createTokens();
    const first = publishedOf(held(), nothingRemoved);

    assert.equal(tokens.publish('uid', first), true);
    assert.equal(tokens.publish('uid', publishedOf(held(), nothingRemoved)), false);
    assert.equal(tokens.publish('uid', publishedOf(held([heldEntry('other.example.com')]), nothingRemoved)), true);
    assert.equal(tokens.publish('uid', undefined), true);
    assert.equal(tokens.published('uid'), undefined);
  });

  it('forgets a credential as a whole', () => {
    const tokens = createTokens();
    tokens.hold('uid', held());
    tokens.publish('uid', publishedOf(held(), nothingRemoved));

    tokens.forget('uid');

    assert.equal(tokens.held('uid'), undefined);
    assert.equal(tokens.published('uid'), undefined);
  });
});

const ORIGIN = { issuedAt: NOW, identity: '' };

describe('entriesOf', () => {
  it('makes one entry a prefix, under its canonical key', () => {
    const entries = entriesOf(token({ prefixes: ['index.docker.io', 'registry.example.com/team'] }), ORIGIN);

    assert.deepEqual(
      entries.map(({ key }) => key),
      ['docker.io', 'registry.example.com/team'],
    );
    assert.equal(entries[0]?.hash, entries[1]?.hash);
    assert.deepEqual(entries[0]?.issuedAt, NOW);
  });

  for (const [own, bound, ends] of [
    [null, undefined, null],
    [SOON, undefined, SOON],
    [null, SOON, SOON],
    [SOON, PAST, PAST],
    [PAST, SOON, PAST],
  ] as const)
    it(`ends at ${String(ends)} when the token ends at ${String(own)} and its source at ${String(bound)}`, () => {
      assert.deepEqual(entriesOf(token({ expiresAt: own }), { ...ORIGIN, endsAt: bound })[0]?.expiresAt, ends);
    });
});

describe('keepLastGood', () => {
  const [a, b] = [heldEntry('a.example.com'), heldEntry('b.example.com')];

  it('keeps what failed, takes what is new, drops what nobody names any more', () => {
    const before = held([a, b, heldEntry('gone.example.com')]);
    const fresh = heldEntry('a.example.com', { hash: 'new' });

    const entries = keepLastGood(before, [fresh], [unavailable('b.example.com')]);

    assert.deepEqual(
      [...entries],
      [
        ['b.example.com', b],
        ['a.example.com', fresh],
      ],
    );
  });

  it('keeps everything when the whole issue failed', () => {
    assert.deepEqual([...keepLastGood(held([a, b]), [], [unavailable()]).values()], [a, b]);
  });

  it('keeps the issue time of a login that came again unchanged: the next refresh does not move', () => {
    assert.equal(better(a, heldEntry('a.example.com', { issuedAt: SOON }), NOW), a);
  });

  it('F87: keeps what lives longer, of the same identity, and counts its refresh from now', () => {
    const issued = { identity: 'i', expiresAt: SOON };
    const [old, fresh] = [heldEntry('a.example.com', issued), heldEntry('a.example.com', { ...issued, hash: 'new' })];
    const shorter = { ...fresh, issuedAt: SOON, expiresAt: new Date(SOON.getTime() - 1000) };
    assert.deepEqual(better(old, shorter, NOW), { ...old, refreshFrom: SOON });
    assert.equal(better(old, { ...shorter, identity: 'other' }, NOW).hash, 'new');
    assert.equal(better({ ...old, expiresAt: PAST }, shorter, NOW).hash, 'new');
    const ofTomorrow = new Date(NOW.getTime() + 24 * 3_600_000); // F40: the wall clock went back since
    assert.equal(better({ ...old, issuedAt: ofTomorrow }, shorter, NOW).hash, 'new');
  });

  it('has an entry for each prefix that failed, if there ever was one', () => {
    const hosts = fc.uniqueArray(fc.constantFrom('a.example', 'b.example', 'c.example', 'd.example'));
    fc.assert(
      fc.property(hosts, hosts, (known, failed) => {
        const before = held(known.map((host) => heldEntry(host)));

        const entries = keepLastGood(before, [], failed.length === 0 ? [] : [unavailable(...failed)]);

        assert.deepEqual([...entries.keys()].sort(), known.filter((host) => failed.includes(host)).sort());
      }),
    );
  });
});

describe('publishedOf', () => {
  it('is undefined when nothing is known at all: what stands in the Secrets is carried over', () => {
    assert.equal(publishedOf(held([], { failures: [unavailable()] }), nothingRemoved), undefined);
    assert.deepEqual(publishedOf(held([], { failures: [] }), nothingRemoved)?.entries, []);
  });

  it('names the keys that wait for their first login, sorted, and not those with a last good one', () => {
    const failures = [unavailable('z.example.com', 'a.example.com', 'b.example.com')];

    const published = publishedOf(held([heldEntry('b.example.com')], { failures }), nothingRemoved);

    assert.deepEqual(published?.waiting, ['a.example.com', 'z.example.com']);
    assert.deepEqual(
      published.entries.map(({ key }) => key),
      ['b.example.com'],
    );
  });

  it('leaves out what is removed', () => {
    const entries = [heldEntry('a.example.com'), heldEntry('ghcr.io', { expiresAt: PAST })];

    const published = publishedOf(held(entries), ({ key }) => key === 'ghcr.io');

    assert.deepEqual(
      published?.entries.map(({ key }) => key),
      ['a.example.com'],
    );
  });

  it('has a hash that depends on keys, bytes and expiries, and on no order', () => {
    const [a, b] = [heldEntry('a.example.com'), heldEntry('b.example.com', { expiresAt: SOON })];
    const hashOf = (...entries: readonly ReturnType<typeof heldEntry>[]) =>
      publishedOf(held(entries), nothingRemoved)?.hash;

    assert.equal(hashOf(a, b), hashOf(b, a));
    const others = [hashOf(a), hashOf(a, { ...b, expiresAt: PAST }), hashOf(a, { ...b, hash: 'x' })];
    assert.equal(new Set([hashOf(a, b), ...others]).size, 4);
  });
});

describe('isAlive', () => {
  it('ends with the expiry, and never without one', () => {
    const clock = fakeClock(NOW.getTime());

    assert.equal(isAlive(heldEntry('a', { expiresAt: null }), clock), true);
    assert.equal(isAlive(heldEntry('a', { expiresAt: SOON }), clock), true);
    assert.equal(isAlive(heldEntry('a', { expiresAt: NOW }), clock), false);
    assert.equal(isAlive(heldEntry('a', { expiresAt: PAST }), clock), false);
  });
});
