import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { messageFor } from '../../src/api/reasons.ts';
import type { OcirSpec } from '../../src/api/registry-credential.ts';
import { rsaPrivateKey } from '../../src/lib/rsa-key.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { ocirHostOf } from '../../src/providers/ocir/hosts.ts';
import { ocir } from '../../src/providers/ocir/index.ts';
import type { OcirInput } from '../../src/providers/ocir/index.ts';
import { signedGet } from '../../src/providers/ocir/sign.ts';
import type { IssueFailure, IssueResult, ProviderContext } from '../../src/providers/provider.ts';
import type { Fault } from '../../src/sandbox/cloud/cloud-server.ts';
import { startOracle } from '../../src/sandbox/cloud/oracle.ts';
import type { ApiKey, Oracle } from '../../src/sandbox/cloud/oracle.ts';
import { groupKeys } from '../support/group-keys.ts';
import { json } from '../support/http-stub.ts';
import { providerContext } from '../support/provider-context.ts';
import { readSample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';

const FRA = 'fra.ocir.io/mytenancyns';
const IAD = 'iad.ocir.io/mytenancyns';
const TENANCY = 'ocid1.tenancy.oc1..node';

const signedBy = ({ tenancyOCID, userOCID, fingerprint }: ApiKey, ...prefixes: string[]): OcirSpec => ({
  registries: prefixes.map((prefix) => ({ prefix })),
  auth: {
    signingKey: {
      tenancyOCID,
      userOCID,
      fingerprint,
      secretRef: { name: 'oci' },
      keys: { privateKey: 'privateKey', passphrase: 'passphrase' },
    },
  },
});
const ambient = (...prefixes: string[]): OcirSpec => ({
  registries: prefixes.map((prefix) => ({ prefix })),
  auth: { ambient: {} },
});

describe('ocir', () => {
  let oracle: Oracle;
  let key: ApiKey;
  before(async () => {
    oracle = await startOracle({ instanceTenancy: TENANCY, mayRead: (id) => !id.endsWith('stranger') });
    key = oracle.createKey('puller');
  });
  after(() => oracle.stop());
  afterEach(() => oracle.recover());

  const issue = async (
    spec: OcirSpec,
    inputs: Partial<Record<OcirInput, string>> = {},
    parts: Partial<ProviderContext> = {},
  ): Promise<{ results: readonly IssueResult[]; calls: Oracle['calls'] }> => {
    const before = oracle.calls.length;
    const wrapped = Object.entries(inputs).map(([name, text]) => [name, sensitive(text)] as const);
    const context = providerContext({ endpoint: () => new URL(oracle.url), ...parts });
    const results = await ocir.issue({ spec, inputs: Object.fromEntries(wrapped), context });
    return { results, calls: oracle.calls.slice(before) };
  };
  const issueWithKey = (parts: Partial<ProviderContext> = {}): ReturnType<typeof issue> =>
    issue(signedBy(key, FRA), { privateKey: key.privateKey }, parts);
  const assertTokens = (results: readonly IssueResult[], prefixes: readonly (readonly string[])[]): void => {
    const tokens = results.map((result) => (result.kind === 'token' ? result : assert.fail(JSON.stringify(result))));
    assert.deepEqual(
      tokens.map((token) => token.prefixes),
      prefixes,
    );
    for (const { username, password, expirySource } of tokens) {
      assert.ok(oracle.accepts(username, password.reveal()));
      assert.equal(expirySource, 'response');
    }
  };
  const failureOf = (results: readonly IssueResult[]): IssueFailure => {
    const [failure, ...more] = results;
    assert.deepEqual(more, []);
    return failure?.kind === 'failure' ? failure : assert.fail('no failure');
  };

  describe('groups', () => {
    it('are one for each host, and one for each foreign prefix', () => {
      assert.deepEqual(ocir.groups?.(ambient(FRA, 'evil.example', IAD, 'fra.ocir.io/other')), [
        { prefixes: [FRA, 'fra.ocir.io/other'], scope: 'fra.ocir.io', endpoint: 'fra.ocir.io' },
        { prefixes: [IAD], scope: 'iad.ocir.io', endpoint: 'iad.ocir.io' },
        { prefixes: ['evil.example'], scope: 'foreign evil.example' },
      ]);
    });

    it('share the key of a host with other prefixes of it', () => {
      const [fra, iad] = groupKeys('ocir', signedBy(key, FRA, IAD));
      assert.deepEqual(groupKeys('ocir', signedBy(key, 'iad.ocir.io', 'fra.ocir.io/other')), [iad, fra]);
    });

    it('have keys of their own as soon as one field differs', () => {
      const specs = [
        signedBy(key, FRA),
        signedBy(key, IAD),
        signedBy({ ...key, tenancyOCID: 'ocid1.tenancy.oc1..other' }, FRA),
        signedBy({ ...key, userOCID: 'ocid1.user.oc1..other' }, FRA),
        signedBy({ ...key, fingerprint: '00:11' }, FRA),
        ambient(FRA),
        ambient(IAD),
      ];
      const all = specs.flatMap((spec) => groupKeys('ocir', spec));
      assert.deepEqual([all.length, new Set(all).size], [specs.length, specs.length]);
    });
  });

  describe('inputs', () => {
    it('names the key, and the passphrase that may be absent', () => {
      assert.deepEqual(ocir.inputs(signedBy(key, FRA)), {
        privateKey: { kind: 'SecretKey', name: 'oci', key: 'privateKey' },
        passphrase: { kind: 'SecretKey', name: 'oci', key: 'passphrase', optional: true },
      });
    });

    it('names the ambient identity', () => {
      assert.deepEqual(ocir.inputs(ambient(FRA)), { identity: { kind: 'AmbientIdentity' } });
    });
  });

  describe('with a signing key', () => {
    it('sends one signed request, whose token is published as BEARER_TOKEN', async () => {
      const { results, calls } = await issueWithKey();

      assertTokens(results, [[FRA]]);
      const [token] = results;
      assert.ok(token?.kind === 'token');
      assert.deepEqual([token.username, token.principal], ['BEARER_TOKEN', key.userOCID]);
      assert.deepEqual(
        calls.map(({ method, path }) => [method, path]),
        [['GET', '/20180419/docker/token']],
      );
      const { authorization = '', 'x-date': date } = calls[0]?.headers ?? {};
      assert.match(String(date), /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
      const keyId = `${key.tenancyOCID}/${key.userOCID}/${key.fingerprint}`;
      const head = `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="x-date (request-target) host",signature="`;
      assert.ok(authorization.startsWith(head));
    });

    it('asks once for each host, and the host itself where nothing is configured', async () => {
      assertTokens((await issue(signedBy(key, FRA, IAD, `${FRA}/more`), { privateKey: key.privateKey })).results, [
        [FRA, `${FRA}/more`],
        [IAD],
      ]);
      const urls: string[] = [];
      const fetch: typeof globalThis.fetch = (url) => {
        urls.push(url instanceof Request ? url.url : url.toString());
        return Promise.reject(new Error('offline'));
      };
      await issue(signedBy(key, FRA, IAD), { privateKey: key.privateKey }, { fetch, endpoint: () => undefined });
      assert.deepEqual(urls, [
        'https://fra.ocir.io/20180419/docker/token',
        'https://iad.ocir.io/20180419/docker/token',
      ]);
    });

    it('takes an encrypted key with its passphrase', async () => {
      const encrypted = oracle.createKey('careful', 'open sesame');
      const { results } = await issue(signedBy(encrypted, FRA), {
        privateKey: encrypted.privateKey,
        passphrase: 'open sesame\n',
      });
      assertTokens(results, [[FRA]]);
    });

    it('names the key of the Secret where it, or its passphrase, is wrong', async () => {
      const encrypted = oracle.createKey('careful', 'open sesame');
      const wrong: readonly Partial<Record<OcirInput, string>>[] = [
        { privateKey: 'CANARY no pem' },
        { privateKey: encrypted.privateKey },
        { privateKey: encrypted.privateKey, passphrase: 'CANARY' },
      ];
      for (const inputs of wrong) {
        const { results, calls } = await issue(signedBy(encrypted, FRA), inputs);
        const failure = failureOf(results);
        assert.deepEqual([failure.reason, failure.facts['key'], calls.length], ['InputInvalid', 'privateKey', 0]);
        assert.doesNotMatch(JSON.stringify(results), /CANARY|PRIVATE/);
      }
    });
  });

  describe('with the instance principal', () => {
    it('buys a session with the certificate of the instance, and signs with the session', async () => {
      const { results, calls } = await issue(ambient(FRA, IAD));

      assertTokens(results, [[FRA], [IAD]]);
      const token = results[0];
      assert.equal(token?.kind === 'token' && token.principal, `instance principal of tenancy ${TENANCY}`);
      assert.deepEqual(calls.map(({ method, path }) => `${method} ${path}`).sort(), [
        'GET /20180419/docker/token',
        'GET /20180419/docker/token',
        'GET /opc/v2/identity/cert.pem',
        'GET /opc/v2/identity/intermediate.pem',
        'GET /opc/v2/identity/key.pem',
        'GET /opc/v2/instance/regionInfo/',
        'POST /v1/x509',
      ]);
      const post = calls.find(({ method }) => method === 'POST') ?? assert.fail();
      assert.match(
        post.headers.authorization ?? '',
        /^Signature version="1",keyId="ocid1\.tenancy\.oc1\.\.node\/fed-x509\/[0-9a-f:]{59}",algorithm="rsa-sha256",headers="date \(request-target\) host content-type content-length x-content-sha256",signature="/,
      );
      assert.match(calls.at(-1)?.headers.authorization ?? '', /keyId="ST\$eyJ\./);
    });

    it('makes a new session key for each issue', async () => {
      const bodies = [await issue(ambient(FRA)), await issue(ambient(FRA))].map(
        ({ calls }) => calls.find(({ method }) => method === 'POST')?.body,
      );
      assert.notEqual(bodies[0], bodies[1]);
    });

    it('asks the metadata by its own client, and the auth service of the region', async () => {
      const seen: string[] = [];
      const record =
        (name: string): typeof globalThis.fetch =>
        (url, init) => {
          const { pathname, host } = new URL(url instanceof Request ? url.url : url);
          seen.push(`${name} ${host}${pathname}`);
          return globalThis.fetch(new URL(pathname, oracle.url), init);
        };
      const parts = { endpoint: () => undefined, fetch: record('fetch'), metadata: record('metadata') };
      await issue(ambient(FRA), {}, parts);
      assert.deepEqual(seen.slice(4), ['fetch auth.eu-frankfurt-1.oraclecloud.com/v1/x509']); // signed for another host: refused
      assert.ok(seen.slice(0, 4).every((one) => one.startsWith('metadata 169.254.169.254/opc/v2/')));
    });

    it('sends nothing where the metadata is not that of an instance', async () => {
      const odd: readonly [RegExp, Fault][] = [
        [
          /regionInfo/,
          { status: 200, body: { regionIdentifier: 'x.evil.example/', realmDomainComponent: 'oraclecloud.com' } },
        ],
        [
          /regionInfo/,
          { status: 200, body: { regionIdentifier: 'eu-frankfurt-1', realmDomainComponent: 'evil.example' } },
        ],
        [/regionInfo/, 'html'],
        [/key\.pem/, { status: 200, body: key.privateKey }],
        [/key\.pem/, { status: 200, body: 'nothing' }],
        [/cert\.pem/, { status: 200, body: 'nothing' }],
      ];
      for (const [path, fault] of odd) {
        oracle.recover();
        oracle.fail(fault, { path });
        const { results, calls } = await issue(ambient(FRA));
        assert.equal(failureOf(results).reason, 'MalformedResponse');
        assert.deepEqual(
          calls.filter(({ method }) => method === 'POST'),
          [],
        );
      }
    });
  });

  describe('hosts', () => {
    const mine = [
      'fra.ocir.io',
      'us-ashburn-1.ocir.io/ns',
      'ocir.eu-frankfurt-1.oci.oraclecloud.com/ns/app',
      'ocir.us-langley-1.oci.oraclegovcloud.com',
      'ocir.uk-gov-london-1.oci.oraclegovcloud.uk',
      'ocir.eu-frankfurt-2.oci.oraclecloud.eu',
      'ocir.ap-x-1.oci.oraclecloud10.com',
    ];
    const foreign = [
      'ocir.io',
      'evil.ocir.io',
      'fra.ocir.io.evil.example',
      'fra.ocir.io:443',
      'a.fra.ocir.io',
      'FRA.ocir.io',
      'evil.example/fra.ocir.io',
      'ocir.x.oci.oraclecloud.com.evil.example',
      'ocir.a.b.oci.oraclecloud.com',
      'ocir.x.oci.evilcloud.com',
      '',
    ];
    it("are those of Oracle's registry", () => {
      assert.deepEqual(
        [...mine, ...foreign].filter((prefix) => ocirHostOf(prefix) !== undefined),
        mine,
      );
    });

    it('get no signature where they are not, and the others get theirs', async () => {
      const { results } = await issue(signedBy(key, 'fra.ocir.io.evil.example', FRA), { privateKey: key.privateKey });
      assert.deepEqual(
        results.map((result) => (result.kind === 'failure' ? result.reason : result.kind)),
        ['RegistryNotAllowed', 'token'],
      );
      const alone = await issue(signedBy(key, 'evil.example'), { privateKey: key.privateKey });
      assert.equal(alone.calls.length, 0);
    });
  });

  describe('what its refusals mean', () => {
    const messageOf = (results: readonly IssueResult[]): readonly [string, string] => {
      const { reason, facts } = failureOf(results);
      return [reason, messageFor(reason, facts)];
    };

    it('401: the key was deleted', async () => {
      const gone = oracle.createKey('gone');
      oracle.deleteKey(gone);
      const { results } = await issue(signedBy(gone, FRA), { privateKey: gone.privateKey });
      assert.deepEqual(messageOf(results), [
        'CredentialsRejected',
        `Key ${gone.fingerprint} of user ${gone.userOCID} is wrong, deleted, or of another account; replace it`,
      ]);
    });

    it('401: the clock is off', async () => {
      const change = (): { status: number; headers: Record<string, string>; body: object } => ({
        status: 401,
        headers: { date: new Date(Date.now() - 600_000).toUTCString() },
        body: { code: 'NotAuthenticated', message: 'x' },
      });
      oracle.fail({ change });
      const [reason, message] = messageOf((await issueWithKey()).results);
      assert.equal(reason, 'ClockSkew');
      assert.match(message, /local clock differs by (599|60\d) s$/);
    });

    it('403 and 404: a policy is missing', async () => {
      const stranger = oracle.createKey('stranger');
      const { results } = await issue(signedBy(stranger, FRA), { privateKey: stranger.privateKey });
      const said = `${stranger.userOCID} may not get a token for fra.ocir.io; grant read repos in the compartment`;
      assert.deepEqual(messageOf(results), ['PermissionDenied', said]);

      oracle.fail({ status: 404, body: { code: 'NotAuthorizedOrNotFound' } });
      assert.equal(messageOf((await issueWithKey()).results)[0], 'PermissionDenied');
    });

    it('429: too many requests', async () => {
      oracle.fail({ status: 429, headers: { 'Retry-After': '30' }, body: { code: 'TooManyRequests' } });
      const failure = failureOf((await issueWithKey()).results);
      assert.deepEqual([failure.reason, failure.retryAfterMs], ['Throttled', 30_000]);
    });

    it('400: another refusal, with its code alone', async () => {
      oracle.fail({ status: 400, body: { code: 'InvalidParameter', message: 'CANARY' } });
      const [reason, message] = messageOf((await issueWithKey()).results);
      assert.deepEqual(
        [reason, message],
        ['RequestRefused', 'Oracle Cloud refused the request (InvalidParameter, HTTP 400)'],
      );
      oracle.recover();
      oracle.fail({ status: 400, body: { code: 'CANARY <script>' } });
      assert.doesNotMatch(messageOf((await issueWithKey()).results)[1], /CANARY/);
    });

    it('metadata that does not answer: not on an instance', async () => {
      const nobody: typeof globalThis.fetch = () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'EHOSTUNREACH' }) }),
        );
      assert.equal(messageOf((await issue(ambient(FRA), {}, { metadata: nobody })).results)[0], 'AmbientUnavailable');
      oracle.fail({ status: 404 }, { path: /opc/ });
      assert.equal(messageOf((await issue(ambient(FRA))).results)[0], 'AmbientUnavailable');
    });

    it('one host that is down does not hold up the other', async () => {
      oracle.fail({ status: 503 }, { times: 1 });
      const { results } = await issue(signedBy(key, FRA, IAD), { privateKey: key.privateKey });
      assert.deepEqual(results.map(({ kind }) => kind).sort(), ['failure', 'token']);
    });
  });

  it('F81, F83: publishes no nonsense', async () => {
    const bodies = [
      { token: 'a b', expires_in: 3600 },
      { token: 7, expires_in: 3600 },
      { token: 'a', expires_in: 0 },
      { token: 'a', expires_in: 3_600_000 },
      {},
    ];
    for (const body of bodies) {
      oracle.recover();
      oracle.fail({ status: 200, body });
      assert.equal(failureOf((await issueWithKey()).results).reason, 'MalformedResponse');
    }
  });

  it('F83: assumes the documented life where none is told', async () => {
    oracle.fail({ status: 200, body: { access_token: 'a' } });
    const [token] = (await issueWithKey()).results;
    assert.ok(token?.kind === 'token' && token.expirySource === 'nominal');
  });

  it('signs the very text that the documentation gives', () => {
    const signer = { keyId: 't/u/f', key: rsaPrivateKey(key.privateKey) ?? assert.fail() };
    const date = new Date('2026-11-21T17:56:58Z');
    const headers = signedGet(signer, new URL('https://iad.ocir.io/20180419/docker/token?service=iad.ocir.io'), date);

    const text = `x-date: Sat, 21 Nov 2026 17:56:58 GMT\n(request-target): get /20180419/docker/token?service=iad.ocir.io\nhost: iad.ocir.io`;
    const [, signature = ''] = /signature="([^"]+)"$/.exec(headers['authorization'] ?? '') ?? [];
    assert.ok(verify('RSA-SHA256', Buffer.from(text), key.privateKey, Buffer.from(signature, 'base64')));
  });

  it('has samples that name what it takes', () => {
    const specs = readSample('ocir').credentials.map(({ spec }) => spec.provider.ocir ?? assert.fail('not ocir'));
    assert.deepEqual(specs.map(({ auth }) => Object.keys(auth).join()).sort(), ['ambient', 'signingKey', 'signingKey']);
    assert.ok(specs.every(({ registries }) => registries.every(({ prefix }) => ocirHostOf(prefix) !== undefined)));
  });
});

const keys = await startOracle();
const one = keys.createKey('one');
const other = keys.createKey('other', 'secret phrase');
await keys.stop();
describeProvider('ocir', ocir, {
  one: { spec: signedBy(one, FRA, IAD), inputs: { privateKey: one.privateKey }, prefixes: [FRA, IAD] },
  other: {
    spec: signedBy(other, 'ocir.eu-frankfurt-1.oci.oraclecloud.com/other'),
    inputs: { privateKey: other.privateKey, passphrase: 'secret phrase' },
    prefixes: ['ocir.eu-frankfurt-1.oci.oraclecloud.com/other'],
  },
  cloud: {
    good: ({ headers }, response) => {
      const [, keyId = ''] = /keyId="([^"]+)"/.exec(headers.authorization ?? '') ?? [];
      json(response, 200, { token: Buffer.from(keyId).toString('hex'), expires_in: 3600 });
    },
    refuse: (response, status, headers) => json(response, status, { code: 'NotAuthenticated', message: 'x' }, headers),
  },
});
