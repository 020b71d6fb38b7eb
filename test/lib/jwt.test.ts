import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimsOf, expiryOf, issuerOf } from '../../src/lib/jwt.ts';

function jwt(claims: unknown): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`;
}

describe('expiryOf', () => {
  it('reads exp', () => {
    assert.deepEqual(expiryOf(jwt({ exp: 1_800_000_000 })), new Date('2027-01-15T08:00:00Z'));
  });

  for (const exp of ['1800000000', -1, 0, 1e300, null, [1]]) {
    it(`takes no exp like ${JSON.stringify(exp)}`, () => {
      assert.equal(expiryOf(jwt({ exp })), undefined);
    });
  }

  for (const token of ['', 'a.b', 'a.!.c', 'a..c', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'a.bm90.c']) {
    it(`takes ${JSON.stringify(token)} for no JWT`, () => {
      assert.equal(expiryOf(token), undefined);
    });
  }

  it('never throws', () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => void expiryOf(parts.join('.'))));
  });
});

describe('claimsOf', () => {
  it('reads all claims', () => {
    assert.deepEqual(claimsOf(jwt({ tid: 't', access: [] })), { tid: 't', access: [] });
  });

  it('reads none from other texts', () => {
    assert.equal(claimsOf('no.token'), undefined);
  });
});

describe('issuerOf', () => {
  it('reads the URL of the issuer', () => {
    assert.equal(issuerOf(jwt({ iss: 'https://oidc.example.com/id/1' })), 'https://oidc.example.com/id/1');
  });

  for (const iss of ['not a URL', 'https://a b', 7, 'javascript:x', `https://${'a'.repeat(300)}`]) {
    it(`shows no issuer like ${JSON.stringify(iss).slice(0, 30)}`, () => {
      assert.equal(issuerOf(jwt({ iss })), undefined);
    });
  }
});
