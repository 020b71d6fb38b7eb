import assert from 'node:assert/strict';
import { examineLogin, examineToken } from '../../../src/reconcile/credential/examine.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { RegistryToken } from '../../../src/providers/provider.ts';
import { clusterCredential } from '../../support/gen.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const credential = clusterCredential({
  spec: { provider: { icr: { registries: [{ prefix: 'de.icr.io/team' }], auth: { apiKey: {} } } } },
});

function token(fields: { password?: string; username?: string; prefix?: string } = {}): RegistryToken {
  const { password = 'eyJ.abc', username = 'iambearer', prefix = 'de.icr.io/team' } = fields;
  return {
    kind: 'token',
    prefixes: [prefix],
    username,
    password: sensitive(password),
    expiresAt: new Date(NOW.getTime() + 3_600_000),
    expirySource: 'response',
    principal: null,
  };
}

const outcome = (fields: Parameters<typeof token>[0]): string => {
  const result = examineToken(token(fields), credential, NOW);
  return result.kind === 'failure' ? result.reason : result.kind;
};

describe('an issued token', () => {
  for (const [what, password] of [
    ['empty', ''],
    ['blank', '  '],
    ['with a newline', 'a\nb'],
    ['with a NUL', 'a\0b'],
    ['with a lone surrogate', 'a\ud800'],
    ['of 64 KiB', 'x'.repeat(65_536)],
    ['of 2 MiB', 'x'.repeat(2 ** 21)],
  ] as const)
    it(`F81: is refused where it is ${what}`, () => {
      assert.equal(outcome({ password }), 'MalformedResponse');
    });

  for (const username of ['', 'a:b', 'a\nb'])
    it(`F81: is refused with the user name ${JSON.stringify(username)}`, () => {
      assert.equal(outcome({ username }), 'MalformedResponse');
    });

  it('F81: keeps a colon in the password', () => {
    assert.equal(outcome({ password: 'a:b' }), 'token');
  });

  for (const prefix of ['evil.example.com', 'de.icr.io', 'us.icr.io/team', 'de.icr.io/team/deeper', 'https://'])
    it(`F93: is never published for ${prefix}, which the credential does not name`, () => {
      assert.equal(outcome({ prefix }), 'MalformedResponse');
    });

  for (const prefix of ['https://de.icr.io/team', 'DE.icr.io/team', 'de.icr.io:443/team', 'de.icr.io/team/'])
    it(`F93: is the credential's own under another spelling: ${prefix}`, () => {
      assert.equal(outcome({ prefix }), 'token');
    });
});

describe('a static login', () => {
  it('F81: may hold newlines and colons, no NUL', () => {
    assert.equal(examineLogin(token({ password: '{"a":\n1}' }), credential).kind, 'token');
    assert.equal(examineLogin(token({ password: 'a\0' }), credential).kind, 'failure');
  });
});
