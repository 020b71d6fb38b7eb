// A container registry that checks passwords: the challenge, the token endpoint and manifests of the distribution protocol
// (https://distribution.github.io/distribution/spec/auth/token/). Passwords can be changed while it runs; it can take what a
// stub cloud issued, and pass for that cloud's registry.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { loopbackCertificate } from '../certificate.ts';
import { startLoopbackServer } from '../loopback-server.ts';
import { challenge, refuse, refuseLogin, sendJson, sendManifest } from './registry-answers.ts';
import type { Question, Verdict } from './registry-answers.ts';
import { dialectOf } from './registry-dialects.ts';
import type { Dialect, Imitated } from './registry-dialects.ts';

/** Is it a good login, and where a repository is given, may it pull that one? */
export type Acceptor = (username: string, password: string, repository?: string) => boolean;

export interface RegistryOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  /** Basic: the password at every call. Bearer: at the token endpoint, which answers a token for one repository. */
  readonly auth?: 'Basic' | 'Bearer';
  /** The registry whose challenges and refusals it has, in place of `auth`. */
  readonly imitates?: Imitated;
  /** User name -> password. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Logins that are good beside the accounts: those that a cloud issued. */
  readonly accepts?: Acceptor;
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
  readonly dialect: Dialect;
  readonly accounts: Map<string, string>;
  readonly accepts: Acceptor;
  readonly publicRepositories: readonly string[];
  readonly logins: Login[];
  /** Token -> whose it is ('' is nobody's) and the repository it is for. */
  readonly tokens: Map<string, { readonly username: string; readonly repository: string }>;
}

interface LoginVerdict {
  readonly username: string;
  readonly verdict: 'ok' | 'wrong' | 'denied';
}

const MANIFEST_PATH = /^\/v2\/(.+)\/manifests\/([^/]+)$/;

export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const { host = '127.0.0.1', port = 0, auth = 'Bearer', accounts = {}, publicRepositories = [] } = options;
  const state: State = {
    dialect: dialectOf(options.imitates, auth),
    accounts: new Map(Object.entries(accounts)),
    accepts: options.accepts ?? (() => false),
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
  if (url.pathname === state.dialect.tokenPath) answerToken(state, request, response, url);
  else if (repository === undefined && url.pathname !== '/v2/') refuse(response, { status: 404, code: 'NAME_UNKNOWN' });
  else
    answerVerdict(state, response, { verdict: verdictOn(state, request, repository), origin, repository, reference });
}

function answerVerdict(state: State, response: ServerResponse, question: Question): void {
  const { verdict, repository, reference } = question;
  const { dialect } = state;
  if (verdict === 'unauthorized') challenge(dialect, response, question);
  else if (verdict !== 'ok') refuseLogin(dialect, response, question);
  else if (repository === undefined) sendJson(response, 200, {});
  else sendManifest(response, `${repository}:${reference}`);
}

function verdictOn(state: State, request: IncomingMessage, repository: string | undefined): Verdict {
  const { authorization } = request.headers;
  const { auth, passwordIsToken } = state.dialect;
  const isPublic = repository !== undefined && state.publicRepositories.includes(repository);
  if (authorization === undefined) return isPublic && auth === 'Basic' ? 'ok' : 'unauthorized';
  if (auth === 'Basic') return login(state, authorization, repository).verdict;
  const text = /^Bearer (.+)$/.exec(authorization)?.[1] ?? '';
  if (passwordIsToken && state.accepts('BEARER_TOKEN', text, repository)) return 'ok';
  const token = state.tokens.get(text);
  if (!token) return 'unauthorized';
  return repository === undefined || token.repository === repository ? 'ok' : 'denied';
}

function login(state: State, authorization: string, repository: string | undefined): LoginVerdict {
  const text = Buffer.from(/^Basic (.+)$/.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const username = text.slice(0, Math.max(colon, 0));
  const verdict = colon > 0 ? loginVerdict(state, username, text.slice(colon + 1), repository) : 'wrong';
  state.logins.push({ username, isAccepted: verdict !== 'wrong', ...(repository === undefined ? {} : { repository }) });
  return { username, verdict };
}

function loginVerdict(
  { accounts, accepts }: State,
  username: string,
  password: string,
  repository: string | undefined,
): LoginVerdict['verdict'] {
  if (accounts.get(username) === password || accepts(username, password, repository)) return 'ok';
  return accepts(username, password) ? 'denied' : 'wrong';
}

function answerToken(state: State, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const { dialect, tokens } = state;
  const [, repository] = /^repository:(.+):pull$/.exec(url.searchParams.get('scope') ?? '') ?? [];
  const { username, verdict } = tokenHolder(state, request.headers.authorization, repository);
  if (verdict === 'wrong' || (verdict === 'denied' && dialect.deniesTokens)) {
    refuse(response, verdict === 'wrong' ? dialect.wrongLogin : dialect.denied);
    return;
  }
  const token = randomUUID();
  tokens.set(token, { username, repository: verdict === 'ok' ? (repository ?? '') : '' });
  sendJson(response, 200, { token, access_token: token, expires_in: 300 });
}

/** Who gets a token: '' is nobody in particular, which is enough for a public repository. */
function tokenHolder(state: State, authorization: string | undefined, repository: string | undefined): LoginVerdict {
  if (authorization !== undefined) return login(state, authorization, repository);
  const isPublic = repository !== undefined && state.publicRepositories.includes(repository);
  return { username: '', verdict: isPublic ? 'ok' : 'wrong' };
}
