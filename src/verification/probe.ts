// One proof of a login at its registry: the handshake of the distribution protocol, without credentials first. Safe requests only:
// GET /v2/, GET of the token endpoint, HEAD of a manifest. Source: https://distribution.github.io/distribution/spec/auth/token/
import { isJsonObject, parseJson } from '../lib/json.ts';
import type { Sensitive } from '../lib/sensitive.ts';
import { pauseOf } from '../lib/token-call.ts';
import { chooseChallenge, parseChallenges } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import { trustedRealm } from './realm.ts';

export interface ProbeRequest {
  /** Where the registry is asked; its origin is https unless the operator's configuration says otherwise. */
  readonly base: URL;
  /** Its public name. */
  readonly registryHost: string;
  /** The operator's configuration maps the public name to the base. */
  readonly isConfigured: boolean;
  readonly username: string;
  readonly password: Sensitive;
  /** The whole path of the image at the registry; undefined: only the login is tried. */
  readonly repository: string | undefined;
  readonly allowedRealms: readonly string[];
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/** What the registry said. `hidden`: a 404 that may mean "not allowed". */
export type Finding =
  | { readonly kind: 'pull' | 'hidden' | 'login' | 'open' }
  | { readonly kind: 'invalid' | 'denied'; readonly status: number }
  | { readonly kind: 'indeterminate'; readonly cause: string; readonly retryAfterMs?: number }
  | { readonly kind: 'realm'; readonly realmHost: string };

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const CLIENT_ID = 'regcred-operator';
const LARGEST_BODY = 64 * 1024;
const IBM_HOST = /(^|\.)icr\.io$/;

/** What was asked: one status means another thing at each. */
type Step = 'login' | 'token' | 'manifest';

interface Answer {
  readonly status: number;
  readonly challenges: readonly Challenge[];
  readonly text: string;
  /** A page for people: a portal, or a proxy's error. */
  readonly isPage: boolean;
  /** By `Retry-After`. */
  readonly pauseMs: number | undefined;
}

/** Throws what the guarded client throws; the verifier says what that means. */
export async function probe(request: ProbeRequest): Promise<Finding> {
  const first = await ask(request, 'GET', new URL('/v2/', request.base));
  if (first.status === 200 && !first.isPage) return { kind: 'open' };
  if (first.status !== 401) return unclear(first, 'not a v2 registry');
  const challenge = chooseChallenge(first.challenges);
  if (challenge === undefined && first.challenges.some(({ scheme }) => scheme === 'bearer'))
    return { kind: 'realm', realmHost: 'no realm' };
  if (challenge === undefined) return { kind: 'indeterminate', cause: 'no usable challenge' };
  return challenge.scheme === 'basic' ? proveBasic(request) : proveBearer(request, challenge);
}

async function proveBasic(request: ProbeRequest): Promise<Finding> {
  const authorization = basicOf(request);
  const login = await ask(request, 'GET', new URL('/v2/', request.base), authorization);
  if (login.status !== 200) return refusalOf(login, 'login', request);
  if (login.isPage) return unclear(login, 'not a v2 registry');
  return request.repository === undefined ? { kind: 'login' } : provePull(request, authorization);
}

async function proveBearer(request: ProbeRequest, { parameters }: Challenge): Promise<Finding> {
  const text = parameters.get('realm') ?? '';
  const { base, registryHost, allowedRealms, isConfigured, repository } = request;
  const realm = trustedRealm(text, { registryHost, allowedRealms, mappedTo: isConfigured ? base : undefined });
  if (realm === undefined)
    return { kind: 'realm', realmHost: URL.parse(text)?.host.slice(0, 100) ?? 'a realm that is no URL' };
  const service = parameters.get('service');
  if (service !== undefined) realm.searchParams.set('service', service);
  if (repository !== undefined) realm.searchParams.append('scope', `repository:${repository}:pull`);
  realm.searchParams.set('client_id', CLIENT_ID);

  const answer = await ask(request, 'GET', realm, basicOf(request));
  if (answer.status !== 200) return refusalOf(answer, 'token', request);
  const token = tokenOf(answer.text);
  if (token === undefined) return { kind: 'indeterminate', cause: 'the token endpoint gave no token' };
  // a 200 of the token endpoint proves nothing: some hand out an anonymous token
  if (repository !== undefined) return provePull(request, `Bearer ${token}`);
  const login = await ask(request, 'GET', new URL('/v2/', request.base), `Bearer ${token}`);
  if (login.status !== 200) return refusalOf(login, 'login', request);
  return login.isPage ? unclear(login, 'not a v2 registry') : { kind: 'login' };
}

async function provePull(request: ProbeRequest, authorization: string): Promise<Finding> {
  const segments = (request.repository ?? '').split('/');
  if (segments.some((segment) => /^\.{0,2}$/.test(segment)))
    return { kind: 'indeterminate', cause: 'the repository is no name' }; // an URL would go elsewhere
  const path = segments.map(encodeURIComponent).join('/');
  const answer = await ask(request, 'HEAD', new URL(`/v2/${path}/manifests/latest`, request.base), authorization);
  if (answer.status === 200) return answer.isPage ? unclear(answer, 'not a v2 registry') : { kind: 'pull' };
  return answer.status === 404 ? { kind: 'hidden' } : refusalOf(answer, 'manifest', request);
}

function refusalOf(answer: Answer, step: Step, { registryHost }: ProbeRequest): Finding {
  const { status, challenges, text } = answer;
  if (isForPeople(answer, step)) return unclear(answer, 'a page instead of an answer');
  const errors = challenges.map(({ parameters }) => parameters.get('error'));
  if (errors.includes('insufficient_scope')) return { kind: 'denied', status };
  const isIbm = IBM_HOST.test(registryHost);
  // IBM's 401 "Access denied" is of a good login without a policy: calling it bad would keep it back for ever. Any other 401
  // stays a refusal, also IBM's: a denied login may be published under Require, a refused one may not
  if (status === 401) return { kind: isIbm && isAccessDenied(text) ? 'denied' : 'invalid', status };
  // 400 is IBM's word for a wrong password; elsewhere, and of a manifest, it is about the request: NAME_INVALID
  if (status === 400 && isIbm && step !== 'manifest') return { kind: 'invalid', status };
  if (status !== 403) return unclear(answer, `HTTP ${status}`);
  if (/authorization token has expired/i.test(text)) return { kind: 'invalid', status }; // ECR
  if (/client with IP .{1,60} is not allowed access/.test(text)) return { kind: 'indeterminate', cause: 'firewall' }; // ACR
  return { kind: 'denied', status };
}

/** Of a portal or a firewall before the registry. One that asks for a login is the registry's own: nginx puts HTML below its 401. */
function isForPeople({ isPage, challenges }: Answer, step: Step): boolean {
  return isPage && (step === 'token' || challenges.length === 0);
}

function isAccessDenied(text: string): boolean {
  return /"code"\s*:\s*"DENIED"|\bAccess denied\b/i.test(text);
}

function unclear({ status, pauseMs }: Answer, cause: string): Finding {
  if (status !== 429) return { kind: 'indeterminate', cause: status >= 500 ? `HTTP ${status}` : cause };
  return { kind: 'indeterminate', cause: 'throttled', ...(pauseMs !== undefined && { retryAfterMs: pauseMs }) };
}

async function ask(
  { fetch, now, signal }: ProbeRequest,
  method: 'GET' | 'HEAD',
  url: URL,
  authorization?: string,
): Promise<Answer> {
  const headers: Record<string, string> = method === 'HEAD' ? { accept: MANIFESTS } : {};
  if (authorization !== undefined) headers['authorization'] = authorization;
  const response = await fetch(url, { method, headers, redirect: 'error', signal });
  const text = (await response.text()).slice(0, LARGEST_BODY);
  const challenges = parseChallenges(response.headers.get('www-authenticate') ?? '');
  const type = response.headers.get('content-type') ?? '';
  const isPage = /^text\/html\b/i.test(type) || /^\s*<(!doctype html|html)\b/i.test(text);
  const pauseMs = pauseOf(response.headers.get('retry-after'), now());
  return { status: response.status, challenges, text, isPage, pauseMs };
}

function basicOf({ username, password }: ProbeRequest): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function tokenOf(text: string): string | undefined {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const token = parsed.value['token'] ?? parsed.value['access_token'];
  return typeof token === 'string' && /^[\x21-\x7e]{1,65536}$/.test(token) ? token : undefined;
}
