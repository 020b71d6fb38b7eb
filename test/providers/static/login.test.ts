import assert from 'node:assert/strict';
import { problemOf, readEntry } from '../../../src/providers/static/login.ts';

describe('an entry of a static source', () => {
  it('is a login, with nothing to warn of', () => {
    assert.deepEqual(readEntry('{"auth":"dTpwcA=="}', 'h.io'), {
      kind: 'login',
      login: { username: 'u', password: 'pp' },
      warnings: [],
    });
  });

  it('reads field names in any case, as nodes do', () => {
    const entry = readEntry('{"UserName":"u","PASSWORD":"p","IdentityToken":"t"}', 'h.io');
    assert.ok(entry.kind === 'login');
    assert.deepEqual(entry.warnings, ['its identitytoken is left out; the login beside it is used']);
  });

  for (const [text, kind] of [
    ['{}', 'empty'],
    ['null', 'empty'],
    ['{"email":"e@x.io"}', 'empty'],
    ['{"username":"u"}', 'invalid'],
    ['{"password":"p"}', 'invalid'],
    ['{"auth":"OnA="}', 'invalid'],
    ['{"auth":"dXA="}', 'invalid'],
    ['[]', 'invalid'],
    ['{"auth":"dTqA"}', 'invalid'], // a password that is not UTF-8
    ['{"identitytoken":"t"}', 'unsupported'],
    ['{"registrytoken":"t"}', 'unsupported'],
  ] as const) {
    it(`${text} is ${kind}`, () => {
      assert.equal(readEntry(text, 'h.io').kind, kind);
    });
  }

  it('converts identity tokens for Azure registries alone', () => {
    const kinds = ['x.azurecr.io', 'x.azurecr.cn', 'x-hash.eastus.azurecr.io', 'azurecr.io', 'x.azurecr.io:5000'].map(
      (prefix) => readEntry('{"identitytoken":"t"}', prefix).kind,
    );
    assert.deepEqual(kinds, ['login', 'login', 'login', 'unsupported', 'unsupported']);
  });

  it('names what is wrong without quoting it', () => {
    const password = 'p';
    assert.equal(problemOf({ username: 'u', password: 'a:b\nc' }), undefined);
    assert.deepEqual(problemOf({ username: 'a:b', password }), {
      field: 'username',
      text: 'the user name holds a colon',
    });
    assert.deepEqual(problemOf({ username: 'u', password: 'a\0' }), {
      field: 'password',
      text: 'the password holds a NUL',
    });
  });
});
