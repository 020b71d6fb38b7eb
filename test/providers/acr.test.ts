import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { AcrSpec } from '../../src/api/registry-credential.ts';
import { acr } from '../../src/providers/acr/index.ts';
import type { AcrInput } from '../../src/providers/acr/index.ts';
import { bind } from '../../src/providers/bind.ts';
import type { IssueFailure, IssueResult, ProviderContext } from '../../src/providers/provider.ts';
import { createShare } from '../../src/reconcile/credential/share.ts';
import { messageFor } from '../../src/api/reasons.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { ACR_USERNAME, startAzure } from '../../src/sandbox/cloud/azure.ts';
import type { Azure, AzureOptions } from '../../src/sandbox/cloud/azure.ts';
import { createIssuer } from '../../src/sandbox/cloud/issuer.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { json } from '../support/http-stub.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { providerContext } from '../support/provider-context.ts';
import { readSample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';
import type { Cloud } from './conformance.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '33333333-4444-5555-6666-777777777777';
const OTHER_APP = '44444444-5555-6666-7777-888888888888';
const NODE_ID = '55555555-6666-7777-8888-999999999999';
const RESOURCE_ID = `/subscriptions/${TENANT}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
const SECRET = 'client~secret.value';
const SUBJECT = 'system:serviceaccount:team-a:puller';
const AUDIENCE = 'api://AzureADTokenExchange';
const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'acr' };

type Inputs = Readonly<Partial<Record<AcrInput, string>>>;

const registriesOf = (...prefixes: string[]): AcrSpec['registries'] => prefixes.map((prefix) => ({ prefix }));
const keys = { clientID: 'AZURE_CLIENT_ID', clientSecret: 'AZURE_CLIENT_SECRET' };
const withSecret = (...prefixes: string[]): AcrSpec => ({
  registries: registriesOf(...prefixes),
  auth: { servicePrincipal: { tenantID: TENANT, secretRef: { name: 'acr-puller' }, keys } },
});
const federated = (...prefixes: string[]): AcrSpec => ({
  registries: registriesOf(...prefixes),
  auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' } } },
});
const ofApp = (clientID: string, ...prefixes: string[]): AcrSpec => ({
  registries: registriesOf(...prefixes),
  auth: { servicePrincipal: { tenantID: TENANT, clientID, secretRef: { name: 'acr-puller' }, keys } },
});
const asApp = (clientID: string, ...prefixes: string[]): AcrSpec => ({
  registries: registriesOf(...prefixes),
  auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' }, tenantID: TENANT, clientID } },
});
const ambient = (parts: Partial<AcrSpec['auth']['ambient']> = {}): AcrSpec => ({
  registries: registriesOf('platform.azurecr.io'),
  auth: { ambient: { source: 'Workload', ...parts } },
});

/** A token that tells whose it is, and lives until a fixed time. */
const exp = Math.floor(Date.now() / 1000) + 3 * 3600;
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const good: StubHandler = ({ path, body }, response) => {
  const form = new URLSearchParams(body);
  if (path.startsWith('/oauth2/')) {
    const field = path === '/oauth2/exchange' ? 'refresh_token' : 'access_token';
    json(response, 200, { [field]: jwt({ exp, of: form.get('access_token'), scopes: form.getAll('scope') }) });
  } else {
    json(response, 200, { access_token: jwt({ appid: form.get('client_id') }), expires_in: 3599 });
  }
};
const cloud: Cloud = {
  good,
  refuse: (response, status, headers) =>
    json(response, status, { error: 'invalid_client', error_description: 'no', error_codes: [1] }, headers),
  essence: ({ method, path, body }) => {
    const { grant_type, client_id, scope } = Object.fromEntries(new URLSearchParams(body));
    return [method, path.split('?')[0], grant_type, client_id, scope];
  },
  context: (stub) => ({ endpoint: (service) => (service === 'acr-audience' ? undefined : stub.url) }),
};

describeProvider<AcrSpec, AcrInput>('acr with a secret', acr, {
  one: {
    spec: ofApp(APP, 'teama.azurecr.io', 'teama.azurecr.io/base', 'platform-c7d3f1.azurecr.io'),
    inputs: { clientSecret: SECRET },
    prefixes: ['teama.azurecr.io', 'teama.azurecr.io/base', 'platform-c7d3f1.azurecr.io'],
  },
  other: {
    spec: ofApp(OTHER_APP, 'teamb.azurecr.io'),
    inputs: { clientSecret: 'another~secret' },
    prefixes: ['teamb.azurecr.io'],
  },
  cloud,
});

describeProvider<AcrSpec, AcrInput>('acr with a ServiceAccount', acr, {
  one: {
    spec: { ...asApp(APP), registries: [{ prefix: 'teama.azurecr.io', repositories: ['a/b'] }] },
    inputs: { assertion: jwt({ sub: SUBJECT }) },
    prefixes: ['teama.azurecr.io'],
  },
  other: {
    spec: asApp(OTHER_APP, 'teamb.azurecr.io'),
    inputs: { assertion: jwt({ sub: 'system:serviceaccount:team-b:puller' }) },
    prefixes: ['teamb.azurecr.io'],
  },
  cloud,
});

describe('acr', () => {
  const issuer = createIssuer('https://oidc.example.com/cluster');
  const sign = (namespace = 'team-a'): string =>
    issuer.sign({ audience: AUDIENCE, namespace, serviceAccount: 'puller' });
  const roles = {
    'teama.azurecr.io': '*',
    'platform.azurecr.io': '*',
    'mainland.azurecr.cn': '*',
    'federal.azurecr.us': '*',
    'partner.azurecr.io': ['shop/api', 'shop/web'],
  } as const;
  const applications = [
    { tenantId: TENANT, clientId: APP, secret: SECRET, federated: { subject: SUBJECT }, roles },
    { tenantId: TENANT, clientId: OTHER_APP, secret: SECRET, isSecretExpired: true, roles },
  ];
  const identities = [
    { tenantId: TENANT, clientId: NODE_ID, resourceId: RESOURCE_ID, roles },
    { tenantId: TENANT, clientId: OTHER_APP, roles },
  ];
  let azure: Azure;
  const start = async (options: AzureOptions = {}): Promise<void> => {
    azure = await startAzure({ applications, identities, issuer, ...options });
  };
  beforeEach(() => start());
  afterEach(() => azure.stop());

  /** As the engine does it: a call for each group, all at once, and what they have in common once. */
  const issue = async (
    spec: AcrSpec,
    inputs: Inputs = {},
    parts: Partial<ProviderContext> = {},
  ): Promise<readonly IssueResult[]> => {
    const bound = bind({ acr }, 'acr', spec) ?? assert.fail();
    const share = createShare(fakeClock());
    const request = {
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, sensitive(text)])),
      context: providerContext({
        credential,
        endpoint: (service) => (service === 'acr-audience' ? undefined : new URL(azure.url)),
        share: ({ name }, make) => share(name, make),
        ...parts,
      }),
    };
    const calls = (bound.groups() ?? []).map(({ prefixes }) => bound.issue(request, prefixes));
    return (await Promise.all(calls)).flat();
  };
  const bySecret = { clientId: APP, clientSecret: SECRET };
  const paths = (): readonly string[] => azure.calls.map(({ method, url }) => `${method} ${url.pathname}`);
  const acceptedBy = (results: readonly IssueResult[], host: string, repository?: string): boolean => {
    const token = results.find((result) => result.kind === 'token') ?? assert.fail(inspect(results));
    const at = repository === undefined ? { host } : { host, repository };
    return azure.accepts(token.username, token.password.reveal(), at);
  };

  describe('inputs', () => {
    it('are two keys of a Secret, one where the spec has the client id', () => {
      const spec = withSecret('teama.azurecr.io');
      assert.deepEqual(acr.inputs(spec), {
        clientSecret: { kind: 'SecretKey', name: 'acr-puller', key: 'AZURE_CLIENT_SECRET' },
        clientId: { kind: 'SecretKey', name: 'acr-puller', key: 'AZURE_CLIENT_ID' },
      });
      const named = { servicePrincipal: { tenantID: TENANT, clientID: APP, secretRef: { name: 's' }, keys } };
      assert.deepEqual(Object.keys(acr.inputs({ ...spec, auth: named })), ['clientSecret']);
    });

    it('are a token and those annotations whose fields the spec leaves out', () => {
      const name = 'puller';
      const token = { kind: 'ServiceAccountToken', name, audience: AUDIENCE };
      const annotation = (text: string): object => ({ kind: 'ServiceAccountAnnotation', name, annotation: text });
      assert.deepEqual(acr.inputs(federated('teama.azurecr.io')), {
        assertion: token,
        tenantId: annotation('azure.workload.identity/tenant-id'),
        clientId: annotation('azure.workload.identity/client-id'),
      });
      const auth = { workloadIdentity: { serviceAccountRef: { name }, tenantID: TENANT, clientID: APP } };
      assert.deepEqual(acr.inputs({ ...federated('teama.azurecr.io'), auth }), { assertion: token });
    });

    it('are nothing but the operator itself for ambient', () => {
      assert.deepEqual(acr.inputs(ambient()), { ambient: { kind: 'AmbientIdentity' } });
    });
  });

  it('has one token for each registry, and for each set of repositories', () => {
    const spec: AcrSpec = {
      ...withSecret(),
      registries: [
        { prefix: 'teama.azurecr.io' },
        { prefix: 'evil.example' },
        { prefix: 'partner.azurecr.io', repositories: ['b', 'a'] },
        { prefix: 'teama.azurecr.io/x' },
        { prefix: 'partner.azurecr.io/a', repositories: ['a', 'b'] },
        { prefix: 'partner.azurecr.io/b', repositories: ['b'] },
      ],
    };
    assert.deepEqual(
      acr.groups?.(spec).map(({ prefixes, scope, endpoint }) => [prefixes, scope, endpoint]),
      [
        [['evil.example'], 'foreign evil.example', undefined],
        [['teama.azurecr.io', 'teama.azurecr.io/x'], 'teama.azurecr.io', 'teama.azurecr.io'],
        [['partner.azurecr.io', 'partner.azurecr.io/a'], 'partner.azurecr.io a b', 'partner.azurecr.io'],
        [['partner.azurecr.io/b'], 'partner.azurecr.io b', 'partner.azurecr.io'],
      ],
    );
  });

  describe('with a client secret', () => {
    it('asks Entra once and each registry once, in these very words', async () => {
      const results = await issue(
        withSecret('teama.azurecr.io', 'platform.azurecr.io', 'teama.azurecr.io/base'),
        bySecret,
      );

      assert.deepEqual(paths(), [
        `POST /${TENANT}/oauth2/v2.0/token`,
        'POST /oauth2/exchange',
        'POST /oauth2/exchange',
      ]);
      const [entra, exchange] = azure.calls;
      assert.deepEqual(
        ['client_id', 'scope', 'grant_type', 'client_secret', 'client_assertion'].map((name) => entra?.form.get(name)),
        [APP, 'https://containerregistry.azure.net/.default', 'client_credentials', SECRET, null],
      );
      assert.match(entra?.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/);
      const form = Object.fromEntries(exchange?.form ?? []);
      assert.deepEqual(
        [form['grant_type'], form['service'], form['tenant']],
        ['access_token', 'teama.azurecr.io', TENANT],
      );
      assert.deepEqual(
        results.map((result) => result.kind === 'token' && [result.prefixes, result.username, result.principal]),
        [
          [['teama.azurecr.io', 'teama.azurecr.io/base'], ACR_USERNAME, APP],
          [['platform.azurecr.io'], ACR_USERNAME, APP],
        ],
      );
      assert.ok(acceptedBy(results, 'teama.azurecr.io'));
    });

    it('takes a new line at the end of what the Secret holds for none', async () => {
      const results = await issue(withSecret('teama.azurecr.io'), {
        clientId: `${APP}\n`,
        clientSecret: `${SECRET}\n`,
      });
      assert.ok(acceptedBy(results, 'teama.azurecr.io'));
    });

    it('asks anew at each issue', async () => {
      await issue(withSecret('teama.azurecr.io'), bySecret);
      await issue(withSecret('teama.azurecr.io'), bySecret);
      assert.equal(paths().filter((path) => path.includes('/v2.0/token')).length, 2);
    });

    for (const [inputs, key] of [
      [{ clientId: 'no GUID', clientSecret: SECRET }, 'AZURE_CLIENT_ID'],
      [{ clientId: APP, clientSecret: '' }, 'AZURE_CLIENT_SECRET'],
      [{ clientId: APP, clientSecret: 'two\nlines' }, 'AZURE_CLIENT_SECRET'],
    ] as const) {
      it(`sends nothing where ${key} is unusable: ${JSON.stringify(inputs)}`, async () => {
        const failure = onlyFailure(await issue(withSecret('teama.azurecr.io'), inputs));
        assert.deepEqual([failure.reason, failure.facts['key']], ['InputInvalid', key]);
        assert.deepEqual(paths(), []);
      });
    }
  });

  describe('in the three clouds', () => {
    const authorities: readonly (readonly [string, string])[] = [
      ['teama.azurecr.io', 'login.microsoftonline.com'],
      ['federal.azurecr.us', 'login.microsoftonline.us'],
      // its authority answers by its newer name, and that is where the secret goes
      ['mainland.azurecr.cn', 'login.partner.microsoftonline.cn'],
    ];
    for (const [host, authority] of authorities) {
      it(`asks ${authority} for ${host}`, async () => {
        const asked: string[] = [];
        const fetch = redirectedTo(() => azure.url, asked);
        const results = await issue(withSecret(host), bySecret, { fetch, endpoint: () => undefined });
        assert.ok(acceptedBy(results, host));
        assert.ok(asked.includes(`https://${authority}/${TENANT}/oauth2/v2.0/token`), asked.join('\n'));
        assert.ok(asked.includes(`https://${host}/oauth2/exchange`));
      });
    }

    it('asks once a cloud', async () => {
      const spec = withSecret('teama.azurecr.io', 'platform.azurecr.io', 'federal.azurecr.us');
      const results = await issue(spec, bySecret);
      assert.equal(results.filter(({ kind }) => kind === 'token').length, 3);
      assert.equal(paths().filter((path) => path.includes('/v2.0/token')).length, 2);
    });

    it('sends no secret to a host that an answer names', async () => {
      const asked: string[] = [];
      azure.fail(
        { change: (answer) => ({ ...answer, body: { ...configuration('https://evil.example') } }) },
        { path: /openid-configuration/ },
      );
      const fetch = redirectedTo(() => azure.url, asked);
      const failure = onlyFailure(
        await issue(withSecret('mainland.azurecr.cn'), bySecret, { fetch, endpoint: () => undefined }),
      );
      assert.ok(failure.reason.length > 0);
      assert.deepEqual(
        asked.filter((url) => !url.startsWith('https://login.chinacloudapi.cn/')),
        [],
      );
    });

    it('asks for the audience that the operator is configured with', async () => {
      const endpoint = (service: string): URL =>
        new URL(service === 'acr-audience' ? 'https://management.azure.com/' : azure.url);
      const failure = onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret, { endpoint }));
      assert.equal(azure.calls[0]?.form.get('scope'), 'https://management.azure.com/.default');
      assert.equal(failure.reason, 'PermissionDenied'); // the registry refuses tokens of the resource manager
    });
  });

  describe('with a ServiceAccount', () => {
    it('sends its token as the assertion, and reads ids from annotations', async () => {
      const assertion = sign();
      const results = await issue(federated('teama.azurecr.io'), { assertion, tenantId: TENANT, clientId: APP });

      assert.ok(acceptedBy(results, 'teama.azurecr.io'));
      const form = azure.calls[0]?.form;
      assert.deepEqual(
        ['client_assertion', 'client_assertion_type', 'client_secret'].map((name) => form?.get(name)),
        [assertion, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', null],
      );
    });

    it('prefers the ids of the spec', async () => {
      const auth = { workloadIdentity: { serviceAccountRef: { name: 'puller' }, tenantID: TENANT, clientID: APP } };
      const results = await issue({ ...federated('teama.azurecr.io'), auth }, { assertion: sign() });
      assert.ok(acceptedBy(results, 'teama.azurecr.io'));
    });

    for (const [inputs, annotation] of [
      [{ tenantId: '../evil', clientId: APP }, 'azure.workload.identity/tenant-id'],
      [{ tenantId: TENANT, clientId: 'x' }, 'azure.workload.identity/client-id'],
    ] as const) {
      it(`sends nothing where the annotation ${annotation} is unusable`, async () => {
        const failure = onlyFailure(await issue(federated('teama.azurecr.io'), { assertion: sign(), ...inputs }));
        assert.deepEqual([failure.reason, failure.facts['annotation']], ['InputInvalid', annotation]);
        assert.match(messageFor(failure.reason, failure.facts), /^Annotation "azure\.workload\.identity\/\S+" of Serv/);
        assert.deepEqual(paths(), []);
      });
    }

    it('says whom to trust when the application trusts another', async () => {
      const failure = onlyFailure(
        await issue(federated('teama.azurecr.io'), { assertion: sign('team-b'), tenantId: TENANT, clientId: APP }),
      );
      assert.equal(
        messageFor(failure.reason, failure.facts),
        `App ${APP} does not trust system:serviceaccount:team-b:puller; allow it (audience ${AUDIENCE}, issuer ${issuer.url})`,
      );
    });
  });

  describe('as the operator itself, by workload identity', () => {
    const environment = {
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: APP,
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
      AZURE_CLIENT_SECRET: 'never read',
      AZURE_AUTHORITY_HOST: 'https://evil.example/',
    };

    it('reads the token file that its environment names, at each issue', async () => {
      const files: string[] = [];
      const readFile = (path: string): Promise<string> => Promise.resolve((files.push(path), `${sign()}\n`));
      const results = await issue(ambient(), {}, { environment, readFile });
      assert.ok(acceptedBy(results, 'platform.azurecr.io'));
      assert.deepEqual(files, [environment.AZURE_FEDERATED_TOKEN_FILE]);
      assert.equal(azure.calls[0]?.form.get('client_secret'), null);
    });

    it('prefers the ids of the spec', async () => {
      const readFile = (): Promise<string> => Promise.resolve(sign());
      const file = { AZURE_FEDERATED_TOKEN_FILE: '/token' };
      const spec = ambient({ tenantID: TENANT, clientID: APP });
      assert.ok(acceptedBy(await issue(spec, {}, { environment: file, readFile }), 'platform.azurecr.io'));
    });

    const missing: Readonly<Record<string, Partial<ProviderContext>>> = {
      'no environment': {},
      'a client secret alone': { environment: { ...environment, AZURE_FEDERATED_TOKEN_FILE: undefined } },
      'no client id': { environment: { ...environment, AZURE_CLIENT_ID: '' } },
      'no token file': { environment },
      'a token file without a token': { environment, readFile: () => Promise.resolve('<html>') },
    };
    for (const [what, parts] of Object.entries(missing)) {
      it(`is nobody with ${what}, and does not ask the node`, async () => {
        const failure = onlyFailure(await issue(ambient(), {}, parts));
        assert.deepEqual([failure.reason, failure.facts['source']], ['AmbientUnavailable', 'Workload']);
        assert.deepEqual(paths(), []);
      });
    }
  });

  describe('as a managed identity of the node', () => {
    const nodes: readonly (readonly [object, Record<string, string>, string])[] = [
      [{ clientID: NODE_ID }, { client_id: NODE_ID }, NODE_ID],
      [{ resourceID: RESOURCE_ID }, { msi_res_id: RESOURCE_ID }, 'puller'],
      [{}, {}, 'system-assigned identity'],
    ];
    for (const [which, query, principal] of nodes) {
      it(`asks the metadata server for ${JSON.stringify(which)}`, async () => {
        const results = await issue(ambient({ source: 'Node', ...which }));
        assert.ok(acceptedBy(results, 'platform.azurecr.io'));
        assert.equal(results[0]?.kind === 'token' && results[0].principal, principal);
        const [call] = azure.calls;
        assert.equal(call?.headers['metadata'], 'true');
        assert.deepEqual(Object.fromEntries(call.url.searchParams), {
          'api-version': '2018-02-01',
          resource: 'https://containerregistry.azure.net',
          ...query,
        });
        assert.deepEqual(paths(), ['GET /metadata/identity/oauth2/token', 'POST /oauth2/exchange']);
      });
    }

    it('goes through the client for metadata alone', async () => {
      const asked: string[] = [];
      const metadata = redirectedTo(() => azure.url, asked);
      const endpoint = (service: string): URL | undefined => (service === 'acr' ? new URL(azure.url) : undefined);
      await issue(ambient({ source: 'Node' }), {}, { metadata, endpoint });
      assert.deepEqual(asked, ['http://169.254.169.254/metadata/identity/oauth2/token']);
    });

    it('keeps no token from one issue to the next', async () => {
      await issue(ambient({ source: 'Node' }));
      await issue(ambient({ source: 'Node' }));
      assert.equal(paths().filter((path) => path.startsWith('GET')).length, 2);
    });

    it('is nobody where no metadata server answers', async () => {
      const metadata = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
      const failure = onlyFailure(await issue(ambient({ source: 'Node' }), {}, { metadata }));
      assert.deepEqual([failure.reason, failure.facts['source']], ['AmbientUnavailable', 'Node']);
    });
  });

  describe('for some repositories', () => {
    const scoped = (...registries: AcrSpec['registries']): AcrSpec => ({ ...withSecret(), registries });

    it('publishes a token that pulls these alone, one call for each set of them', async () => {
      const results = await issue(
        scoped(
          { prefix: 'partner.azurecr.io', repositories: ['shop/web', 'shop/api'] },
          { prefix: 'partner.azurecr.io/shop', repositories: ['shop/api', 'shop/web'] },
          { prefix: 'partner.azurecr.io/x' },
        ),
        bySecret,
      );
      assert.deepEqual(paths().slice(1), ['POST /oauth2/exchange', 'POST /oauth2/token']);
      const form = azure.calls[2]?.form;
      assert.deepEqual(form?.getAll('scope'), ['repository:shop/api:pull', 'repository:shop/web:pull']);
      assert.deepEqual([form.get('grant_type'), form.get('service')], ['refresh_token', 'partner.azurecr.io']);
      const tokens = results.filter((result) => result.kind === 'token');
      assert.deepEqual(
        tokens.map(({ prefixes }) => prefixes),
        [['partner.azurecr.io/x'], ['partner.azurecr.io', 'partner.azurecr.io/shop']],
      );
      const lifeMs = (tokens[1]?.expiresAt?.getTime() ?? 0) - Date.now();
      assert.ok(lifeMs > 70 * 60_000 && lifeMs <= 75 * 60_000);
      const scopedOnly = results.slice(1);
      assert.deepEqual(
        [
          acceptedBy(scopedOnly, 'partner.azurecr.io', 'shop/api'),
          acceptedBy(scopedOnly, 'partner.azurecr.io', 'other'),
        ],
        [true, false],
      );
    });

    it('tells of a repository that is not granted, and publishes the rest', async () => {
      const spec = scoped({ prefix: 'partner.azurecr.io', repositories: ['shop/api', 'secret/plans'] });
      const [warning, token] = await issue(spec, bySecret);
      assert.ok(warning?.kind === 'warning' && warning.message.includes('"secret/plans"'));
      assert.equal(token?.kind, 'token');
    });

    it('fails where none is granted', async () => {
      const spec = scoped({ prefix: 'partner.azurecr.io', repositories: ['secret/plans'] });
      const failure = onlyFailure(await issue(spec, bySecret));
      assert.deepEqual(
        [failure.reason, failure.facts['host']],
        ['PermissionDenied', 'partner.azurecr.io/secret/plans'],
      );
    });
  });

  describe('one bad registry', () => {
    it('leaves the others alone', async () => {
      const results = await issue(withSecret('teama.azurecr.io', 'foreign.azurecr.io', 'evil.example'), bySecret);
      assert.deepEqual(
        results.map((result) => (result.kind === 'failure' ? [result.reason, result.prefixes] : result.kind)),
        [['RegistryNotAllowed', ['evil.example']], 'token', ['PermissionDenied', ['foreign.azurecr.io']]],
      );
    });

    it('gets no call if it is none of Azure', async () => {
      const hostile = ['evil.example', 'x.azurecr.io.evil.example', 'teama.azurecr.io:443', 'TEAMA.azurecr.io'];
      const results = await issue(withSecret(...hostile), bySecret);
      assert.deepEqual(
        results.map((result) => result.kind === 'failure' && result.reason),
        hostile.map(() => 'RegistryNotAllowed'),
      );
      assert.deepEqual(paths(), []);
    });

    it('shows the firewall’s word by its address alone', async () => {
      await azure.stop();
      await start({ firewalls: { 'teama.azurecr.io': '203.0.113.7' } });
      const failure = onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret));
      assert.deepEqual(
        [failure.reason, failure.facts],
        ['RegistryFirewall', { host: 'teama.azurecr.io', address: '203.0.113.7' }],
      );
    });
  });

  describe('the end of a token', () => {
    const endOf = async (): Promise<readonly [Date, string]> => {
      const [token] = await issue(withSecret('teama.azurecr.io'), bySecret);
      assert.ok(token?.kind === 'token' && token.expiresAt);
      return [token.expiresAt, token.expirySource];
    };
    const isNear = (date: Date, minutes: number): boolean =>
      Math.abs(date.getTime() - Date.now() - minutes * 60_000) < 30_000;

    it('is read from the token', async () => {
      const [date, source] = await endOf();
      assert.ok(isNear(date, 180));
      assert.equal(source, 'jwt');
    });

    it('is 75 minutes away where the token does not say', async () => {
      await azure.stop();
      await start({ lifeS: 'none' });
      const [date, source] = await endOf();
      assert.ok(isNear(date, 75));
      assert.equal(source, 'nominal');
    });

    it('goes by the clock of the registry', async () => {
      await azure.stop();
      await start({ now: () => new Date(Date.now() + 3_600_000) });
      azure.fail({ dateOffsetS: 3600 });
      const [date] = await endOf();
      assert.ok(isNear(date, 180));
    });

    for (const wrong of [exp * 1000, 0, -1, 'soon', null]) {
      it(`makes no sense as ${JSON.stringify(wrong)}`, async () => {
        azure.fail({ status: 200, body: { refresh_token: jwt({ exp: wrong }) } }, { path: /exchange/ });
        assert.equal(onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret)).reason, 'MalformedResponse');
      });
    }

    for (const token of ['', 'two words', 'new\nline', 'x'.repeat(65_536), 7, null, {}, ['a']]) {
      it(`has no token in ${JSON.stringify(token).slice(0, 20)}`, async () => {
        azure.fail({ status: 200, body: { refresh_token: token } }, { path: /exchange/ });
        assert.equal(onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret)).reason, 'MalformedResponse');
      });
    }
  });

  describe('faults of the cloud', () => {
    const secrets = [SECRET, 'CANARY'];

    for (const path of [/v2\.0\/token/, /exchange/]) {
      it(`shows nothing of an answer that echoes the request to ${path}`, async () => {
        azure.fail('echo', { path });
        const results = await issue(withSecret('teama.azurecr.io'), bySecret);
        assert.equal(onlyFailure(results).reason, 'RequestRefused');
        for (const secret of secrets) assert.ok(!inspect(results, { depth: 9 }).includes(secret));
      });

      it(`sends nothing on after a redirect of ${path}`, async () => {
        azure.fail('redirect', { path });
        assert.equal(onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret)).reason, 'ProviderUnreachable');
        assert.ok(!paths().some((asked) => asked.endsWith('/elsewhere')));
      });
    }

    it('tries Entra once more after HTTP 500, and succeeds', async () => {
      azure.fail({ status: 503 }, { times: 1, path: /v2\.0\/token/ });
      assert.ok(acceptedBy(await issue(withSecret('teama.azurecr.io'), bySecret), 'teama.azurecr.io'));
    });

    it('does not wait inside the package when Entra throttles', async () => {
      azure.fail({ status: 429, headers: { 'retry-after': '60' } }, { path: /v2\.0\/token/ });
      const failure = onlyFailure(await issue(withSecret('teama.azurecr.io'), bySecret));
      assert.deepEqual([failure.reason, failure.retryAfterMs], ['Throttled', 60_000]);
      assert.equal(paths().length, 1);
    });
  });

  it('takes its sample', () => {
    const specs = readSample('acr').credentials.map(({ spec }) => spec.provider.acr ?? assert.fail('not acr'));
    assert.equal(specs.length, 4);
    for (const spec of specs) assert.ok(Object.keys(acr.inputs(spec)).length > 0);
  });
});

function onlyFailure(results: readonly IssueResult[]): IssueFailure {
  const [failure, ...others] = results;
  assert.ok(failure?.kind === 'failure' && others.length === 0, inspect(results));
  return failure;
}

/** A client that asks the stub in place of the clouds, and notes whom it was to ask. */
function redirectedTo(url: () => string, asked: string[]): typeof fetch {
  return (input, init) => {
    const target = new URL(input instanceof Request ? input.url : input);
    asked.push(`${target.origin}${target.pathname}`);
    return fetch(new URL(`${target.pathname}${target.search}`, url()), init);
  };
}

function configuration(base: string): object {
  const endpoint = `${base}/oauth2/v2.0`;
  return { token_endpoint: `${endpoint}/token`, authorization_endpoint: `${endpoint}/authorize`, issuer: base };
}
