import assert from 'node:assert/strict';
import type { GarSpec } from '../../src/api/registry-credential.ts';
import { parseJson } from '../../src/lib/json.ts';
import { claimsOf } from '../../src/lib/jwt.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { gar } from '../../src/providers/gar/index.ts';
import type { GarInput } from '../../src/providers/gar/index.ts';
import { isGarPrefix } from '../../src/providers/gar/hosts.ts';
import type { IssueResult, ProviderContext } from '../../src/providers/provider.ts';
import type { CloudAnswer } from '../../src/sandbox/cloud/cloud-server.ts';
import { startGoogle } from '../../src/sandbox/cloud/google.ts';
import type { Google } from '../../src/sandbox/cloud/google.ts';
import { createIssuer } from '../../src/sandbox/cloud/issuer.ts';
import { groupKeys } from '../support/group-keys.ts';
import { json } from '../support/http-stub.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { providerContext } from '../support/provider-context.ts';
import { readSample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';
import type { Cloud } from './conformance.ts';

const PROVIDER = 'projects/123456789/locations/global/workloadIdentityPools/onprem/providers/cluster-1';
const POOL = `//iam.googleapis.com/${PROVIDER}`;
const GKE = { projectID: 'proj', location: 'europe-west1', clusterName: 'main' };
const GKE_POOL =
  'identitynamespace:proj.svc.id.goog:https://container.googleapis.com/v1/projects/proj/locations/europe-west1/clusters/main';
const PREFIX = 'europe-docker.pkg.dev/team-a-prod';
const PULLER = 'puller@team-a-prod.iam.gserviceaccount.com';
const SUBJECT = 'system:serviceaccount:team-a:puller';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'gar' };

const keySpec = (...prefixes: string[]): GarSpec => ({
  registries: prefixes.map((prefix) => ({ prefix })),
  auth: { serviceAccountKey: { secretRef: { name: 'google' }, keys: { keyFile: 'key.json' } } },
});
const federated = (parts: Partial<GarSpec> = {}): GarSpec => ({
  registries: [{ prefix: PREFIX }],
  auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' }, workloadIdentityProvider: PROVIDER } },
  ...parts,
});
const onGke = (parts: Partial<GarSpec> = {}): GarSpec => ({
  ...federated(parts),
  auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' }, gke: GKE } },
});
const ambient = (parts: Partial<GarSpec> = {}): GarSpec => ({
  registries: [{ prefix: PREFIX }],
  auth: { ambient: {} },
  ...parts,
});
const impersonate = { serviceAccountEmail: PULLER, lifetimeSeconds: 1800 };

/** Answers every login with a token that tells whose it is. */
const good: StubHandler = ({ body }, response) => {
  const form = new URLSearchParams(body);
  const proof = form.get('assertion') ?? form.get('subject_token') ?? '';
  const { iss = '', sub = '' } = claimsOf(proof) ?? {};
  json(response, 200, {
    access_token: `ya29.${Buffer.from(`${String(iss)} ${String(sub)}`).toString('hex')}`,
    expires_in: 3599,
    token_type: 'Bearer',
  });
};
const cloud: Cloud = {
  good,
  refuse: (response, status, headers) => json(response, status, { error: 'access_denied' }, headers),
  essence: ({ method, path, body }) => [
    method,
    path,
    claimsOf(new URLSearchParams(body).get('assertion') ?? '')?.['iss'],
  ],
};

describe('gar', () => {
  const issuer = createIssuer('https://issuer.example');
  const tokenFor = (namespace: string, audience = POOL): string =>
    issuer.sign({ audience, namespace, serviceAccount: 'puller' });
  let google: Google;
  let keyFile: string;
  before(async () => {
    google = await startGoogle({
      pools: [
        { audience: POOL, issuer, allows: (subject) => subject === SUBJECT },
        { audience: GKE_POOL, allowedAudiences: ['proj.svc.id.goog'], issuer },
      ],
      actAs: { [PULLER]: [SUBJECT, 'key@proj.iam.gserviceaccount.com', 'node@proj.iam.gserviceaccount.com'] },
      metadataAccount: 'node@proj.iam.gserviceaccount.com',
    });
    keyFile = google.createKey('key@proj.iam.gserviceaccount.com');
  });
  after(() => google.stop());
  afterEach(() => google.recover());

  const context = (parts: Partial<ProviderContext> = {}): ProviderContext =>
    providerContext({ endpoint: () => new URL(google.url), credential, ...parts });
  const issue = (
    spec: GarSpec,
    inputs: Partial<Record<GarInput, string>> = {},
    parts: Partial<ProviderContext> = {},
  ): Promise<readonly IssueResult[]> => {
    const wrapped = Object.entries(inputs).map(([name, text]) => [name, sensitive(text)] as const);
    return gar.issue({ spec, inputs: Object.fromEntries(wrapped), context: context(parts) });
  };
  /** Issues once; what was asked stands in `calls`. */
  const issueOne = async (
    ...request: Parameters<typeof issue>
  ): Promise<{ result: IssueResult; calls: Google['calls'] }> => {
    const before = google.calls.length;
    const [result, ...more] = await issue(...request);
    assert.deepEqual(more, []);
    return { result: result ?? assert.fail('no result'), calls: google.calls.slice(before) };
  };
  const assertToken = (result: IssueResult, principal: string | null, seconds: number): void => {
    assert.ok(result.kind === 'token', JSON.stringify(result));
    assert.ok(google.accepts(result.username, result.password.reveal()));
    assert.equal(result.principal, principal);
    assert.equal(result.expirySource, 'response');
    const life = ((result.expiresAt?.getTime() ?? 0) - Date.now()) / 1000;
    assert.ok(life > seconds - 60 && life <= seconds + 1, `lives ${life} s`);
  };

  describe('groups', () => {
    it('are one for all registries, and one for each foreign prefix', () => {
      assert.deepEqual(gar.groups?.(keySpec(PREFIX, 'evil.example', 'gcr.io/proj')), [
        { prefixes: [PREFIX, 'gcr.io/proj'], scope: 'google' },
        { prefixes: ['evil.example'], scope: 'foreign evil.example' },
      ]);
    });

    it('share a key with any other registries', () => {
      assert.deepEqual(
        groupKeys('gar', keySpec(PREFIX)),
        groupKeys('gar', keySpec('gcr.io/proj', 'us-docker.pkg.dev')),
      );
      const elsewhere = onGke({ impersonate, registries: [{ prefix: 'gcr.io' }] });
      assert.deepEqual(groupKeys('gar', onGke({ impersonate })), groupKeys('gar', elsewhere));
    });

    it('have keys of their own as soon as one field differs', () => {
      const key = { secretRef: { name: 'google' }, keys: { keyFile: 'key.json' } };
      const withKey = (parts: object): GarSpec => ({
        ...keySpec(PREFIX),
        auth: { serviceAccountKey: { ...key, ...parts } },
      });
      const specs = [
        withKey({}),
        withKey({ secretRef: { name: 'other' } }),
        withKey({ keys: { keyFile: 'other.json' } }),
        federated(),
        federated({ impersonate }),
        federated({ impersonate: { ...impersonate, lifetimeSeconds: 900 } }),
        federated({ impersonate: { ...impersonate, serviceAccountEmail: 'other@proj.iam.gserviceaccount.com' } }),
        onGke(),
        ambient(),
        ambient({ impersonate }),
      ];
      const all = specs.flatMap((spec) => groupKeys('gar', spec));
      assert.deepEqual([all.length, new Set(all).size], [specs.length, specs.length]);
    });
  });

  describe('inputs', () => {
    it('names the key file of the Secret', () => {
      assert.deepEqual(gar.inputs(keySpec(PREFIX)), {
        keyFile: { kind: 'SecretKey', name: 'google', key: 'key.json' },
      });
    });

    it("names a token for the provider's own audience", () => {
      assert.deepEqual(gar.inputs(federated({ impersonate })), {
        token: { kind: 'ServiceAccountToken', name: 'puller', audience: POOL },
      });
    });

    it("names GKE's audience, and the annotation where the spec leaves the account out", () => {
      const token = { kind: 'ServiceAccountToken', name: 'puller', audience: 'proj.svc.id.goog' };
      const annotation = 'iam.gke.io/gcp-service-account';
      assert.deepEqual(gar.inputs(onGke()), {
        token,
        account: { kind: 'ServiceAccountAnnotation', name: 'puller', annotation, optional: true },
      });
      assert.deepEqual(gar.inputs(onGke({ impersonate })), { token });
    });

    it('names the ambient identity', () => {
      assert.deepEqual(gar.inputs(ambient()), { identity: { kind: 'AmbientIdentity' } });
    });
  });

  describe('with a key file', () => {
    it('lets the library sign, and publishes the access token under the user name that Google wants', async () => {
      const { result, calls } = await issueOne(keySpec(PREFIX, 'gcr.io'), { keyFile });

      assertToken(result, 'key@proj.iam.gserviceaccount.com', 3599);
      assert.ok(result.kind === 'token');
      assert.deepEqual([result.username, result.prefixes], ['oauth2accesstoken', [PREFIX, 'gcr.io']]);
      assert.deepEqual(
        calls.map(({ method, path, headers }) => [method, path, headers['content-type']]),
        [['POST', '/token', 'application/x-www-form-urlencoded']],
      );
      const form = new URLSearchParams(calls[0]?.body);
      assert.deepEqual([...form.keys()].sort(), ['assertion', 'grant_type']);
      const { iss, aud, scope } = claimsOf(form.get('assertion') ?? '') ?? {};
      assert.deepEqual(
        [iss, aud, scope],
        ['key@proj.iam.gserviceaccount.com', 'https://oauth2.googleapis.com/token', SCOPE],
      );
    });

    it('acts as another account', async () => {
      const { result, calls } = await issueOne({ ...keySpec(PREFIX), impersonate }, { keyFile });
      assertToken(result, PULLER, 1800);
      assert.equal(calls.length, 2);
    });

    it('asks Google alone where nothing is configured', async () => {
      const urls: string[] = [];
      const fetch: typeof globalThis.fetch = (url) => {
        urls.push(url instanceof Request ? url.url : url.toString());
        return Promise.resolve(Response.json({ access_token: 'a', expires_in: 3599 }));
      };
      await issue(keySpec(PREFIX), { keyFile }, { endpoint: () => undefined, fetch });
      await issue(federated(), { token: tokenFor('team-a') }, { endpoint: () => undefined, fetch });
      await issue(
        ambient({ impersonate }),
        {},
        {
          endpoint: () => undefined,
          fetch,
          metadata: async (...call) => {
            const answer = await fetch(...call);
            answer.headers.set('Metadata-Flavor', 'Google');
            return answer;
          },
        },
      );
      assert.deepEqual(urls, [
        'https://oauth2.googleapis.com/token',
        'https://sts.googleapis.com/v1/token',
        `http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(SCOPE)}`,
        `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(PULLER)}:generateAccessToken`,
      ]);
    });
  });

  describe('with workload identity federation', () => {
    it('exchanges the ServiceAccount token for a direct one', async () => {
      const token = tokenFor('team-a');
      const { result, calls } = await issueOne(federated(), { token: `${token}\n` });

      const pool = PROVIDER.replace('/providers/cluster-1', '');
      assertToken(result, `principal://iam.googleapis.com/${pool}/subject/${SUBJECT}`, 3599);
      assert.deepEqual(
        calls.map(({ method, path }) => [method, path]),
        [['POST', '/v1/token']],
      );
      assert.deepEqual(Object.fromEntries(new URLSearchParams(calls[0]?.body)), {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience: POOL,
        scope: SCOPE,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      });
    });

    it('acts as the account that the spec names', async () => {
      const { result, calls } = await issueOne(federated({ impersonate }), { token: tokenFor('team-a') });

      assertToken(result, PULLER, 1800);
      const second = calls[1] ?? assert.fail('no second call');
      assert.equal(decodeURIComponent(second.path), `/v1/projects/-/serviceAccounts/${PULLER}:generateAccessToken`);
      assert.deepEqual(parseJson(second.body), { ok: true, value: { scope: [SCOPE], lifetime: '1800s' } });
      assert.match(second.headers.authorization ?? '', /^Bearer ya29\.CANARY-[0-9a-f]+$/);
    });
  });

  describe("with GKE's own pool", () => {
    const token = (): string => tokenFor('team-a', 'proj.svc.id.goog');

    it('exchanges the token at the cluster', async () => {
      const { result, calls } = await issueOne(onGke(), { token: token() });
      assertToken(result, 'proj.svc.id.goog[team-a/puller]', 3599);
      assert.equal(new URLSearchParams(calls[0]?.body).get('audience'), GKE_POOL);
    });

    it('acts as the account of the annotation, else of the spec', async () => {
      assertToken((await issueOne(onGke(), { token: token(), account: PULLER })).result, PULLER, 3600);
      assertToken((await issueOne(onGke({ impersonate }), { token: token() })).result, PULLER, 1800);
    });

    it('takes nothing else from the annotation', async () => {
      const { result, calls } = await issueOne(onGke(), { token: token(), account: '../../evil' });
      assert.ok(result.kind === 'failure');
      assert.deepEqual([result.reason, calls.length], ['InputInvalid', 0]);
    });
  });

  describe('with the ambient identity', () => {
    it('asks the metadata server', async () => {
      const { result, calls } = await issueOne(ambient());
      assertToken(result, null, 3599);
      assert.deepEqual(
        calls.map(({ method, url, headers }) => [
          method,
          url.pathname,
          url.searchParams.get('scopes'),
          headers['metadata-flavor'],
        ]),
        [['GET', '/computeMetadata/v1/instance/service-accounts/default/token', SCOPE, 'Google']],
      );
    });

    it('asks where GCE_METADATA_HOST says, through the client for metadata', async () => {
      const { result } = await issueOne(
        ambient({ impersonate }),
        {},
        {
          endpoint: (service) => (service === 'google-metadata' ? undefined : new URL(google.url)),
          environment: { GCE_METADATA_HOST: new URL(google.url).host },
        },
      );
      assertToken(result, PULLER, 1800);
    });

    it('takes the key file that the environment names, and nothing else then', async () => {
      const parts = {
        environment: { GOOGLE_APPLICATION_CREDENTIALS: '/var/run/key.json' },
        readFile: (path: string): Promise<string> => Promise.resolve(path === '/var/run/key.json' ? keyFile : ''),
      };
      assertToken((await issueOne(ambient(), {}, parts)).result, 'key@proj.iam.gserviceaccount.com', 3599);

      const external = { ...parts, readFile: () => Promise.resolve('{"type":"external_account"}') };
      for (const bad of [external, { ...parts, readFile: () => Promise.reject(new Error('ENOENT')) }]) {
        const { result, calls } = await issueOne(ambient(), {}, bad);
        assert.ok(result.kind === 'failure');
        assert.deepEqual([result.reason, calls.length], ['AmbientUnavailable', 0]);
      }
    });

    it('believes nobody who does not say that he is Google', async () => {
      google.fail({ change: (answer) => ({ ...answer, headers: {} }) });
      const { result } = await issueOne(ambient());
      assert.ok(result.kind === 'failure' && result.reason === 'MalformedResponse');
    });
  });

  describe('hosts', () => {
    const mine = ['gcr.io', 'us.gcr.io', 'europe-docker.pkg.dev/p/r', 'us-central1-docker.pkg.dev', 'gcr.io/project'];
    const foreign = [
      'pkg.dev',
      'evil-docker.pkg.dev.example.com',
      'xgcr.io',
      'gcr.io.evil.example',
      'a.b.gcr.io',
      'GCR.IO',
      'gcr.io:443',
      'docker.pkg.dev',
      'evil.example/gcr.io',
      'gcr.io@evil.example',
      'gcr.io\n',
      '',
    ];
    it('are those of Artifact Registry and gcr.io', () => {
      assert.deepEqual([...mine, ...foreign].filter(isGarPrefix), mine);
    });

    it('get no token where they are not, and the others get theirs', async () => {
      const results = await issue(keySpec('gcr.io', 'gcr.io.evil.example'), { keyFile });
      assert.deepEqual(
        results.map((result) => [result.kind, result.kind === 'warning' ? [] : result.prefixes]),
        [
          ['failure', ['gcr.io.evil.example']],
          ['token', ['gcr.io']],
        ],
      );
      const calls = google.calls.length;
      await issue(keySpec('evil.example'), { keyFile });
      assert.equal(google.calls.length, calls);
    });
  });

  describe('its expiry', () => {
    const withField = (field: string, value: unknown): void =>
      google.fail({
        change: (answer) => {
          const body = typeof answer.body === 'string' ? {} : { ...answer.body, [field]: value };
          return { ...answer, body };
        },
      });

    it('F83: is assumed where it is missing or too far', async () => {
      for (const value of [undefined, 43_199]) {
        google.recover();
        withField('expires_in', value);
        const { result } = await issueOne(federated(), { token: tokenFor('team-a') });
        assert.ok(result.kind === 'token' && result.expirySource === 'nominal');
      }
    });

    it('F83: is no nonsense', async () => {
      for (const value of [0, -5, '3599', 3_599_000, Number.MAX_VALUE]) {
        google.recover();
        withField('expires_in', value);
        const { result } = await issueOne(federated(), { token: tokenFor('team-a') });
        assert.ok(result.kind === 'failure' && result.reason === 'MalformedResponse', String(value));
      }
    });

    it("F86: is counted on the local clock where Google's differs", async () => {
      const hourAhead = (seconds: number): Date => new Date(Date.now() + (3600 + seconds) * 1000);
      const change = (answer: CloudAnswer): CloudAnswer => ({
        ...answer,
        headers: { date: hourAhead(0).toUTCString() },
        body: { accessToken: 'ya29.x', expireTime: hourAhead(1800).toISOString() },
      });
      google.fail({ change }, { path: /generateAccessToken/ });
      const { result } = await issueOne(federated({ impersonate }), { token: tokenFor('team-a') });
      assert.ok(result.kind === 'token');
      const life = ((result.expiresAt?.getTime() ?? 0) - Date.now()) / 1000;
      assert.ok(life > 1790 && life <= 1802, `lives ${life} s`);
    });
  });

  it('F81: publishes no token with white space, of another type, or too long', async () => {
    for (const value of ['', 'a b', 'a\nb', 7, {}, null, 'x'.repeat(65_536)]) {
      google.recover();
      google.fail({ change: (answer) => ({ ...answer, body: { access_token: value, expires_in: 3599 } }) });
      const { result } = await issueOne(federated(), { token: tokenFor('team-a') });
      assert.ok(result.kind === 'failure' && result.reason === 'MalformedResponse');
    }
  });

  it('has samples that name what it takes', () => {
    const specs = readSample('gar').credentials.map(({ spec }) => spec.provider.gar ?? assert.fail('not gar'));
    const modes = specs.map(({ auth }) => Object.keys(auth).join());
    assert.deepEqual([...new Set(modes)].sort(), ['ambient', 'serviceAccountKey', 'workloadIdentity']);
    for (const spec of specs) {
      assert.ok(spec.registries.every(({ prefix }) => isGarPrefix(prefix)));
      assert.ok(Object.keys(gar.inputs(spec)).length > 0);
    }
  });
});

const conformanceKeys = await startGoogle();
const oneKey = conformanceKeys.createKey('one@proj.iam.gserviceaccount.com');
const otherKey = conformanceKeys.createKey('two@proj.iam.gserviceaccount.com');
await conformanceKeys.stop();
describeProvider('gar with a key file', gar, {
  one: { spec: keySpec(PREFIX, 'gcr.io'), inputs: { keyFile: oneKey }, prefixes: [PREFIX, 'gcr.io'] },
  other: { spec: keySpec('us.gcr.io'), inputs: { keyFile: otherKey }, prefixes: ['us.gcr.io'] },
  cloud,
});

const cluster = createIssuer('https://issuer.example');
describeProvider('gar with workload identity', gar, {
  one: {
    spec: federated(),
    inputs: { token: cluster.sign({ audience: POOL, namespace: 'a', serviceAccount: 'puller' }) },
    prefixes: [PREFIX],
  },
  other: {
    spec: federated({ registries: [{ prefix: 'gcr.io/b' }] }),
    inputs: { token: cluster.sign({ audience: POOL, namespace: 'b', serviceAccount: 'puller' }) },
    prefixes: ['gcr.io/b'],
  },
  cloud,
});
