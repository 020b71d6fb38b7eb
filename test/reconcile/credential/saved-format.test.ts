import assert from 'node:assert/strict';
import { ownerOf, readSaved, writeSaved } from '../../../src/reconcile/credential/saved-format.ts';
import { heldEntry, NOW, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const PREFIX = 'de.icr.io';
const icr = (region: string, uid = 'uid-main') =>
  tenantCredential({
    uid,
    spec: { provider: { icr: { registries: [{ prefix: PREFIX }, { prefix: region }], auth: { apiKey: {} } } } },
  });
const credential = icr('us.icr.io');
// a token is one word
const token = (prefix: string) => {
  const { entry, ...rest } = heldEntry(prefix, { expiresAt: SOON, identity: 'i' });
  return { ...rest, entry: { ...entry, password: `token-of-${prefix}` } };
};
const saved = writeSaved(credential, [token(PREFIX), token('us.icr.io')]);

/** Reads a stored token of which one field of its first login is another. */
function readWith(change: Readonly<Record<string, unknown>>): string {
  const content = JSON.parse(saved) as { tokens: object[] };
  const tokens = content.tokens.map((one, index) => (index === 0 ? { ...one, ...change } : one));
  return readSaved(JSON.stringify({ ...content, tokens }), credential, NOW).kind;
}

describe('a stored token', () => {
  it('is read as it was written', () => {
    const read = readSaved(saved, credential, NOW);

    assert.ok(read.kind === 'entries');
    assert.deepEqual(
      read.entries.map(({ key, entry, expiresAt, identity }) => [key, entry.password, expiresAt, identity]),
      [PREFIX, 'us.icr.io'].map((prefix) => [prefix, `token-of-${prefix}`, SOON, 'i']),
    );
  });

  it('is the same text in whatever order its logins come', () => {
    assert.equal(writeSaved(credential, [token('us.icr.io'), token(PREFIX)]), saved);
  });

  it('has no login that nobody was asked for, or that does not expire', () => {
    const unasked = { ...token(PREFIX), identity: '' };
    const endless = { ...token('us.icr.io'), expiresAt: null };

    assert.deepEqual(readSaved(writeSaved(credential, [unasked, endless]), credential, NOW), {
      kind: 'entries',
      entries: [],
    });
  });

  it('is of another where the uid or the spec differs', () => {
    assert.equal(readSaved(saved, icr('us.icr.io', 'uid-again'), NOW).kind, 'other');
    assert.equal(readSaved(saved, icr('jp.icr.io'), NOW).kind, 'other');
  });

  it('is broken where nobody of ours wrote it', () => {
    const content = JSON.parse(saved) as object;
    for (const text of ['', 'null', '[]', ...[{ v: 2 }, { name: 'x' }, { tokens: {} }].map((change) => merged(change))])
      assert.equal(readSaved(text, credential, NOW).kind, 'broken', text.slice(0, 40));

    function merged(change: object): string {
      return JSON.stringify({ ...content, ...change });
    }
  });

  for (const [what, change] of [
    ['a prefix that the spec does not name', { prefix: 'evil.example' }],
    ['a user name with a colon', { username: 'a:b' }],
    ['a token of two words', { password: 'two words' }],
    ['no identity', { identity: '' }],
    ['no time of issue', { issuedAt: 'yesterday' }],
    ['an end that the provider never gives', { expiresAt: '9999-01-01T00:00:00.000Z' }],
  ] as const)
    it(`is broken as a whole by a login with ${what}`, () => {
      assert.equal(readWith(change), 'broken');
    });

  it('names its owner, if it names one', () => {
    assert.deepEqual(ownerOf(saved), { name: 'main', uid: 'uid-main' });
    assert.equal(ownerOf('{"name":"main"}'), undefined);
    assert.equal(ownerOf('no JSON'), undefined);
  });
});
