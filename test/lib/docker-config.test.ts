import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  authEntry,
  canonicalPrefix,
  encodeDockerConfig,
  entryHash,
  entryHashes,
  parseAuths,
  writtenKeys,
} from '../../src/lib/docker-config.ts';
import { keyringKey, lookupCredentials, readDockerConfig } from '../../src/lib/keyring.ts';
import { sensitive } from '../../src/lib/sensitive.ts';

const TYPE = 'kubernetes.io/dockerconfigjson';

const spellings: readonly (readonly [rawKey: string, prefix: string | undefined])[] = [
  ['docker.io', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['https://index.docker.io/v1', 'docker.io'],
  ['https://registry-1.docker.io/v2/', 'docker.io'],
  ['Docker.IO/', 'docker.io'],
  ['index.docker.io/myorg', 'docker.io/myorg'],
  ['https://reg.io/v1/', 'reg.io'],
  ['https://reg.io/v2/', 'reg.io'],
  ['https://reg.io/v2', 'reg.io'],
  ['reg.io/v2', 'reg.io/v2'],
  ['reg.io/', 'reg.io'],
  ['REG.io', 'reg.io'],
  ['HTTPS://REG.io', 'reg.io'],
  ['http://reg.io', 'reg.io'],
  ['reg.io:443', 'reg.io'],
  ['reg.io:443/team', 'reg.io/team'],
  ['reg.io:5000', 'reg.io:5000'],
  ['reg.io/team/', 'reg.io/team'],
  ['reg.io/Team', 'reg.io/Team'],
  ['u:p@reg.io', 'reg.io'],
  ['*.dkr.ecr.eu-west-1.amazonaws.com', '*.dkr.ecr.eu-west-1.amazonaws.com'],
  ['[::1]:5000', '[::1]:5000'],
  ['__proto__', '__proto__'],
  ['https://https://ghcr.io', undefined], // the kubelet takes off one scheme, and files the rest under "https:"
  ['HTTP://https://HTTP://', undefined],
  ['', undefined],
  ['https://', undefined],
  ['re g.io', undefined],
  ['reg.io:abc', undefined],
  ['reg.io/a b', undefined],
  ['reg.io/v1/v2/x', undefined],
  ['a'.repeat(2_000), undefined],
];

const prefix = fc.stringMatching(/^[a-z0-9]{1,5}(\.[a-z]{2,4})(:[1-9][0-9]{0,3})?(\/[a-z0-9]{3,6}){0,2}$/);
const piece = fc.constantFrom(
  'a.io',
  '/',
  ':',
  ':443',
  'v1',
  '/v2/',
  'https://',
  'HTTP://',
  '%2f',
  '@',
  '[::1]',
  '?',
  '*',
  '.',
);
const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const login = fc.record(
  {
    username: fc.stringMatching(/^[a-zA-Z0-9_$+/-]{1,12}$/),
    password: fc.string({ unit: 'grapheme', minLength: 1 }),
  },
  { noNullPrototype: true },
);

function readHashes(text: string): ReadonlyMap<string, string> {
  return entryHashes(text) ?? assert.fail('no docker config');
}

describe('docker config', () => {
  for (const [rawKey, expected] of spellings) {
    it(`spells ${JSON.stringify(rawKey.slice(0, 40))} as ${expected ?? 'nothing'}`, () => {
      assert.equal(canonicalPrefix(rawKey), expected);
    });
  }

  it('F147: every spelling of Docker Hub is written under both of its keys', () => {
    for (const rawKey of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'docker.io/', 'DOCKER.IO']) {
      assert.deepEqual(writtenKeys(canonicalPrefix(rawKey) ?? ''), ['https://index.docker.io/v1/', 'docker.io']);
    }
    assert.deepEqual(writtenKeys('docker.io/myorg'), ['docker.io/myorg']);
  });

  it('spells a prefix once and for all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), prefix, hostile), (rawKey) => {
        const once = canonicalPrefix(rawKey);
        assert.equal(once && canonicalPrefix(once), once);
        assert.equal(once && keyringKey(once), once);
      }),
    );
  });

  it('writes hosts and fields in one order, without white space', () => {
    const config = new Map<string, unknown>([
      ['b.io', { username: 'u', auth: 'x', password: 'p' }],
      ['a.io', {}],
    ]);
    assert.equal(encodeDockerConfig(config), '{"auths":{"a.io":{},"b.io":{"auth":"x","password":"p","username":"u"}}}');
    assert.equal(encodeDockerConfig(new Map()), '{"auths":{}}');
  });

  it('writes equal bytes in whatever order the entries came', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (entries) => {
        const there = encodeDockerConfig(new Map(Object.entries(entries)));
        const back = encodeDockerConfig(new Map(Object.entries(entries).reverse()));
        assert.equal(there, back);
      }),
    );
  });

  it('reads back what it wrote', () => {
    const deepest = fc.jsonValue({ maxDepth: 5 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), deepest), (entries) => {
        const text = encodeDockerConfig(new Map(Object.entries(entries)));
        assert.equal(encodeDockerConfig(parseAuths(text) ?? assert.fail()), text);
      }),
    );
  });

  it('writes what every kubelet reads', () => {
    fc.assert(
      fc.property(fc.dictionary(prefix, login), (logins) => {
        const config = new Map(
          Object.entries(logins).map(([host, { username, password }]) => [
            host,
            authEntry(username, sensitive(password)),
          ]),
        );
        const read = readDockerConfig(TYPE, encodeDockerConfig(config));
        assert.deepEqual(read.ok && Object.fromEntries(read.entries), { ...logins });
      }),
    );
  });

  it('publishes a login for each prefix that the kubelet then finds', () => {
    fc.assert(
      fc.property(prefix, login, (host, { username, password }) => {
        const config = new Map(writtenKeys(host).map((key) => [key, authEntry(username, sensitive(password))]));
        const lookup = lookupCredentials([{ type: TYPE, data: encodeDockerConfig(config) }], `${host}/image:v1`);
        assert.deepEqual(lookup, { ok: true, credentials: [{ username, password }] });
      }),
    );
  });

  it('pads auth and splits it at the first colon only', () => {
    assert.deepEqual(authEntry('u', sensitive('p:q')), { auth: 'dTpwOnE=', password: 'p:q', username: 'u' });
  });

  for (const text of ['{}', 'null', '{"auths":null}', '{"auths":{}}', '{"credsStore":"x"}']) {
    it(`finds no hosts in ${text}`, () => {
      assert.equal(parseAuths(text)?.size, 0);
    });
  }

  for (const text of ['', '[]', '"x"', '5', '{"auths":[]}', '{"auths":"x"}', '{}x']) {
    it(`takes ${JSON.stringify(text)} for no docker config`, () => {
      assert.equal(parseAuths(text), undefined);
    });
  }

  it('keeps raw keys and raw entries, and __proto__ as a key like others', () => {
    const config = parseAuths('{"Auths":{"__proto__":{"auth":"x"},"https://reg.io":{"identitytoken":"y"}}}');
    assert.deepEqual(
      [...(config ?? assert.fail())],
      [
        ['__proto__', { auth: 'x' }],
        ['https://reg.io', { identitytoken: 'y' }],
      ],
    );
  });

  it('hashes entries by what they hold, not by how they are written', () => {
    const hashes = readHashes(
      '{"auths":{"a.io":{"username":"u","password":"p"},"b.io":{"password":"p","username":"u"}}}',
    );
    assert.equal(hashes.get('a.io'), hashes.get('b.io'));
    assert.equal(hashes.get('a.io'), entryHash({ username: 'u', password: 'p' }));
    assert.notEqual(hashes.get('a.io'), entryHash({ username: 'u', password: 'q' }));
    assert.equal(entryHashes('{"auths":5}'), undefined);
  });
});
