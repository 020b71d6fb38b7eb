// The HTTP side of the embedded API server: who asks, what for, the answer, and a line in the request log.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { discovery } from './cloud/issuer.ts';
import { discoveryDocument, VERSION } from './discovery.ts';
import type { Lists } from './lists.ts';
import type { Machinery } from './machinery.ts';
import { ANONYMOUS, authorize, authorizePath, type User } from './rbac.ts';
import { requestInfo, type RequestInfo } from './request-info.ts';
import { answerRest, jsonAnswer, PAGE_NOT_FOUND, servedBy, type Answer } from './rest-handler.ts';
import { selectionOf } from './selectors.ts';
import { ApiError } from './status.ts';
import type { WatchHub, WatchRequest } from './watch-hub.ts';

/** One line of the request log. A watch is logged when it starts. */
export interface LoggedRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly code: number;
  readonly query: Readonly<Record<string, string>>;
}

export interface Front {
  readonly machinery: Machinery;
  readonly lists: Lists;
  readonly hub: WatchHub;
  /** By bearer token. */
  readonly users: ReadonlyMap<string, User>;
  readonly requests: LoggedRequest[];
}

/** One request on its way: `user` is anonymous until the token was looked at. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly info: RequestInfo | undefined;
  user: User;
}

const MOST_BODY_BYTES = 3 * 1024 * 1024;
// The real server picks between 30 and 60 minutes.
const WATCH_TIMEOUT_MS = 45 * 60_000;
const HEALTH_PATHS = ['/healthz', '/livez', '/readyz'];

export async function handleRequest(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const info = requestInfo(request.method ?? 'GET', url);
  const exchange: Exchange = { request, response, url, info, user: ANONYMOUS };
  try {
    const body = await readBody(request);
    exchange.user = authenticate(front, request);
    const answer = info?.verb === 'watch' ? startWatch(front, exchange, info) : answerOf(front, exchange, body);
    if (answer) send(front, exchange, answer);
  } catch (thrown) {
    if (!response.destroyed) send(front, exchange, failure(thrown));
  }
}

function authenticate({ users }: Front, request: IncomingMessage): User {
  const { authorization } = request.headers;
  if (authorization === undefined) return ANONYMOUS;
  const user = users.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '');
  if (user) return user;
  throw new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

function answerOf({ machinery, lists }: Front, { request, url, info, user }: Exchange, body: Buffer): Answer {
  if (!info) return plainPath(machinery, user, url.pathname, request.headers.accept);
  authorize(user, info);
  const resource = servedBy(machinery, info);
  if (!resource) return notServedAnswer(info);
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const userAgent = request.headers['user-agent'] ?? '';
  const rest = { info, query: url.searchParams, userName: user.name, userAgent, contentType, body };
  return answerRest(machinery, lists, resource, rest);
}

function plainPath({ notServed, issuer }: Machinery, user: User, path: string, accept = '*/*'): Answer {
  authorizePath(user, path);
  if (HEALTH_PATHS.includes(path)) return { code: 200, contentType: 'text/plain; charset=utf-8', text: 'ok' };
  if (path === '/version') return jsonAnswer(200, VERSION);
  if (path === '/.well-known/openid-configuration') return jsonAnswer(200, discovery(issuer().url));
  if (path === '/openid/v1/jwks') return keysAnswer(JSON.stringify(issuer().jwks), accept);
  const document = discoveryDocument(path, notServed);
  return document ? jsonAnswer(200, document) : PAGE_NOT_FOUND;
}

/** Unlike any other document it is not given to who asks for JSON alone. */
function keysAnswer(text: string, accept: string): Answer {
  const contentType = 'application/jwk-set+json';
  if (accept.includes(contentType) || accept.includes('*/*')) return { code: 200, contentType, text };
  const message = `406: Not Acceptable\n\nAvailable representations: ${contentType}`;
  throw new ApiError({ code: 406, reason: 'NotAcceptable', message, details: {} });
}

/** Undefined when the stream has begun. */
function startWatch(front: Front, exchange: Exchange, info: RequestInfo): Answer | undefined {
  authorize(exchange.user, info);
  const resource = servedBy(front.machinery, info);
  if (!resource) return notServedAnswer(info);
  const { response, url } = exchange;
  const selection = selectionOf(url.searchParams, resource.namespaced ? info.namespace : undefined);
  const request: WatchRequest = { resource, selection, ...timesOf(url.searchParams) };
  log(front, exchange, 200);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const close = front.hub.open(request, { write: (line) => response.write(line), end: () => response.end() });
  response.on('close', close);
  return undefined;
}

function timesOf(query: URLSearchParams): Pick<WatchRequest, 'revision' | 'timeoutMs' | 'wantsBookmarks'> {
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) throw unreadable(version);
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const timeoutMs = seconds > 0 ? seconds * 1000 : WATCH_TIMEOUT_MS;
  const wantsBookmarks = ['1', 'true'].includes(query.get('allowWatchBookmarks') ?? '');
  return { revision: Number(version), timeoutMs, wantsBookmarks };
}

/** A list would answer 400; a watch is not as careful. */
function unreadable(version: string): ApiError {
  const why = `strconv.ParseUint: parsing "${version}": invalid syntax`;
  return new ApiError({ code: 500, reason: '', message: `resourceVersion: Invalid value: "${version}": ${why}` });
}

function send(front: Front, exchange: Exchange, { code, contentType, text }: Answer): void {
  log(front, exchange, code);
  exchange.response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  exchange.response.end(text);
}

function log({ requests }: Front, { info, url, user }: Exchange, code: number): void {
  if (!info) return;
  const { plural, version: _version, ...named } = info;
  requests.push({ user: user.name, resource: plural, ...named, code, query: Object.fromEntries(url.searchParams) });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  if (size <= MOST_BODY_BYTES) return Buffer.concat(chunks);
  const message = `Request entity too large: limit is ${MOST_BODY_BYTES}`;
  throw new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message });
}

function failure(thrown: unknown): Answer {
  if (thrown instanceof ApiError) return jsonAnswer(thrown.code, thrown.body);
  const message = `Internal error occurred: ${thrown instanceof Error ? thrown.message : 'unknown'}`;
  return jsonAnswer(500, new ApiError({ code: 500, reason: 'InternalError', message }).body);
}

// Within a built-in group the server knows that nothing is there; else the path means nothing to anybody.
function notServedAnswer({ group }: RequestInfo): Answer {
  if (group !== '') return PAGE_NOT_FOUND;
  const message = 'the server could not find the requested resource';
  return jsonAnswer(404, new ApiError({ code: 404, reason: 'NotFound', message, details: {} }).body);
}
