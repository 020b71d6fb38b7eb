// Entra in the Azure stub: tokens for applications, by secret or by the cluster's word, and the node's metadata.
import { ARM_AUDIENCE, jwt, REGISTRY_AUDIENCE } from './azure-state.ts';
import type { AzureApplication, AzureManagedIdentity, AzureState, Holder } from './azure-state.ts';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';

const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange';
const ENTRA_LIFE_S = 3599;

/** Asked for authorities that a client does not know by heart, such as China's, which answers by its newer name. */
export function configuration(state: AzureState, tenant: string): CloudAnswer {
  if (!isTenant(state, tenant)) return entraError(400, 'invalid_tenant', 90002);
  const base = `https://login.partner.microsoftonline.cn/${tenant}`;
  return {
    status: 200,
    body: {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    },
  };
}

export function entraToken(state: AzureState, tenant: string, form: URLSearchParams): CloudAnswer {
  if (!isTenant(state, tenant)) return entraError(400, 'invalid_request', 90002);
  if (form.get('grant_type') !== 'client_credentials') return entraError(400, 'unsupported_grant_type', 70003);
  const application = (state.options.applications ?? []).find(
    ({ tenantId, clientId }) => tenantId === tenant && clientId === form.get('client_id'),
  );
  if (!application) return entraError(400, 'unauthorized_client', 700016);
  const refusal = form.has('client_assertion')
    ? refuseAssertion(state, application, form)
    : refuseSecret(application, form.get('client_secret'));
  return refusal ?? answerEntra(state, application, (form.get('scope') ?? '').replace(/\/\.default$/, ''));
}

function refuseSecret(application: AzureApplication, secret: string | null): CloudAnswer | undefined {
  if (application.secret === undefined || secret !== application.secret) {
    return entraError(401, 'invalid_client', 7000215);
  }
  return application.isSecretExpired ? entraError(401, 'invalid_client', 7000222) : undefined;
}

function refuseAssertion(
  { options: { issuer }, now }: AzureState,
  { federated }: AzureApplication,
  form: URLSearchParams,
): CloudAnswer | undefined {
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  if (form.get('client_assertion_type') !== type) return entraError(400, 'invalid_request', 900144);
  const verified = issuer?.verify(form.get('client_assertion') ?? '', { audience: ASSERTION_AUDIENCE, now: now() });
  if (!verified || !federated) return entraError(401, 'invalid_client', 70021);
  if (!verified.ok) {
    const codes = { malformed: 50027, signature: 7002116, issuer: 700211, audience: 700212, expired: 700024 };
    return entraError(401, 'invalid_client', codes[verified.problem]);
  }
  if ((federated.issuer ?? issuer?.url) !== issuer?.url) return entraError(401, 'invalid_client', 700211);
  return verified.subject === federated.subject ? undefined : entraError(401, 'invalid_client', 700213);
}

function answerEntra(state: AzureState, holder: Holder, audience: string): CloudAnswer {
  if (audience !== REGISTRY_AUDIENCE && audience !== ARM_AUDIENCE) return entraError(400, 'invalid_resource', 500011);
  const access = grantEntra(state, holder, audience);
  const expiresIn = { expires_in: ENTRA_LIFE_S, ext_expires_in: ENTRA_LIFE_S };
  return { status: 200, body: { token_type: 'Bearer', ...expiresIn, access_token: access } };
}

function grantEntra(state: AzureState, holder: Holder, audience: string): string {
  const endsAt = state.now().getTime() + ENTRA_LIFE_S * 1000;
  const claims = { aud: audience, tid: holder.tenantId, appid: holder.clientId, exp: Math.floor(endsAt / 1000) };
  const token = jwt(claims);
  state.entra.set(token, { holder, audience, endsAt });
  return token;
}

export function metadata(state: AzureState, { headers, url }: CloudRequest): CloudAnswer {
  const query = url.searchParams;
  const refused = (description: string): CloudAnswer => ({
    status: 400,
    body: { error: 'invalid_request', error_description: description },
  });
  if (headers['metadata'] !== 'true') return refused('Required metadata header not specified');
  if (query.get('api-version') !== '2018-02-01') return refused('Required query variable api-version is missing');
  const resource = query.get('resource') ?? '';
  if (resource !== REGISTRY_AUDIENCE && resource !== ARM_AUDIENCE) {
    return { status: 400, body: { error: 'invalid_resource', error_description: 'AADSTS500011: not found' } };
  }
  const identity = (state.options.identities ?? []).find((one) => isMeant(one, query));
  if (!identity) return refused('Identity not found');
  const endsAt = Math.floor(state.now().getTime() / 1000) + 86_399;
  const token = grantEntra(state, identity, resource);
  const life = { expires_in: '86399', expires_on: `${endsAt}`, not_before: `${endsAt - 86_399}` };
  return {
    status: 200,
    body: { access_token: token, client_id: identity.clientId, ...life, resource, token_type: 'Bearer' },
  };
}

function isMeant({ clientId, resourceId }: AzureManagedIdentity, query: URLSearchParams): boolean {
  if (query.has('client_id')) return query.get('client_id') === clientId;
  if (query.has('msi_res_id')) return query.get('msi_res_id') === resourceId;
  return resourceId === undefined;
}

function isTenant({ options: { applications = [], identities = [] } }: AzureState, tenant: string): boolean {
  return [...applications, ...identities].some(({ tenantId }) => tenantId === tenant);
}

function entraError(status: number, error: string, code: number): CloudAnswer {
  const ids = { trace_id: '0-trace', correlation_id: '0-correlation' };
  const description = `AADSTS${code}: refused by the sandbox. Trace ID: 0-trace`;
  return { status, body: { error, error_description: description, error_codes: [code], ...ids } };
}
