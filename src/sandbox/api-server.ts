// The embedded API server: authentication, authorisation and HTTP around the parts beside this file. It does what the
// contract suite proves on a real kube-apiserver, and nothing kinder.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { RESOURCE } from '../api/names.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { loopbackCertificate } from './certificate.ts';
import { discoveryDocument, VERSION } from './discovery.ts';
import type { Fence } from './fence.ts';
import { Lists } from './lists.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { KindRules, Machinery } from './machinery.ts';
import { ObjectStore } from './objects.ts';
import { ANONYMOUS, authorize, authorizePath, MASTERS_GROUP, type Rule, type User } from './rbac.ts';
import { requestInfo, type RequestInfo } from './request-info.ts';
import { findServed } from './resources.ts';
import { answerRest, jsonAnswer, PAGE_NOT_FOUND, servedBy, type Answer, type RestRequest } from './rest-handler.ts';
import { selectionOf } from './selectors.ts';
import { ApiError } from './status.ts';
import { WatchHub } from './watch-hub.ts';
import { createObject } from './writes.ts';

export interface ApiServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly clock?: Clock;
  readonly bookmarkIntervalMs?: number;
  /** By plural: the rules of kinds that CRDs define. */
  readonly kindRules?: ReadonlyMap<string, KindRules>;
}

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

export interface NewUser {
  readonly token: string;
  readonly name: string;
  readonly groups?: readonly string[];
  readonly rules?: readonly Rule[];
}

export interface ApiServer {
  readonly url: string;
  readonly adminToken: string;
  /** PEM; there when the server speaks TLS. */
  readonly ca?: string;
  readonly requests: LoggedRequest[];
  readonly store: ObjectStore;
  addUser(user: NewUser): void;
  removeUser(token: string): void;
  addFence(fence: Fence): void;
  removeFences(): void;
  /** How many Secrets the namespace's quota allows; undefined removes it. */
  setSecretQuota(namespace: string, limit: number | undefined): void;
  /** A kind that is not served answers "404 page not found", as without its CRD. */
  setServed(plural: string, isServed: boolean): void;
  /** Compaction: watches from older versions and older continue tokens answer 410. */
  expireHistory(): void;
  /** Ends watch streams cleanly, as their timeout would. */
  endWatches(plural?: string): void;
  sendBookmarks(): void;
  stop(): Promise<void>;
}

const MOST_BODY_BYTES = 3 * 1024 * 1024;
const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const BOOKMARK_INTERVAL_MS = 60_000;
// The real server picks between 30 and 60 minutes.
const WATCH_TIMEOUT_MS = 45 * 60_000;

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const clock = options.clock ?? systemClock;
  const server = new EmbeddedServer(clock, options);
  const certificate = options.tls ? loopbackCertificate(new Date()) : undefined;
  const address = {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    ...(certificate ? { certificate } : {}),
  };
  const listening = await startLoopbackServer(address, (request, response) => void server.handle(request, response));
  return server.controls(listening.url, certificate?.cert, () => listening.stop());
}

class EmbeddedServer {
  readonly #machinery: Machinery;
  readonly #lists: Lists;
  readonly #hub: WatchHub;
  readonly #users = new Map<string, User>();
  readonly #requests: LoggedRequest[] = [];

  constructor(clock: Clock, { bookmarkIntervalMs = BOOKMARK_INTERVAL_MS, kindRules = new Map() }: ApiServerOptions) {
    const store = new ObjectStore();
    this.#machinery = { store, clock, kindRules, notServed: new Set(), secretQuotas: new Map(), fences: new Set() };
    this.#lists = new Lists(store);
    this.#hub = new WatchHub(store, clock, bookmarkIntervalMs);
    for (const name of FIRST_NAMESPACES) this.#createNamespace(name);
  }

  controls(url: string, ca: string | undefined, stop: () => Promise<void>): ApiServer {
    const { store, notServed, secretQuotas, fences } = this.#machinery;
    const adminToken = randomUUID();
    this.#users.set(adminToken, { name: 'admin', groups: [MASTERS_GROUP, 'system:authenticated'], rules: [] });
    return {
      url,
      adminToken,
      ...(ca === undefined ? {} : { ca }),
      requests: this.#requests,
      store,
      addUser: ({ token, name, groups = [], rules = [] }) =>
        void this.#users.set(token, { name, groups: [...groups, 'system:authenticated'], rules }),
      removeUser: (token) => void this.#users.delete(token),
      addFence: (fence) => void fences.add(fence),
      removeFences: () => fences.clear(),
      setSecretQuota: (namespace, limit) =>
        void (limit === undefined ? secretQuotas.delete(namespace) : secretQuotas.set(namespace, limit)),
      setServed: (plural, isServed) => {
        if (isServed) notServed.delete(plural);
        else notServed.add(plural);
        if (!isServed) this.#hub.endAll(plural);
      },
      expireHistory: () => {
        store.compact();
        this.#lists.forgetSnapshots();
      },
      endWatches: (plural) => this.#hub.endAll(plural),
      sendBookmarks: () => this.#hub.sendBookmarks(),
      stop: async () => {
        this.#hub.endAll();
        await stop();
      },
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const info = requestInfo(request.method ?? 'GET', url);
    try {
      const body = await readBody(request);
      const user = this.#authenticate(request);
      if (info?.verb === 'watch') return this.#watch({ info, url, user, response });
      this.#finish(response, { info, url, user }, this.#answer({ request, url, info, user, body }));
    } catch (thrown) {
      const user = this.#users.get(tokenOf(request)) ?? ANONYMOUS;
      this.#finish(response, { info, url, user }, failure(thrown));
    }
  }

  #answer({ request, url, info, user, body }: Incoming): Answer {
    if (!info) return this.#plainPath(user, url.pathname);
    authorize(user, info);
    const resource = servedBy(this.#machinery, info);
    if (!resource) return notServedAnswer(info);
    const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
    const userAgent = request.headers['user-agent'] ?? '';
    const rest: RestRequest = { info, query: url.searchParams, userName: user.name, userAgent, contentType, body };
    return answerRest(this.#machinery, this.#lists, resource, rest);
  }

  #plainPath(user: User, path: string): Answer {
    authorizePath(user, path);
    if (['/healthz', '/livez', '/readyz'].includes(path)) return { ...PAGE_NOT_FOUND, code: 200, text: 'ok' };
    if (path === '/version') return jsonAnswer(200, VERSION);
    const document = discoveryDocument(path, this.#machinery.notServed);
    return document ? jsonAnswer(200, document) : PAGE_NOT_FOUND;
  }

  #watch({ info, url, user, response }: { info: RequestInfo; url: URL; user: User; response: ServerResponse }): void {
    authorize(user, info);
    const resource = servedBy(this.#machinery, info);
    if (!resource) return this.#finish(response, { info, url, user }, notServedAnswer(info));
    const query = url.searchParams;
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const stop = this.#open(response, {
      resource,
      selection: selectionOf(query, info.namespace),
      revision: revisionOf(query),
      timeoutMs: seconds > 0 ? seconds * 1000 : WATCH_TIMEOUT_MS,
      wantsBookmarks: ['1', 'true'].includes(query.get('allowWatchBookmarks') ?? ''),
    });
    this.#log({ info, url, user }, 200);
    response.on('close', stop);
  }

  #open(response: ServerResponse, request: Parameters<WatchHub['open']>[0]): () => void {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    return this.#hub.open(request, { write: (line) => response.write(line), end: () => response.end() });
  }

  #authenticate(request: IncomingMessage): User {
    if (request.headers.authorization === undefined) return ANONYMOUS;
    const user = this.#users.get(tokenOf(request));
    if (user) return user;
    throw new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  }

  #finish(response: ServerResponse, seen: Seen, { code, contentType, text }: Answer): void {
    this.#log(seen, code);
    response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
    response.end(text);
  }

  #log({ info, url, user }: Seen, code: number): void {
    if (!info) return;
    const { verb, group, plural, namespace, name, subresource } = info;
    this.#requests.push({
      user: user.name,
      verb,
      group,
      resource: plural,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
      code,
      query: Object.fromEntries(url.searchParams),
    });
  }

  #createNamespace(name: string): void {
    const resource = findServed('', 'v1', RESOURCE.namespaces.plural);
    if (!resource) throw new Error('Cannot create namespaces: the kind is not served');
    const call = { resource, userName: 'system:apiserver', manager: 'kube-apiserver', isDryRun: false };
    createObject(this.#machinery, call, { metadata: { name } });
  }
}

interface Seen {
  readonly info: RequestInfo | undefined;
  readonly url: URL;
  readonly user: User;
}

interface Incoming extends Seen {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

function tokenOf(request: IncomingMessage): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
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
  const error = new ApiError({ code: 500, reason: 'InternalError', message });
  return jsonAnswer(error.code, error.body);
}

// Within a built-in group the server knows that nothing is there; else the path means nothing to anybody.
function notServedAnswer({ group }: RequestInfo): Answer {
  if (group !== '') return PAGE_NOT_FOUND;
  const message = 'the server could not find the requested resource';
  return jsonAnswer(404, new ApiError({ code: 404, reason: 'NotFound', message, details: {} }).body);
}

function revisionOf(query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? '';
  if (/^\d*$/.test(text)) return Number(text);
  const message = `Invalid value: "${text}": resourceVersion`;
  throw new ApiError({ code: 400, reason: 'BadRequest', message });
}
