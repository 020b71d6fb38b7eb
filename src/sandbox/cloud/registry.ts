// A container registry that checks passwords: the challenge, the token endpoint and manifests of the distribution protocol
// (https://distribution.github.io/distribution/spec/auth/token/). Passwords can be changed while it runs.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { loopbackCertificate } from '../certificate.ts';
import { startLoopbackServer } from '../loopback-server.ts';

export interface RegistryOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  /** Basic: the password at every call. Bearer: at the token endpoint, which answers a token for one repository. */
  readonly auth?: 'Basic' | 'Bearer';
  /** User name -> password. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Repositories that anybody may pull. */
  readonly publicRepositories?: readonly string[];
}

/** A user name and a password arrived. */
export interface Login {
  readonly username: string;
  readonly isAccepted: boolean;
  /** Absent for a bare login at /v2/. */
  readonly repository?: string;
}

export interface Registry {
  readonly url: string;
  /** As it stands in image names: host:port. */
  readonly host: string;
  readonly ca?: string;
  readonly logins: Login[];
  /** Rotation: the old password ends at once, and with it the tokens it got. */
  setPassword(username: string, password: string): void;
  removeAccount(username: string): void;
  stop(): Promise<void>;
}

interface State {
  readonly auth: 'Basic' | 'Bearer';
  readonly accounts: Map<string, string>;
  readonly publicRepositories: readonly string[];
  readonly logins: Login[];
  /** Token -> whose it is ('' is nobody's) and the repository it is for. */
  readonly tokens: Map<string, { readonly username: string; readonly repository: string }>;
}

type Verdict = 'ok' | 'unauthorized' | 'denied';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST_PATH = /^\/v2\/(.+)\/manifests\/([^/]+)$/;

export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const { host = '127.0.0.1', port = 0, auth = 'Bearer', accounts = {}, publicRepositories = [] } = options;
  const state: State = {
    auth,
    accounts: new Map(Object.entries(accounts)),
    publicRepositories,
    logins: [],
    tokens: new Map(),
  };
  const certificate = options.tls ? loopbackCertificate(new Date()) : undefined;
  const server = await startLoopbackServer(
    { host, port, ...(certificate ? { certificate } : {}) },
    (request, response) => answer(state, request, response),
  );
  return {
    url: server.url,
    host: `${host}:${server.port}`,
    ...(certificate ? { ca: certificate.cert } : {}),
    logins: state.logins,
    setPassword: (username, password) => {
      state.accounts.set(username, password);
      forgetTokens(state, username);
    },
    removeAccount: (username) => {
      state.accounts.delete(username);
      forgetTokens(state, username);
    },
    stop: () => server.stop(),
  };
}

function forgetTokens({ tokens }: State, username: string): void {
  for (const [token, owner] of tokens) if (owner.username === username) tokens.delete(token);
}

function answer(state: State, request: IncomingMessage, response: ServerResponse): void {
  const origin = `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? ''}`;
  const url = new URL(request.url ?? '/', origin);
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  const [, repository, reference = ''] = MANIFEST_PATH.exec(url.pathname) ?? [];
  if (url.pathname === '/token') answerToken(state, request, response, url);
  else if (repository === undefined && url.pathname !== '/v2/') refuse(response, 404, 'NAME_UNKNOWN');
  else
    answerVerdict(state, response, { verdict: verdictOn(state, request, repository), origin, repository, reference });
}

interface Question {
  readonly verdict: Verdict;
  readonly origin: string;
  /** Undefined: a bare login at /v2/. */
  readonly repository: string | undefined;
  readonly reference: string;
}

function answerVerdict(state: State, response: ServerResponse, question: Question): void {
  const { verdict, origin, repository, reference } = question;
  if (verdict === 'unauthorized') challenge(state, response, origin, repository);
  else if (verdict === 'denied') refuse(response, 403, 'DENIED');
  else if (repository === undefined) sendJson(response, 200, {});
  else sendManifest(response, `${repository}:${reference}`);
}

function verdictOn(state: State, request: IncomingMessage, repository: string | undefined): Verdict {
  const { authorization } = request.headers;
  const isPublic = repository !== undefined && state.publicRepositories.includes(repository);
  if (authorization === undefined) return isPublic && state.auth === 'Basic' ? 'ok' : 'unauthorized';
  if (state.auth === 'Basic') return login(state, authorization, repository) === undefined ? 'unauthorized' : 'ok';
  const token = state.tokens.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '');
  if (!token) return 'unauthorized';
  return repository === undefined || token.repository === repository ? 'ok' : 'denied';
}

/** The user's name; undefined when the password is wrong. */
function login({ accounts, logins }: State, authorization: string, repository: string | undefined): string | undefined {
  const text = Buffer.from(/^Basic (.+)$/.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const username = text.slice(0, Math.max(colon, 0));
  const isAccepted = colon > 0 && accounts.get(username) === text.slice(colon + 1);
  logins.push({ username, isAccepted, ...(repository === undefined ? {} : { repository }) });
  return isAccepted ? username : undefined;
}

function answerToken(state: State, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const [, repository] = /^repository:(.+):pull$/.exec(url.searchParams.get('scope') ?? '') ?? [];
  const username = tokenHolder(state, request.headers.authorization, repository);
  if (username === undefined) {
    refuse(response, 401, 'UNAUTHORIZED');
    return;
  }
  const token = randomUUID();
  state.tokens.set(token, { username, repository: repository ?? '' });
  sendJson(response, 200, { token, access_token: token, expires_in: 300 });
}

/** Who gets a token: '' is nobody in particular, which is enough for a public repository. */
function tokenHolder(
  state: State,
  authorization: string | undefined,
  repository: string | undefined,
): string | undefined {
  if (authorization !== undefined) return login(state, authorization, repository);
  return repository !== undefined && state.publicRepositories.includes(repository) ? '' : undefined;
}

function challenge({ auth }: State, response: ServerResponse, origin: string, repository: string | undefined): void {
  const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
  const bearer = `Bearer realm="${origin}/token",service="sandbox registry"${scope}`;
  response.setHeader('WWW-Authenticate', auth === 'Basic' ? 'Basic realm="sandbox registry"' : bearer);
  refuse(response, 401, 'UNAUTHORIZED');
}

// Every image exists: what is tried here is who may pull, not what is stored.
function sendManifest(response: ServerResponse, image: string): void {
  const digest = `sha256:${createHash('sha256').update(image).digest('hex')}`;
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
  const text = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [] });
  response.setHeader('Docker-Content-Digest', `sha256:${createHash('sha256').update(text).digest('hex')}`);
  response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function refuse(response: ServerResponse, code: number, error: string): void {
  sendJson(response, code, {
    errors: [{ code: error, message: error.toLowerCase().replaceAll('_', ' '), detail: null }],
  });
}

function sendJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
