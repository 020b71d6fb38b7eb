import assert from 'node:assert/strict';
import { ACR_USERNAME, startAzure } from '../../../src/sandbox/cloud/azure.ts';
import type { Azure, AzureOptions } from '../../../src/sandbox/cloud/azure.ts';
import { createIssuer } from '../../../src/sandbox/cloud/issuer.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '33333333-4444-5555-6666-777777777777';
const HOST = 'partner.azurecr.io';
const SUBJECT = 'system:serviceaccount:team-a:puller';
const REGISTRY_SCOPE = 'https://containerregistry.azure.net/.default';
const ARM_SCOPE = 'https://management.azure.com/.default';

type Form = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

describe('stub of Azure', () => {
  const issuer = createIssuer();
  const sign = (serviceAccount: string, audience = 'api://AzureADTokenExchange', expiresInS = 600): string =>
    issuer.sign({ audience, namespace: 'team-a', serviceAccount, expiresInS });
  const roles = { [HOST]: ['shop/api'], 'arm.azurecr.io': '*' } as const;
  const applications = [{ tenantId: TENANT, clientId: APP, secret: 'secret', federated: { subject: SUBJECT }, roles }];
  let now: Date;
  let azure: Azure;
  const start = async (options: AzureOptions = {}): Promise<void> => {
    azure = await startAzure({ applications, issuer, now: () => now, ...options });
  };
  beforeEach(async () => {
    now = new Date();
    await start({ armRegistries: ['arm.azurecr.io'] });
  });
  afterEach(() => azure.stop());

  const post = async (path: string, form: Form | URLSearchParams): Promise<readonly [number, Body]> => {
    const response = await fetch(`${azure.url}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    return [response.status, (await response.json()) as Body];
  };
  const bySecret = { client_id: APP, client_secret: 'secret', scope: REGISTRY_SCOPE, grant_type: 'client_credentials' };
  const byAssertion = (assertion: string): Form => ({
    client_id: APP,
    scope: REGISTRY_SCOPE,
    grant_type: 'client_credentials',
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  const entra = (form: Form = bySecret, tenant = TENANT): Promise<readonly [number, Body]> =>
    post(`/${tenant}/oauth2/v2.0/token`, form);
  const exchange = async (parts: Form = {}, scope = REGISTRY_SCOPE): Promise<readonly [number, Body]> => {
    const [, { access_token }] = await entra({ ...bySecret, scope });
    const form = { grant_type: 'access_token', service: HOST, access_token: String(access_token), ...parts };
    return post('/oauth2/exchange', form);
  };
  const refresh = async (): Promise<string> => String((await exchange())[1]['refresh_token']);

  describe('Entra', () => {
    it('takes a secret, and an assertion of a ServiceAccount', async () => {
      assert.equal((await entra())[0], 200);
      assert.equal((await entra(byAssertion(sign('puller'))))[0], 200);
    });

    const foreign = (): string =>
      createIssuer().sign({ audience: 'api://AzureADTokenExchange', namespace: 'team-a', serviceAccount: 'puller' });
    const refused: readonly (readonly [string, () => Form, number])[] = [
      ['another secret', () => ({ ...bySecret, client_secret: 'x' }), 7000215],
      ['another application', () => ({ ...bySecret, client_id: TENANT }), 700016],
      ['another grant', () => ({ ...bySecret, grant_type: 'password' }), 70003],
      ['another resource', () => ({ ...bySecret, scope: 'https://example.com/.default' }), 500011],
      ['another ServiceAccount', () => byAssertion(sign('other')), 700213],
      ['another audience', () => byAssertion(sign('puller', 'iam')), 700212],
      ['an assertion that has ended', () => byAssertion(sign('puller', undefined, -1)), 700024],
      ['an assertion of another cluster', () => byAssertion(foreign()), 7002116],
      ['an assertion that is none', () => byAssertion('x'), 50027],
      ['an assertion without its type', () => ({ ...byAssertion(sign('puller')), client_assertion_type: '' }), 900144],
    ];
    for (const [what, form, code] of refused) {
      it(`refuses ${what}`, async () => assert.deepEqual((await entra(form()))[1]['error_codes'], [code]));
    }

    it('refuses another tenant', async () => {
      assert.deepEqual((await entra(bySecret, APP))[1]['error_codes'], [90002]);
      assert.equal((await fetch(`${azure.url}/${APP}/v2.0/.well-known/openid-configuration`)).status, 400);
    });
  });

  describe('metadata', () => {
    const query = { 'api-version': '2018-02-01', resource: 'https://containerregistry.azure.net' };
    const get = async (parts: Form = {}, headers: Form = { Metadata: 'true' }): Promise<readonly [number, Body]> => {
      const search = new URLSearchParams({ ...query, ...parts }).toString();
      const response = await fetch(`${azure.url}/metadata/identity/oauth2/token?${search}`, { headers });
      return [response.status, (await response.json()) as Body];
    };
    beforeEach(async () => {
      await azure.stop();
      await start({ identities: [{ tenantId: TENANT, clientId: APP, resourceId: '/r', roles }] });
    });

    it('writes numbers as strings', async () => {
      const [status, body] = await get({ client_id: APP });
      assert.deepEqual([status, body['expires_in']], [200, '86399']);
    });

    const refused: Readonly<Record<string, readonly [Form, Form?]>> = {
      'a missing header': [{ client_id: APP }, {}],
      'another version': [{ client_id: APP, 'api-version': '2000-01-01' }],
      'another resource': [{ client_id: APP, resource: 'https://example.com' }],
      'another client': [{ client_id: TENANT }],
      'another resource id': [{ msi_res_id: '/other' }],
      'a system-assigned identity where there is none': [{}],
    };
    for (const [what, [parts, headers]] of Object.entries(refused)) {
      it(`refuses ${what}`, async () => assert.equal((await get(parts, headers))[0], 400));
    }
  });

  describe('registry', () => {
    it('accepts the refresh tokens that it gave, until they end', async () => {
      const token = await refresh();
      assert.match(token, /CANARY-/);
      assert.ok(azure.accepts(ACR_USERNAME, token, { host: HOST, repository: 'shop/api' }));
      assert.ok(!azure.accepts(ACR_USERNAME, token, { host: HOST, repository: 'other' }));
      assert.ok(!azure.accepts(ACR_USERNAME, token, { host: 'arm.azurecr.io' }));
      assert.ok(!azure.accepts('someone', token) && !azure.accepts(ACR_USERNAME, 'x'));
      now = new Date(now.getTime() + 3 * 3_600_000 + 1);
      assert.ok(!azure.accepts(ACR_USERNAME, token));
    });

    it('refuses tokens of the resource manager, unless it takes them', async () => {
      assert.equal((await exchange({}, ARM_SCOPE))[0], 401);
      assert.equal((await exchange({ service: 'arm.azurecr.io' }, ARM_SCOPE))[0], 200);
    });

    const refused: readonly (readonly [string, Form, number])[] = [
      ['another grant', { grant_type: 'access_token_refresh_token' }, 400],
      ['another token', { access_token: 'x' }, 401],
      ['another tenant', { tenant: APP }, 401],
      ['a registry without a role', { service: 'foreign.azurecr.io' }, 401],
    ];
    for (const [what, parts, status] of refused) {
      it(`refuses ${what}`, async () => assert.equal((await exchange(parts))[0], status));
    }

    it('gives a token for the granted ones of the repositories', async () => {
      const form = new URLSearchParams({ grant_type: 'refresh_token', service: HOST, refresh_token: await refresh() });
      for (const name of ['shop/api', 'other']) form.append('scope', `repository:${name}:pull`);
      const [, { access_token }] = await post('/oauth2/token', form);
      assert.ok(azure.accepts(ACR_USERNAME, String(access_token), { repository: 'shop/api' }));
      assert.ok(!azure.accepts(ACR_USERNAME, String(access_token), { repository: 'other' }));
    });

    it('refuses scopes with wildcards, and the tokens of another registry', async () => {
      const refresh_token = await refresh();
      const form = { grant_type: 'refresh_token', service: HOST, refresh_token };
      assert.equal((await post('/oauth2/token', { ...form, scope: 'repository:*:pull' }))[0], 400);
      assert.equal((await post('/oauth2/token', { ...form, service: 'arm.azurecr.io', scope: 'x' }))[0], 401);
    });
  });
});
