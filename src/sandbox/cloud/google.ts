// Google's token endpoints: oauth2 for key files, STS, iamcredentials and the metadata server, on one address. They check
// what Google checks: signatures, audiences, times, subjects, scopes, who may act as whom.
import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { canary, startCloudServer } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest, CloudServer, CloudServerOptions } from './cloud-server.ts';
import { readJwt } from './issuer.ts';
import type { Issuer } from './issuer.ts';

/** A provider of a workload identity pool, or a GKE cluster's own pool. */
export interface GooglePool {
  /** As the exchange names it: `//iam.googleapis.com/projects/...` or `identitynamespace:...`. */
  readonly audience: string;
  /** Audiences of ServiceAccount tokens that it takes. Default: its own name, with or without `https:` in front. */
  readonly allowedAudiences?: readonly string[];
  readonly issuer: Pick<Issuer, 'verify'>;
  /** The attribute condition. */
  readonly allows?: (subject: string) => boolean;
}

export interface GoogleOptions extends CloudServerOptions {
  readonly pools?: readonly GooglePool[];
  /** Account -> subjects and accounts that may act as it. An account that is no key does not exist. */
  readonly actAs?: Readonly<Record<string, readonly string[]>>;
  /** The account of the operator's own machine; undefined: it has none. */
  readonly metadataAccount?: string;
  readonly tokenLifeS?: number;
  /** 43200 where an organisation policy allows it. */
  readonly longestLifeS?: number;
  readonly now?: () => Date;
}

export interface Google extends CloudServer {
  /** A new key of an account, as Google's console gives it. */
  createKey(email: string): string;
  deleteKeys(email: string): void;
  /** Registries take what was issued here and has not expired. */
  accepts(username: string, password: string): boolean;
  /** Whose token it is. */
  holderOf(token: string): string | undefined;
}

interface State {
  readonly options: GoogleOptions;
  readonly now: () => Date;
  /** Key id -> account and public key. */
  readonly keys: Map<string, { readonly email: string; readonly publicKey: KeyObject }>;
  /** Accounts that have, or had, a key. */
  readonly accounts: Set<string>;
  readonly tokens: Map<string, { readonly holder: string; readonly endMs: number }>;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const IMPERSONATION_PATH = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/;

export async function startGoogle(options: GoogleOptions = {}): Promise<Google> {
  const now = options.now ?? ((): Date => new Date());
  const state: State = { options, now, keys: new Map(), accounts: new Set(), tokens: new Map() };
  const server = await startCloudServer((request) => route(state, request), options);
  return {
    ...server,
    createKey: (email) => createKey(state, email),
    deleteKeys: (email) => {
      for (const [id, key] of state.keys) if (key.email === email) state.keys.delete(id);
    },
    accepts: (username, password) =>
      ['oauth2accesstoken', '_token'].includes(username) && holderOf(state, password) !== undefined,
    holderOf: (token) => holderOf(state, token),
  };
}

function route(state: State, request: CloudRequest): CloudAnswer {
  const { method, url } = request;
  const path = decodeURIComponent(url.pathname);
  const [, account] = IMPERSONATION_PATH.exec(path) ?? [];
  if (method === 'POST' && path === '/token') return answerAssertion(state, request);
  if (method === 'POST' && path === '/v1/token') return answerExchange(state, request);
  if (method === 'POST' && account !== undefined) return answerImpersonation(state, request, account);
  if (method === 'GET' && path === METADATA_PATH) return answerMetadata(state, request);
  return { status: 404, body: { error: { code: 404, message: 'Not found', status: 'NOT_FOUND' } } };
}

function createKey({ keys, accounts }: State, email: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const id = randomUUID().replaceAll('-', '');
  keys.set(id, { email, publicKey: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })) });
  accounts.add(email);
  return JSON.stringify({
    type: 'service_account',
    project_id: email.split(/[@.]/)[1] ?? 'project',
    private_key_id: id,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: '100000000000000000001',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: TOKEN_URL,
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  });
}

/** oauth2.googleapis.com/token */
function answerAssertion(state: State, { form }: CloudRequest): CloudAnswer {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    return refuse('unsupported_grant_type', 'Invalid grant_type');
  const assertion = form.get('assertion') ?? '';
  const email = assertedEmail(assertion);
  if (!state.accounts.has(email)) return refuse('invalid_grant', 'Invalid grant: account not found');
  const keys = [...state.keys].filter(([, key]) => key.email === email);
  const read = keys
    .map(([id, key]) => ({ id, jwt: readJwt(assertion, key.publicKey) }))
    .find(({ id, jwt }) => jwt !== undefined && (jwt.header['kid'] ?? id) === id)?.jwt; // a key id is optional
  if (!read) return refuse('invalid_grant', 'Invalid JWT Signature.');
  const problem = assertionProblem(read.claims, state.now());
  return problem ?? { status: 200, body: oauthToken(state, email) };
}

function assertionProblem(claims: Readonly<Record<string, unknown>>, now: Date): CloudAnswer | undefined {
  const { aud, scope, iat, exp } = claims;
  const seconds = Math.floor(now.getTime() / 1000);
  const isNear = typeof iat === 'number' && Math.abs(seconds - iat) < 300;
  const isShort = typeof iat === 'number' && typeof exp === 'number' && exp - iat <= 3600 && exp > seconds;
  if (!isNear || !isShort)
    return refuse(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    );
  if (aud !== TOKEN_URL) return refuse('invalid_grant', 'Invalid JWT: Failed audience check.');
  return scope === SCOPE ? undefined : refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
}

/** sts.googleapis.com/v1/token */
function answerExchange(state: State, { form }: CloudRequest): CloudAnswer {
  const expected = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    scope: SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  };
  const wrong = Object.entries(expected).find(([name, value]) => form.get(name) !== value);
  if (wrong) return refuse('invalid_request', `Invalid value for "${wrong[0]}"`);
  const pool = (state.options.pools ?? []).find(({ audience }) => audience === form.get('audience'));
  if (!pool) return refuse('invalid_target', 'The target service indicated by the "audience" parameters is invalid.');
  return answerSubject(state, pool, form.get('subject_token') ?? '');
}

function answerSubject(state: State, pool: GooglePool, token: string): CloudAnswer {
  const audience = pool.allowedAudiences ?? [pool.audience, `https:${pool.audience}`];
  const verified = pool.issuer.verify(token, { audience, now: state.now() });
  if (!verified.ok && verified.problem === 'audience')
    return refuse(
      'invalid_grant',
      `The audience in ID Token [${audienceIn(token)}] does not match the expected audience.`,
    );
  if (!verified.ok && verified.problem === 'issuer')
    return refuse('invalid_grant', 'The issuer in ID Token does not match the expected ones.');
  if (!verified.ok) return refuse('invalid_grant', `ID Token is not acceptable: ${verified.problem}.`);
  if (pool.allows?.(verified.subject) === false)
    return refuse('unauthorized_client', 'The given credential is rejected by the attribute condition.');
  const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
  return { status: 200, body: { ...oauthToken(state, verified.subject), issued_token_type } };
}

/** iamcredentials.googleapis.com */
function answerImpersonation(state: State, { headers, body }: CloudRequest, account: string): CloudAnswer {
  const holder = holderOf(state, /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '');
  if (holder === undefined) return status(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  const parsed = parseJson(body);
  const fields = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const seconds = Number(/^(\d+)s$/.exec(String(fields['lifetime']))?.[1]);
  const isScoped = Array.isArray(fields['scope']) && fields['scope'].join() === SCOPE;
  if (!isScoped || !(seconds > 0 && seconds <= (state.options.longestLifeS ?? 3600)))
    return status(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.');
  const allowed = state.options.actAs?.[account] ?? [];
  if (!allowed.includes(holder))
    return status(
      403,
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    );
  const { accessToken, endMs } = issue(state, account, seconds);
  return { status: 200, body: { accessToken, expireTime: new Date(endMs).toISOString().replace(/\.\d+/, '') } };
}

/** metadata.google.internal */
function answerMetadata(state: State, { headers, url }: CloudRequest): CloudAnswer {
  const text = { 'content-type': 'text/html', 'metadata-flavor': 'Google' };
  if (headers['metadata-flavor'] !== 'Google')
    return { status: 403, headers: text, body: 'Missing Metadata-Flavor:Google header.' };
  if (url.searchParams.get('scopes') !== SCOPE) return { status: 400, headers: text, body: 'Invalid scopes' };
  const account = state.options.metadataAccount;
  if (account === undefined) return { status: 404, headers: text, body: 'The service account was not found.' };
  return { status: 200, headers: { 'metadata-flavor': 'Google' }, body: oauthToken(state, account) };
}

function oauthToken(state: State, holder: string): object {
  const seconds = state.options.tokenLifeS ?? 3599;
  return { access_token: issue(state, holder, seconds).accessToken, expires_in: seconds, token_type: 'Bearer' };
}

function issue({ tokens, now }: State, holder: string, seconds: number): { accessToken: string; endMs: number } {
  const accessToken = canary('ya29.');
  const endMs = now().getTime() + seconds * 1000;
  tokens.set(accessToken, { holder, endMs });
  return { accessToken, endMs };
}

function holderOf({ tokens, now }: State, token: string): string | undefined {
  const known = tokens.get(token);
  return known && known.endMs > now().getTime() ? known.holder : undefined;
}

function assertedEmail(assertion: string): string {
  return String(unverified(assertion)['iss']);
}

function audienceIn(token: string): string {
  return [unverified(token)['aud']].flat().join(', ');
}

/** Claims as they stand, for choosing a key and for error texts. */
function unverified(token: string): Readonly<Record<string, unknown>> {
  const parsed = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

function refuse(error: string, description: string): CloudAnswer {
  return { status: 400, body: { error, error_description: description } };
}

function status(code: number, word: string, message: string): CloudAnswer {
  return { status: code, body: { error: { code, message, status: word } } };
}
