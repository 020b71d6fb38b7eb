// Stub of Azure: Entra's token endpoint, the node's metadata and a registry's exchange. It checks what the real ones check;
// facts: https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md and Entra's error codes.
import { canary, startCloudServer } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest, CloudServer, CloudServerOptions } from './cloud-server.ts';
import type { Issuer } from './issuer.ts';

/** Registry -> what may be pulled there. Some repositories only: as roles in ABAC mode do. */
export type AzureRoles = Readonly<Record<string, '*' | readonly string[]>>;

export interface AzureApplication {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secret?: string;
  readonly isSecretExpired?: boolean;
  /** Whom it trusts: `system:serviceaccount:NAMESPACE:NAME`, by the issuer of the options unless another is named. */
  readonly federated?: { readonly subject: string; readonly issuer?: string };
  readonly roles: AzureRoles;
}

/** A user-assigned identity of the node; without `resourceId` the system-assigned one, which has no name in requests. */
export interface AzureManagedIdentity {
  readonly tenantId: string;
  readonly clientId: string;
  readonly resourceId?: string;
  readonly roles: AzureRoles;
}

export interface AzureOptions extends CloudServerOptions {
  readonly applications?: readonly AzureApplication[];
  readonly identities?: readonly AzureManagedIdentity[];
  /** The cluster's; without it no assertion is good. */
  readonly issuer?: Pick<Issuer, 'url' | 'verify'>;
  readonly now?: () => Date;
  /** Of what the registries give; 'none': they do not say. */
  readonly lifeS?: number | 'none';
  /** Registries that take tokens for the resource manager, too. */
  readonly armRegistries?: readonly string[];
  /** Registry -> address that its firewall stops. */
  readonly firewalls?: Readonly<Record<string, string>>;
  /** Asked again, a registry gives the same token, as caches do. */
  readonly sameToken?: boolean;
}

export interface Azure extends CloudServer {
  /** Is it a login of ours that is alive? At one registry, and for a pull of one repository, where they are given. */
  accepts(username: string, password: string, at?: { readonly host?: string; readonly repository?: string }): boolean;
  /** All tokens of the registries end now. */
  revoke(): void;
}

export const ACR_USERNAME = '00000000-0000-0000-0000-000000000000';

const REGISTRY_AUDIENCE = 'https://containerregistry.azure.net';
const ARM_AUDIENCE = 'https://management.azure.com';
const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange';
const REFRESH_LIFE_S = 3 * 60 * 60;
const SCOPED_LIFE_S = 75 * 60;
const ENTRA_LIFE_S = 3599;

interface Holder {
  readonly tenantId: string;
  readonly clientId: string;
  readonly roles: AzureRoles;
}

interface Granted {
  readonly host: string;
  readonly holder: Holder;
  readonly repositories: '*' | readonly string[];
  readonly endsAt: number;
}

interface State {
  readonly options: AzureOptions;
  readonly now: () => Date;
  readonly entra: Map<string, { readonly holder: Holder; readonly audience: string; readonly endsAt: number }>;
  readonly refresh: Map<string, Granted>;
  readonly scoped: Map<string, Granted>;
}

export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const now = options.now ?? ((): Date => new Date());
  const state: State = { options, now, entra: new Map(), refresh: new Map(), scoped: new Map() };
  const server = await startCloudServer((request) => route(state, request), options);
  return {
    ...server,
    accepts(username, password, { host, repository } = {}) {
      const token = state.refresh.get(password) ?? state.scoped.get(password);
      if (!token || username !== ACR_USERNAME || token.endsAt <= now().getTime()) return false;
      return (
        (host ?? token.host) === token.host && (repository === undefined || mayPull(token.repositories, repository))
      );
    },
    revoke() {
      state.refresh.clear();
      state.scoped.clear();
    },
  };
}

function route(state: State, request: CloudRequest): CloudAnswer {
  const { method, url } = request;
  const path = url.pathname;
  if (method === 'GET' && path === '/metadata/identity/oauth2/token') return metadata(state, request);
  const discovery = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/.exec(path)?.[1];
  if (method === 'GET' && discovery !== undefined) return configuration(state, discovery);
  if (method !== 'POST' || !isForm(request)) return { status: 405, body: {} };
  const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
  if (tenant !== undefined) return entraToken(state, tenant, request.form);
  if (path === '/oauth2/exchange') return exchange(state, request.form);
  if (path === '/oauth2/token') return repositoryToken(state, request.form);
  return { status: 404, body: {} };
}

/** Asked for authorities that a client does not know by heart, such as China's, which answers by its newer name. */
function configuration(state: State, tenant: string): CloudAnswer {
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

function entraToken(state: State, tenant: string, form: URLSearchParams): CloudAnswer {
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
  { options: { issuer }, now }: State,
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

function answerEntra(state: State, holder: Holder, audience: string): CloudAnswer {
  if (audience !== REGISTRY_AUDIENCE && audience !== ARM_AUDIENCE) return entraError(400, 'invalid_resource', 500011);
  const access = grantEntra(state, holder, audience);
  const expiresIn = { expires_in: ENTRA_LIFE_S, ext_expires_in: ENTRA_LIFE_S };
  return { status: 200, body: { token_type: 'Bearer', ...expiresIn, access_token: access } };
}

function grantEntra(state: State, holder: Holder, audience: string): string {
  const endsAt = state.now().getTime() + ENTRA_LIFE_S * 1000;
  const claims = { aud: audience, tid: holder.tenantId, appid: holder.clientId, exp: Math.floor(endsAt / 1000) };
  const token = jwt(claims);
  state.entra.set(token, { holder, audience, endsAt });
  return token;
}

function metadata(state: State, { headers, url }: CloudRequest): CloudAnswer {
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

function exchange(state: State, form: URLSearchParams): CloudAnswer {
  const host = form.get('service') ?? '';
  const entra = state.entra.get(form.get('access_token') ?? '');
  if (form.get('grant_type') !== 'access_token') return registryError(400, 'UNSUPPORTED');
  const address = state.options.firewalls?.[host];
  if (address !== undefined) {
    const more = 'Refer https://aka.ms/acr/firewall to grant access. CorrelationId: 1-2-3';
    return registryError(403, 'DENIED', `client with IP '${address}' is not allowed access. ${more}`);
  }
  const isAudience =
    entra?.audience === REGISTRY_AUDIENCE || (state.options.armRegistries?.includes(host) && entra !== undefined);
  const isAlive = entra !== undefined && entra.endsAt > state.now().getTime();
  const tenant = form.get('tenant') ?? entra?.holder.tenantId;
  const role = entra && Object.hasOwn(entra.holder.roles, host) ? entra.holder.roles[host] : undefined;
  if (!isAlive || !isAudience || role === undefined || tenant !== entra.holder.tenantId) {
    return registryError(401, 'UNAUTHORIZED', 'authentication required, visit https://aka.ms/acr/authorization');
  }
  const granted = { host, holder: entra.holder, repositories: role };
  return { status: 200, body: { refresh_token: grant(state, state.refresh, granted, REFRESH_LIFE_S) } };
}

function repositoryToken(state: State, form: URLSearchParams): CloudAnswer {
  const refresh = state.refresh.get(form.get('refresh_token') ?? '');
  const host = form.get('service') ?? '';
  if (form.get('grant_type') !== 'refresh_token') return registryError(400, 'UNSUPPORTED');
  if (refresh?.host !== host || refresh.endsAt <= state.now().getTime()) return registryError(401, 'UNAUTHORIZED');
  const scopes = form.getAll('scope').map((scope) => /^repository:([a-z0-9][a-z0-9._/-]*):pull$/.exec(scope)?.[1]);
  if (scopes.length === 0 || scopes.includes(undefined)) return registryError(400, 'UNSUPPORTED');
  const repositories = scopes.flatMap((name) => name ?? []).filter((name) => mayPull(refresh.repositories, name));
  const granted = { host, holder: refresh.holder, repositories };
  return { status: 200, body: { access_token: grant(state, state.scoped, granted, SCOPED_LIFE_S) } };
}

function grant(
  { options, now }: State,
  tokens: Map<string, Granted>,
  granted: Omit<Granted, 'endsAt'>,
  documentedLifeS: number,
): string {
  const { host, holder, repositories } = granted;
  const same = [...tokens].find(([, one]) => one.host === host && one.holder === holder && sameList(one, repositories));
  if (same && options.sameToken) return same[0];
  const lifeS = options.lifeS === 'none' ? documentedLifeS : (options.lifeS ?? documentedLifeS);
  const endsAt = Math.floor(now().getTime() / 1000) + lifeS;
  const names = repositories === '*' ? [] : repositories;
  const access = names.map((name) => ({ type: 'repository', name, actions: ['pull'] }));
  const token = jwt({
    aud: host,
    sub: holder.clientId,
    ...(options.lifeS !== 'none' && { exp: endsAt }),
    ...(documentedLifeS === SCOPED_LIFE_S ? { access } : { grant_type: 'refresh_token' }),
  });
  tokens.set(token, { ...granted, endsAt: endsAt * 1000 });
  return token;
}

function sameList({ repositories }: Granted, others: '*' | readonly string[]): boolean {
  return repositories.toString() === others.toString();
}

function mayPull(repositories: '*' | readonly string[], name: string): boolean {
  return repositories === '*' || repositories.includes(name);
}

/** Shaped like a JWT; what makes it ours is that we gave it out. */
function jwt(claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${canary()}`;
}

function isTenant({ options: { applications = [], identities = [] } }: State, tenant: string): boolean {
  return [...applications, ...identities].some(({ tenantId }) => tenantId === tenant);
}

function isForm({ headers }: CloudRequest): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

function entraError(status: number, error: string, code: number): CloudAnswer {
  const ids = { trace_id: '0-trace', correlation_id: '0-correlation' };
  const description = `AADSTS${code}: refused by the sandbox. Trace ID: 0-trace`;
  return { status, body: { error, error_description: description, error_codes: [code], ...ids } };
}

function registryError(status: number, code: string, message = code.toLowerCase()): CloudAnswer {
  return { status, body: { errors: [{ code, message, detail: null }] } };
}
