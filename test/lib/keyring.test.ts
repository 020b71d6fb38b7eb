import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyringKey, lookupCredentials, readDockerConfig } from '../../src/lib/keyring.ts';
import type { KeyringSecret } from '../../src/lib/keyring.ts';

const JSON_TYPE = 'kubernetes.io/dockerconfigjson';
const LEGACY_TYPE = 'kubernetes.io/dockercfg';

// Every row was measured: the kubelet's own code (1.36) run with Go 1.26.8.
const keys: readonly (readonly [rawKey: string, key: string | undefined])[] = [
  ['https://index.docker.io/v1/', 'index.docker.io'],
  ['https://index.docker.io/v1', 'index.docker.io/v1'],
  ['http://reg.io', 'reg.io'],
  ['reg.io/v2/', 'reg.io'],
  ['reg.io/v2/team', 'reg.io/team'],
  ['reg.io/v1/v2/x', 'reg.io/v2/x'],
  ['reg.io//x', 'reg.io//x'],
  ['reg.io/', 'reg.io'],
  ['reg.io:443', 'reg.io:443'],
  ['reg.io:70000', 'reg.io:70000'],
  ['reg.io:', 'reg.io:'],
  ['reg.io:abc', undefined],
  ['reg.io:1:2', undefined],
  ['HTTPS://reg.io', 'HTTPS://reg.io'],
  ['REG.io', 'REG.io'],
  ['u:p@reg.io', 'reg.io'],
  ['u p@reg.io', undefined],
  ['reg.io/a?b', 'reg.io/a'],
  ['reg.io/a#b', 'reg.io/a'],
  ['reg.io/a#%zz', undefined],
  ['r?g.io', 'r'],
  ['a[bc].io', undefined],
  ['[ab].io', undefined],
  ['a\\b.io', undefined],
  ['re g.io', undefined],
  ['reg.io/a b', 'reg.io/a b'],
  ['reg.io/\t', undefined],
  ['reg.io.', 'reg.io.'],
  ['reg.io/a%2fb', 'reg.io/a/b'],
  ['reg.io/%zz', undefined],
  ['r%65g.io', undefined],
  ['[::1]:5000', '[::1]:5000'],
  ['[1.2.3.4]', undefined],
  ['[fe80::1%25en0]', '[fe80::1%en0]'],
  ['__proto__', '__proto__'],
  ['', ''],
];

const matches: readonly (readonly [rawKey: string, image: string, matches: boolean])[] = [
  ['*.io', 'docker.io/x', true],
  ['*.io', 'a.b.io/x', false],
  ['*.io', 'a.io:5000/x', false],
  ['*.io:5000', 'a.io:5000/x', true],
  ['gcr.io/foo', 'gcr.io/foobar/img', true],
  ['gcr.io/foo/', 'gcr.io/foobar/img', false],
  ['gcr.io/foo/', 'gcr.io/foo/img:v1', true],
  ['reg.io:443', 'reg.io/x', false],
  ['reg.io:443', 'reg.io:443/x', true],
  ['reg.io:', 'reg.io/x', true],
  ['reg.io.', 'reg.io/x', false],
  ['REG.io', 'reg.io/x', false],
  ['HTTPS://reg.io', 'reg.io/x', false],
  ['*', 'localhost/x', true],
  ['*', 'reg.io/x', false],
  ['*.*', 'reg.io/x', true],
  ['r*.io', 'reg.io/x', true],
  ['r*g*.io', 'reg.io/x', true],
  ['*.dkr.ecr.*.amazonaws.com', '1.dkr.ecr.eu-west-1.amazonaws.com/x', true],
  ['index.docker.io/myorg', 'docker.io/myorg/x', false],
  ['https://index.docker.io/v1/', 'nginx', true],
  ['https://index.docker.io/v1/', 'index.docker.io/team/x', true],
  ['https://index.docker.io/v1/', 'localhost/x', true],
  ['https://index.docker.io/v1/', 'localhost:5000/x', false],
  ['https://index.docker.io/v1', 'nginx', false],
  ['https://registry-1.docker.io/v2/', 'nginx', false],
  ['docker.io', 'nginx', true],
  ['docker.io/library', 'docker.io/library/nginx', true],
  ['docker.io/library', 'nginx@sha256:' + 'a'.repeat(64), true],
  ['docker.io/library', 'team/nginx', false],
  ['[::1]:5000', '[::1]:5000/x', true],
  ['[::1]', '[::1]/x', false],
  ['reg.io/a%3fb', 'reg.io/a/b', true],
];

const authFields: readonly (readonly [auth: string, login: readonly [string, string] | undefined])[] = [
  ['dTpwcA==', ['u', 'pp']],
  ['dTpwcA', ['u', 'pp']],
  ['dTpw\ncA==\r\n', ['u', 'pp']],
  ['OnA=', ['', 'p']],
  ['dTpwOnE=', ['u', 'p:q']],
  ['dTpwcA=', undefined],
  ['dTpwcA== ', undefined],
  [' dTpw', undefined],
  ['==', undefined],
  ['dTo_', undefined],
  ['dXA=', undefined],
];

const documents: readonly (readonly [text: string, entries: Record<string, readonly [string, string]> | undefined])[] =
  [
    ['{"AUTHS":{"h":{"UserName":"a","PASSWORD":"b"}}}', { h: ['a', 'b'] }],
    ['{"auth\u017f":{"h":{"username":"a","pa\u017fsword":"b"}}}', { h: ['a', 'b'] }],
    ['{"auths":{"h":{"auth":null}}}', { h: ['', ''] }],
    ['{"auths":{"h":null}}', { h: ['', ''] }],
    ['{"auths":{"h":{}}}', { h: ['', ''] }],
    ['{"auths":{"h":{"username":"a","password":"b","auth":""}}}', { h: ['a', 'b'] }],
    ['{"auths":{"h":{"username":"a","password":"b","auth":"dTpwcA=="}}}', { h: ['u', 'pp'] }],
    ['{"auths":{"h":{"username":"a","username":null}}}', { h: ['a', ''] }],
    ['{"auths":{"h":{"username":"a","password":"b"},"h":{"username":"c"}}}', { h: ['c', ''] }],
    ['{"auths":{"a":{}},"Auths":{"b":{}}}', { a: ['', ''], b: ['', ''] }],
    ['{"auths":{"a":{}},"auths":null}', {}],
    ['{"auths":{"h":{"identitytoken":5,"x":[{"y":1}]}}}', { h: ['', ''] }],
    ['{"auths":{"h":{"username":"\\ud800"}}}', { h: ['\ufffd', ''] }],
    ['{"credsStore":"desktop","HttpHeaders":{"a":"b"}}', {}],
    ['{}', {}],
    ['null', {}],
    ['{"auths":null}', {}],
    ['{"auths":{"h":{"username":5}}}', undefined],
    ['{"auths":{"h":{"email":7}}}', undefined],
    ['{"HttpHeaders":{"a":1}}', undefined],
    ['{"auths":{"h":"x"}}', undefined],
    ['{"auths":{"good":{},"bad":{"auth":"!"}}}', undefined],
    ['{"auths":[]}', undefined],
    ['[]', undefined],
    ['"x"', undefined],
    ['{}x', undefined],
    ['\ufeff{}', undefined],
    ['', undefined],
  ];

function secret(auths: Readonly<Record<string, string>>): KeyringSecret {
  const entries = Object.entries(auths).map(([host, username]) => [host, { username, password: 'p' }] as const);
  return { type: JSON_TYPE, data: JSON.stringify({ auths: Object.fromEntries(entries) }) };
}

function usersFor(secrets: readonly KeyringSecret[], image: string): readonly string[] | undefined {
  const lookup = lookupCredentials(secrets, image);
  return lookup.ok ? lookup.credentials.map(({ username }) => username) : undefined;
}

describe('keyring', () => {
  for (const [rawKey, key] of keys) {
    it(`F263: the key ${JSON.stringify(rawKey)} ${key === undefined ? 'is skipped' : `is filed as "${key}"`}`, () => {
      assert.equal(keyringKey(rawKey), key);
    });
  }

  for (const [rawKey, image, expected] of matches) {
    it(`F263: "${rawKey}" ${expected ? 'is' : 'is not'} tried for ${image}`, () => {
      assert.deepEqual(usersFor([secret({ [rawKey]: 'u' })], image), expected ? ['u'] : []);
    });
  }

  for (const [auth, login] of authFields) {
    it(`F263: auth ${JSON.stringify(auth)} ${login ? 'is a login' : 'is an error'}`, () => {
      const config = readDockerConfig(JSON_TYPE, JSON.stringify({ auths: { h: { auth } } }));
      const entry = config.ok ? config.entries.get('h') : undefined;
      assert.deepEqual(entry && [entry.username, entry.password], login);
    });
  }

  for (const [text, entries] of documents) {
    it(`F263: ${JSON.stringify(text)} ${entries ? 'is read' : 'is an error'}`, () => {
      const config = readDockerConfig(JSON_TYPE, text);
      const found = config.ok
        ? [...config.entries].map(([host, login]) => [host, [login.username, login.password]])
        : null;
      assert.deepEqual(found, entries ? Object.entries(entries) : null);
    });
  }

  it('F263: a legacy Secret is the bare map of hosts', () => {
    const legacy = { type: LEGACY_TYPE, data: '{"reg.io":{"auth":"dTpwcA=="},"auths":{"reg.io":{"username":"x"}}}' };
    assert.deepEqual(usersFor([legacy], 'reg.io/x'), ['u']);
  });

  it('F263: longer paths come first, ports before paths, wildcards last', () => {
    const all = secret({ '*.io': 'wild', 'reg.io': 'host', 'reg.io/team': 'path', 'reg.io/te': 'text' });
    assert.deepEqual(usersFor([all], 'reg.io/team/x'), ['path', 'text', 'host', 'wild']);
  });

  it('F263: one key in several Secrets is tried in the order of the Secrets', () => {
    const secrets = [secret({ 'reg.io': 'first' }), secret({ 'https://reg.io': 'second', 'reg.io/x': 'path' })];
    assert.deepEqual(usersFor(secrets, 'reg.io/x'), ['path', 'first', 'second']);
  });

  it('F263: the old key of Docker Hub is tried only if nothing else matches', () => {
    const both = secret({ 'https://index.docker.io/v1/': 'old', 'docker.io': 'new' });
    assert.deepEqual(usersFor([both], 'nginx'), ['new']);
  });

  it('F263: one bad entry fails the pull, whatever the other Secrets hold', () => {
    const bad = { type: JSON_TYPE, data: '{"auths":{"other.io":{"auth":"dXA="}}}' };
    assert.deepEqual(lookupCredentials([secret({ 'reg.io': 'u' }), bad], 'reg.io/x'), {
      ok: false,
      error: '"auth" holds no colon',
    });
  });

  it('F263: other types and empty Secrets are not read', () => {
    const others = [
      { type: 'Opaque', data: 'x' },
      { type: JSON_TYPE, data: '' },
      { type: LEGACY_TYPE, data: '' },
    ];
    assert.deepEqual(usersFor(others, 'reg.io/x'), []);
  });

  it('F263: an empty entry is a match, not an anonymous pull', () => {
    assert.deepEqual(usersFor([{ type: JSON_TYPE, data: '{"auths":{"reg.io":null}}' }], 'reg.io/x'), ['']);
  });

  it('F263: a name that is no image fails the pull', () => {
    assert.equal(usersFor([], 'reg.io/UPPER'), undefined);
  });

  it('never throws and never quotes the content', () => {
    const canary = 'CANARY0123456789';
    const piece = fc.constantFrom(
      '{',
      '}',
      '"',
      ':',
      ',',
      '[',
      ']',
      '"auths"',
      '"auth"',
      `"${canary}"`,
      'null',
      ' ',
      '\\',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom(JSON_TYPE, LEGACY_TYPE), (data, type) => {
        const lookup = lookupCredentials([{ type, data }], 'reg.io/x');
        assert.ok(lookup.ok || !lookup.error.includes(canary));
      }),
    );
  });

  it('takes every text as a key without throwing, and files a filed key the same way twice', () => {
    const plain = fc.stringMatching(/^[a-z0-9.]{1,10}(:[0-9]{1,5})?(\/[a-z0-9]{3,8}){0,3}$/);
    fc.assert(fc.property(fc.string(), (rawKey) => void keyringKey(rawKey)));
    fc.assert(fc.property(plain, (rawKey) => assert.equal(keyringKey(rawKey), rawKey)));
  });

  it('F231: reads a hostile megabyte in linear time, also one of stars', () => {
    const depth = 5_000;
    const hostile = [
      `{"auths":{"h":{"x":${'['.repeat(depth)}${']'.repeat(depth)}}}}`,
      `{${'"auths":{"h":{}},'.repeat(50_000)}"x":0}`,
      JSON.stringify({ auths: { h: { auth: '='.repeat(1_000_000) } } }),
      JSON.stringify({ auths: { ['*'.repeat(500_000) + '.io']: {} } }),
      '['.repeat(1_000_000),
    ];
    const start = performance.now();
    for (const data of hostile) lookupCredentials([{ type: JSON_TYPE, data }], 'reg.io/x');
    assert.ok(performance.now() - start < 10_000); // quadratic time would be minutes
  }).timeout(20_000);
});
