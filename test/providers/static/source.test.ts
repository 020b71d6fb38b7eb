import assert from 'node:assert/strict';
import fc from 'fast-check';
import { messageFor } from '../../../src/api/reasons.ts';
import { authEntry, encodeDockerConfig, writtenKeys } from '../../../src/lib/docker-config.ts';
import { readDockerConfig } from '../../../src/lib/keyring.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { IssueFailure } from '../../../src/providers/provider.ts';
import { readSource } from '../../../src/providers/static/source.ts';
import type { Source } from '../../../src/providers/static/source.ts';

const CANARY = 'CANARY-5up3rs3cr3t';
const login = { auth: 'dTpwcA==' };

function read(document: unknown): Source | IssueFailure {
  return readSource(typeof document === 'string' ? document : JSON.stringify(document), 'logins');
}

/** prefix and login, or prefix and message, of each entry. */
function entriesOf(document: unknown): readonly string[] {
  const source = read(document);
  if ('kind' in source) return [messageOf(source)];
  return [...source.entries].map(([prefix, entry]) =>
    'kind' in entry ? `${prefix}: ${messageOf(entry)}` : `${prefix} ${entry.username}:${entry.password}`,
  );
}

function warningsOf(document: unknown): readonly string[] {
  const source = read(document);
  return 'kind' in source ? [] : source.warnings;
}

function messageOf({ reason, facts }: IssueFailure): string {
  return `${reason}: ${messageFor(reason, facts)}`;
}

describe('the source of static logins', () => {
  for (const [host, prefix] of [
    ['https://index.docker.io/v1/', 'docker.io'],
    ['https://index.docker.io/v1', 'docker.io'],
    ['https://registry-1.docker.io/v2/', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://h.io/v1/', 'h.io'],
    ['https://h.io/v2', 'h.io'],
    ['h.io/', 'h.io'],
    ['H.io:443', 'h.io'],
    ['h.io/project', 'h.io/project'],
    ['h.io:5000', 'h.io:5000'],
  ] as const) {
    it(`F237: the key ${host} is published as ${prefix}`, () => {
      assert.deepEqual(entriesOf({ auths: { [host]: login } }), [`${prefix} u:pp`]);
    });
  }

  for (const [title, document, message] of [
    [
      'a helper for one host',
      { credHelpers: { '1.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' } },
      '1.dkr.ecr.eu-west-1.amazonaws.com: InputUnsupported: Entry for 1.dkr.ecr.eu-west-1.amazonaws.com in Secret "logins" is delegated to helper "ecr-login"; pull Secrets can not run helpers; use provider ecr',
    ],
    [
      'a store for all hosts',
      { auths: { 'h.io': {} }, credsStore: 'desktop' },
      'h.io: InputUnsupported: Entry for h.io in Secret "logins" is delegated to helper "desktop"; pull Secrets can not run helpers; use a login',
    ],
    [
      'an entry that is empty',
      { auths: { 'h.io': {} } },
      'h.io: InputUnsupported: Entry for h.io in Secret "logins" uses a credential store; a pull Secret can not carry it',
    ],
    [
      'an identity token',
      { auths: { 'h.io': { auth: 'dTo=', identitytoken: CANARY } } },
      'h.io: InputUnsupported: Entry for h.io in Secret "logins" uses identitytoken; a pull Secret can not carry it',
    ],
    [
      'a registry token',
      { auths: { 'h.io': { registrytoken: CANARY } } },
      'h.io: InputUnsupported: Entry for h.io in Secret "logins" uses registrytoken; a pull Secret can not carry it',
    ],
    [
      'base64 for URLs',
      { auths: { 'h.io': { auth: 'dTo_' } } },
      'h.io: InputInvalid: Secret "logins" is not a valid docker config: entry for h.io: "auth" is not base64',
    ],
    [
      'a field of the wrong type',
      { auths: { 'h.io': { username: 5, password: CANARY } } },
      'h.io: InputInvalid: Secret "logins" is not a valid docker config: entry for h.io: field "username" is not a string',
    ],
    [
      'a colon in a user name',
      { auths: { 'h.io': { username: `a:${CANARY}`, password: 'p' } } },
      'h.io: InputInvalid: Secret "logins" is not a valid docker config: entry for h.io: the user name holds a colon',
    ],
  ] as const) {
    it(`F237: refuses ${title}, and names the key`, () => {
      assert.deepEqual(entriesOf(document), [message]);
    });
  }

  it('names the store that holds the logins of hosts that are not there', () => {
    const source = read({ credsStore: 'osxkeychain' });
    assert.ok(!('kind' in source));
    assert.match(messageOf(source.missing('h.io')), /^InputUnsupported: Entry for h\.io .* helper "osxkeychain"/);
    assert.match(messageOf(source.missing(undefined)), /^InputUnsupported: Entry for all registries /);
  });

  it('shows no helper whose name may be something else', () => {
    assert.deepEqual(entriesOf({ credHelpers: { 'h.io': CANARY } }), [
      'h.io: InputUnsupported: Entry for h.io in Secret "logins" is delegated to helper "unknown"; pull Secrets can not run helpers; use a login',
    ]);
  });

  it('F237: a login beside a helper is used, as nodes do', () => {
    const document = { auths: { 'h.io': login }, credHelpers: { 'h.io': 'gcloud' }, credsStore: 'desktop' };
    assert.deepEqual(entriesOf(document), ['h.io u:pp']);
    assert.deepEqual(warningsOf(document), ['Secret "logins": left out credHelpers, credsStore']);
  });

  it('F237: what is no login is left out, and told once', () => {
    const document = {
      HttpHeaders: { 'X-A': CANARY },
      proxies: {},
      plugins: {},
      detachKeys: 'x',
      auths: { 'h.io': login },
    };
    assert.deepEqual(entriesOf(document), ['h.io u:pp']);
    assert.deepEqual(warningsOf(document), ['Secret "logins": left out HttpHeaders, proxies, plugins, detachKeys']);
  });

  it('F237: auth wins over user name and password, as on nodes, and it is told', () => {
    const document = { auths: { 'h.io': { username: 'other', password: 'p', ...login } } };
    assert.deepEqual(entriesOf(document), ['h.io u:pp']);
    assert.deepEqual(warningsOf(document), [
      'Entry for h.io: its auth differs from its username and password; auth is used, as nodes do',
    ]);
    assert.deepEqual(warningsOf({ auths: { 'h.io': { username: 'u', password: 'pp', ...login } } }), []);
  });

  it('F237: the identity token of an Azure registry is its refresh token', () => {
    const document = { auths: { 'x.azurecr.io': { auth: 'MDA6', identitytoken: 'refresh' } } };
    assert.deepEqual(entriesOf(document), ['x.azurecr.io 00000000-0000-0000-0000-000000000000:refresh']);
    assert.equal(warningsOf(document).length, 1);
    const foreign = { auths: { 'x.azurecr.io.evil.example': { identitytoken: 'refresh' } } };
    assert.match(entriesOf(foreign)[0] ?? '', /InputUnsupported/);
  });

  it('F147: two spellings of a registry with two logins contradict each other, and both are named', () => {
    const document = { auths: { 'https://index.docker.io/v1/': login, 'docker.io': { auth: 'dDpxcQ==' } } };
    assert.deepEqual(entriesOf(document), [
      'docker.io: InputInvalid: Secret "logins" is not a valid docker config: "https://index.docker.io/v1/" and "docker.io" are one registry with two logins',
    ]);
  });

  it('F147: two spellings of a registry with one login are one entry, as docker and kubelets both need theirs', () => {
    const document = {
      auths: { 'https://index.docker.io/v1/': login, 'docker.io': { username: 'u', password: 'pp' } },
    };
    assert.deepEqual(entriesOf(document), ['docker.io u:pp']);
  });

  it('F237: of a key that is there twice the first one is used, and it is told', () => {
    const text = '{"auths":{"h.io":{"auth":"dTpwcA=="},"h.io":{"auth":"dDpxcQ=="}}}';
    assert.deepEqual(entriesOf(text), ['h.io u:pp']);
    assert.deepEqual(warningsOf(text), ['Secret "logins": "h.io" is there twice; the first one is used']);
  });

  it('leaves out a key that no node could use, and quotes it only where it is harmless', () => {
    const document = { auths: { 'h.io:abc': login, [`u:${CANARY}@h .io`]: login, 'h.io': login } };
    assert.deepEqual(entriesOf(document), ['h.io u:pp']);
    assert.deepEqual(warningsOf(document), [
      'Secret "logins": left out "h.io:abc"; it is no registry',
      'Secret "logins": left out an entry with an unusual key; it is no registry',
    ]);
  });

  it('takes a legacy config that was wrapped', () => {
    assert.deepEqual(entriesOf('{"auths":{"h.io":{"username":"u","password":"pp","email":"e"}}\n}'), ['h.io u:pp']);
  });

  it('trims the NULs with which docker pads', () => {
    const auth = Buffer.from('u:pp\0\0').toString('base64');
    assert.deepEqual(entriesOf({ auths: { 'h.io': { auth } } }), ['h.io u:pp']);
  });

  for (const [title, text, message] of [
    ['no JSON', CANARY, 'docker config'],
    ['JSON that is cut off', `{"auths":{"h.io":{"password":"${CANARY}"`, 'docker config'],
    ['a list', `["${CANARY}"]`, 'docker config'],
    ['auths that are a list', `{"auths":["${CANARY}"]}`, 'docker config'],
    ['JSON that is nested 100 000 deep', '['.repeat(100_000), 'docker config'],
    ['300 KiB', JSON.stringify({ x: CANARY.repeat(17_000) }), 'docker config: it is larger than 256 KiB'],
    [
      '101 registries',
      JSON.stringify({ auths: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`h${index}.io`, login])) }),
      'docker config: it has more than 100 registries',
    ],
  ] as const) {
    it(`F223: refuses ${title}, and does not quote it`, () => {
      assert.deepEqual(entriesOf(text), [`InputInvalid: Secret "logins" is not a valid ${message}`]);
    });
  }

  for (const text of ['{}', 'null', '{"auths":null}', '{"auths":{}}']) {
    it(`finds no login in ${text}`, () => {
      const source = read(text);
      assert.ok(!('kind' in source) && source.entries.size === 0);
      assert.match(messageOf(source.missing(undefined)), /docker config: it holds no login$/);
    });
  }

  it('F237: whatever it takes, a kubelet takes too', () => {
    const text = fc.constantFrom('u', 'p', 'a:b', '', 'dTpwcA==', 'dTo_', '\u00e9', '\ud800', 'x\0');
    const field = fc.constantFrom('username', 'password', 'auth', 'identitytoken', 'email', 'Auth');
    const host = fc.constantFrom('h.io', 'https://h.io', 'docker.io', 'H.IO/', 'x.azurecr.io', '__proto__', 'h.io/a b');
    const entry = fc.dictionary(field, fc.oneof({ weight: 5, arbitrary: text }, fc.jsonValue({ maxDepth: 1 })));
    fc.assert(
      fc.property(fc.dictionary(host, entry), (auths) => {
        const source = read({ auths });
        if ('kind' in source) return;
        const logins = [...source.entries].flatMap(([prefix, found]) =>
          'kind' in found ? [] : writtenKeys(prefix).map((key) => [key, found] as const),
        );
        const config = new Map(
          logins.map(([key, { username, password }]) => [key, authEntry(username, sensitive(password))]),
        );
        const oracle = readDockerConfig('kubernetes.io/dockerconfigjson', encodeDockerConfig(config));
        assert.deepEqual(
          oracle.ok && [...oracle.entries].sort(),
          logins.map(([key, found]) => [key, { ...found }]).sort(),
        );
      }),
    );
  });
});
