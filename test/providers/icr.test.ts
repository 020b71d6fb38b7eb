import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { messageFor } from '../../src/api/reasons.ts';
import type { IcrSpec } from '../../src/api/registry-credential.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { icrHostOf } from '../../src/providers/icr/hosts.ts';
import { icr } from '../../src/providers/icr.ts';
import type { IcrInput } from '../../src/providers/icr.ts';
import type { IssueFailure, IssueResult, ProviderContext } from '../../src/providers/provider.ts';
import { startIbm } from '../../src/sandbox/cloud/ibm.ts';
import type { Ibm } from '../../src/sandbox/cloud/ibm.ts';
import { createIssuer } from '../../src/sandbox/cloud/issuer.ts';
import { json } from '../support/http-stub.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { providerContext } from '../support/provider-context.ts';
import { readSample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';
import type { Cloud } from './conformance.ts';

const KEY = 'api-key_of-platform';
const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'icr' };

const withKey = (...prefixes: string[]): IcrSpec => ({
  registries: prefixes.map((prefix) => ({ prefix })),
  auth: { apiKey: { secretRef: { name: 'icr-puller' }, keys: { apiKey: 'apikey' } } },
});
const serviceAccountRef = { name: 'puller' };
const byId: IcrSpec = {
  registries: [{ prefix: 'de.icr.io/team-a' }],
  auth: { workloadIdentity: { serviceAccountRef, profileID: 'Profile-1111' } },
};
const byName: IcrSpec = { ...byId, auth: { workloadIdentity: { serviceAccountRef, profileName: 'team a' } } };

/** A token that tells whose it is. */
const good: StubHandler = ({ body }, response) => {
  const form = new URLSearchParams(body);
  const whose = Buffer.from(form.get('apikey') ?? form.get('cr_token') ?? '').toString('hex');
  json(response, 200, { access_token: `token-of-${whose}`, expires_in: 3600, token_type: 'Bearer' });
};
const cloud: Cloud = {
  good,
  refuse: (response, status, headers) => json(response, status, { errorCode: 'BXNIM0100E' }, headers),
};

describeProvider<IcrSpec, IcrInput>('icr with an API key', icr, {
  one: {
    spec: withKey('de.icr.io/platform', 'icr.io', 'private.us.icr.io/platform'),
    inputs: { apiKey: KEY },
    prefixes: ['de.icr.io/platform', 'icr.io', 'private.us.icr.io/platform'],
  },
  other: { spec: withKey('jp2.icr.io/team-b'), inputs: { apiKey: 'another_key' }, prefixes: ['jp2.icr.io/team-b'] },
  cloud,
});

describeProvider<IcrSpec, IcrInput>('icr with a ServiceAccount', icr, {
  one: { spec: byId, inputs: { computeToken: 'token.of.one' }, prefixes: ['de.icr.io/team-a'] },
  other: { spec: byName, inputs: { computeToken: 'token.of.another' }, prefixes: ['de.icr.io/team-a'] },
  cloud,
});

describe('icr', () => {
  const issuer = createIssuer('https://oidc.example.com/cluster');
  const sign = (namespace = 'team-a', audience = 'iam'): string =>
    issuer.sign({ audience, namespace, serviceAccount: 'puller' });
  let ibm: Ibm;
  beforeEach(async () => {
    ibm = await startIbm({
      apiKeys: { [KEY]: 'ServiceId-1' },
      profiles: [{ id: 'Profile-1111', name: 'team a', subject: 'system:serviceaccount:team-a:puller' }],
      issuer,
    });
  });
  afterEach(() => ibm.stop());

  const issue = (
    spec: IcrSpec,
    inputs: Readonly<Partial<Record<IcrInput, string>>>,
    parts: Partial<ProviderContext> = {},
  ): Promise<readonly IssueResult[]> =>
    icr.issue({
      spec,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, sensitive(text)])),
      context: providerContext({ credential, endpoint: () => new URL(ibm.url), ...parts }),
    });
  const isAccepted = (results: readonly IssueResult[]): boolean => {
    const token = results.find((result) => result.kind === 'token') ?? assert.fail(inspect(results));
    return ibm.accepts(token.username, token.password.reveal());
  };

  describe('inputs', () => {
    it('are one key of a Secret', () => {
      assert.deepEqual(icr.inputs(withKey('icr.io')), {
        apiKey: { kind: 'SecretKey', name: 'icr-puller', key: 'apikey' },
      });
    });

    it('are a token for the audience iam', () => {
      const token = { kind: 'ServiceAccountToken', name: 'puller', audience: 'iam' };
      assert.deepEqual([icr.inputs(byId), icr.inputs(byName)], [{ computeToken: token }, { computeToken: token }]);
    });
  });

  it('has one token for all registries, and none for foreign ones', () => {
    assert.deepEqual(icr.groups?.(withKey('icr.io', 'evil.example', 'de.icr.io/a')), [
      { prefixes: ['icr.io', 'de.icr.io/a'], scope: 'iam' },
      { prefixes: ['evil.example'], scope: 'foreign evil.example' },
    ]);
  });

  describe('with an API key', () => {
    it('makes one call for all registries, in these very words', async () => {
      const results = await issue(withKey('de.icr.io/platform', 'icr.io'), { apiKey: `${KEY}\n` });

      assert.deepEqual(
        ibm.calls.map(({ method, path, body }) => [method, path, body]),
        [['POST', '/identity/token', `grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=${KEY}`]],
      );
      const headers = ibm.calls[0]?.headers;
      assert.deepEqual(
        [headers?.['accept'], headers?.['content-type']],
        ['application/json', 'application/x-www-form-urlencoded'],
      );
      const [token, ...others] = results;
      assert.ok(token?.kind === 'token' && others.length === 0);
      assert.deepEqual([token.prefixes, token.username], [['de.icr.io/platform', 'icr.io'], 'iambearer']);
      assert.equal(token.expirySource, 'response');
      assert.ok(Math.abs((token.expiresAt?.getTime() ?? 0) - Date.now() - 3_600_000) < 30_000);
      assert.ok(isAccepted(results));
    });

    it('asks IBM by https where no endpoint is configured', async () => {
      const asked: string[] = [];
      const fetch = (input: string | URL | Request): Promise<Response> => {
        asked.push(input instanceof Request ? input.url : String(input));
        return Promise.reject(new Error('not in tests'));
      };
      await issue(withKey('icr.io'), { apiKey: KEY }, { fetch, endpoint: () => undefined });
      assert.deepEqual(asked, ['https://iam.cloud.ibm.com/identity/token']);
    });

    it('shows whose key it is, where the token says so', async () => {
      const claims = Buffer.from(JSON.stringify({ iam_id: 'iam-ServiceId-1' })).toString('base64url');
      ibm.fail({ status: 200, body: { access_token: `e30.${claims}.sig`, expires_in: 3600 } });
      const [token] = await issue(withKey('icr.io'), { apiKey: KEY });
      assert.equal(token?.kind === 'token' && token.principal, 'iam-ServiceId-1');
    });

    for (const apiKey of ['', '  \n', 'two words', 'two\nlines']) {
      it(`sends nothing where the key is ${JSON.stringify(apiKey)}`, async () => {
        assert.equal(onlyFailure(await issue(withKey('icr.io'), { apiKey })).reason, 'InputInvalid');
        assert.deepEqual(ibm.calls, []);
      });
    }
  });

  describe('with a ServiceAccount', () => {
    const profiles: readonly (readonly [IcrSpec, string, string])[] = [
      [byId, 'profile_id', 'Profile-1111'],
      [byName, 'profile_name', 'team a'],
    ];
    for (const [spec, field, value] of profiles) {
      it(`sends its token and ${field}`, async () => {
        const computeToken = sign();
        const results = await issue(spec, { computeToken });

        assert.deepEqual(Object.fromEntries(ibm.calls[0]?.form ?? []), {
          grant_type: 'urn:ibm:params:oauth:grant-type:cr-token',
          cr_token: computeToken,
          [field]: value,
        });
        assert.ok(isAccepted(results));
        assert.equal(results[0]?.kind === 'token' && results[0].principal, value);
      });
    }

    it('says whom to trust when the profile trusts another', async () => {
      const failure = onlyFailure(await issue(byId, { computeToken: sign('team-b') }));
      assert.equal(
        messageFor(failure.reason, failure.facts),
        'Trusted profile "Profile-1111" does not trust system:serviceaccount:team-a:puller; allow it (audience iam, issuer https://oidc.example.com/cluster)',
      );
    });
  });

  describe('refusals', () => {
    const rows: readonly (readonly [number, string, string, string])[] = [
      [
        400,
        'BXNIM0415E',
        'CredentialsRejected',
        'API key in Secret "icr-puller" is wrong, deleted, or of another account; replace it',
      ],
      [
        401,
        'BXNIM0415E',
        'CredentialsRejected',
        'API key in Secret "icr-puller" is wrong, deleted, or of another account; replace it',
      ],
      [400, 'BXNIM0109E', 'RequestRefused', 'IBM Cloud IAM refused the request (BXNIM0109E, HTTP 400)'],
      [400, 'BXNIM0513E', 'RequestRefused', 'IBM Cloud IAM refused the request (BXNIM0513E, HTTP 400)'],
      [403, '<b>secret</b>', 'RequestRefused', 'IBM Cloud IAM refused the request (HTTP 403)'],
      [429, 'BXNIM0429E', 'Throttled', 'IBM Cloud IAM limits token calls'],
      [502, 'BXNIM0500E', 'ProviderUnavailable', 'IBM Cloud IAM is unavailable (HTTP 502)'],
    ];
    for (const [status, errorCode, reason, message] of rows) {
      it(`take HTTP ${status} ${errorCode} for ${reason}`, async () => {
        ibm.fail({ status, body: { errorCode, errorMessage: 'words of the vendor', context: { requestId: 'r' } } });
        const failure = onlyFailure(await issue(withKey('icr.io'), { apiKey: KEY }));
        assert.equal(failure.reason, reason);
        assert.equal(messageFor(failure.reason, failure.facts), message);
      });
    }

    for (const status of [400, 403]) {
      it(`take HTTP ${status} BXNIM0513E of a profile for SubjectNotTrusted`, async () => {
        ibm.fail({ status, body: { errorCode: 'BXNIM0513E' } });
        assert.equal(onlyFailure(await issue(byId, { computeToken: sign() })).reason, 'SubjectNotTrusted');
      });
    }

    it('show nothing of an answer that echoes the request', async () => {
      ibm.fail('echo');
      const results = await issue(withKey('icr.io'), { apiKey: KEY });
      assert.equal(onlyFailure(results).reason, 'RequestRefused');
      assert.ok(!inspect(results, { depth: 9 }).includes(KEY));
    });
  });

  describe('answers that are no token', () => {
    const bodies: readonly object[] = [
      {},
      { access_token: '', expires_in: 3600 },
      { access_token: 7, expires_in: 3600 },
      { access_token: 'two words', expires_in: 3600 },
      { access_token: 'x'.repeat(65_536), expires_in: 3600 },
      { access_token: 'x', expires_in: 0 },
      { access_token: 'x', expires_in: -1 },
      { access_token: 'x', expires_in: '3600' },
      { access_token: 'x', expires_in: 3_600_000 },
    ];
    for (const body of bodies) {
      it(`such as ${JSON.stringify(body).slice(0, 60)}`, async () => {
        ibm.fail({ status: 200, body });
        assert.equal(onlyFailure(await issue(withKey('icr.io'), { apiKey: KEY })).reason, 'MalformedResponse');
      });
    }

    it('assume an hour where the life is missing', async () => {
      ibm.fail({ status: 200, body: { access_token: 'x' } });
      const [token] = await issue(withKey('icr.io'), { apiKey: KEY });
      assert.equal(token?.kind === 'token' && token.expirySource, 'nominal');
    });
  });

  describe('registries', () => {
    const known = ['icr.io', 'us.icr.io', 'jp2.icr.io', 'private.de.icr.io', 'private.icr.io', 'de.icr.io/a/b'];
    for (const prefix of known) {
      it(`know ${prefix}`, () => assert.equal(icrHostOf(prefix)?.isKnown, true));
    }

    const hostile = [
      'cp.icr.io',
      'private.cp.icr.io',
      'dd0.de.icr.io',
      'icr.io.evil.example',
      'evil.example/icr.io',
      'xicr.io',
      'evil.icr.io',
      'DE.icr.io',
      'de.icr.io:443',
      'de.icr.io\n',
      'https://icr.io',
      'de.icr.io.',
      'u@icr.io',
      '',
    ];
    for (const prefix of hostile) {
      it(`refuse ${JSON.stringify(prefix)}, without a call`, async () => {
        const results = await issue(withKey(prefix), { apiKey: KEY });
        assert.equal(onlyFailure(results).reason, 'RegistryNotAllowed');
        assert.deepEqual(ibm.calls, []);
      });
    }

    it('of a region that is not known give a warning and a token', async () => {
      const [warning, token] = await issue(withKey('zz.icr.io/a'), { apiKey: KEY });
      assert.ok(warning?.kind === 'warning' && warning.message.startsWith('zz.icr.io'));
      assert.equal(token?.kind, 'token');
    });

    it('that are foreign do not hold up the others', async () => {
      const results = await issue(withKey('evil.example', 'icr.io'), { apiKey: KEY });
      assert.deepEqual(
        results.map((result) => result.kind !== 'warning' && [result.kind, result.prefixes]),
        [
          ['failure', ['evil.example']],
          ['token', ['icr.io']],
        ],
      );
    });
  });

  it('takes its sample', () => {
    const specs = readSample('icr').credentials.map(({ spec }) => spec.provider.icr ?? assert.fail('not icr'));
    assert.equal(specs.length, 2);
    for (const spec of specs) assert.equal(Object.keys(icr.inputs(spec)).length, 1);
  });
});

function onlyFailure(results: readonly IssueResult[]): IssueFailure {
  const [failure, ...others] = results;
  assert.ok(failure?.kind === 'failure' && others.length === 0, inspect(results));
  return failure;
}
