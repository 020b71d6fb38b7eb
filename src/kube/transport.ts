// The client of the API server: verbs of client.ts on top of caller.ts, one pool of connections for all and one for the Lease.
import { OPERATOR_NAME } from '../api/names.ts';
import type { Resource } from '../api/names.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { silentLogger } from '../lib/logger.ts';
import type { TransportMetrics } from '../lib/metrics-port.ts';
import { silentMetrics } from '../lib/metrics-port.ts';
import type { Caller, CallSpec } from './caller.ts';
import { createCaller, errorOf, errorOfWire } from './caller.ts';
import type {
  KubeClient,
  KubeObject,
  ListOptions,
  ListPage,
  Seen,
  Version,
  WatchEvent,
  WatchOptions,
} from './client.ts';
import { KubeError } from './client.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createConnections } from './connections.ts';
import { BadLineError, jsonLines } from './json-lines.ts';
import { versionIn } from './known-line.ts';
import type { Query, Target } from './paths.ts';
import { describeRequest, pathOf, targetOf } from './paths.ts';
import { noPause, createPause } from './pause.ts';
import { errorOfStatus, parseObject } from './status-errors.ts';
import { WireError } from './wire.ts';

export interface KubeClientOptions {
  readonly cluster: ClusterConfig;
  /** The write fence, asked for every write when its connection stands. */
  readonly mayWrite: () => boolean;
  readonly clock: Clock;
  /** "regcred-operator/VERSION (os/arch)". */
  readonly userAgent?: string;
  readonly logger?: Logger;
  readonly metrics?: TransportMetrics;
  readonly deadlineMs?: number;
  /** How many calls run at the same time; the others wait. */
  readonly sockets?: number;
  readonly random?: () => number;
}

export interface KubeConnection {
  readonly client: KubeClient;
  /** For the Lease alone: own connections, a deadline of 5 s, neither fenced nor paused. */
  readonly leaseClient: KubeClient;
  /** How long every answer has been a 401: readiness ends after two minutes of it. */
  readonly unauthorizedForMs: () => number;
  /** Ends all connections, also those in use. */
  readonly close: () => void;
}

const defaultUserAgent = `${OPERATOR_NAME} (${process.platform}/${process.arch})`;
const DEADLINE_MS = 30_000;
const LEASE_DEADLINE_MS = 5_000;
const SOCKETS = 18;
const LEASE_SOCKETS = 2;
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const MERGE_PATCH = 'application/merge-patch+json';
const WRITE: Query = { fieldManager: OPERATOR_NAME };

export function createKubeClient(options: KubeClientOptions): KubeConnection {
  const { cluster, clock, mayWrite, logger = silentLogger, metrics = silentMetrics, random = Math.random } = options;
  const userAgent = options.userAgent ?? defaultUserAgent;
  const shared = { cluster, clock, userAgent, metrics, logger, random };
  const pause = createPause(clock, (forMs) => logger.warn('API server asks to wait', { forMs }));
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const sockets = options.sockets ?? SOCKETS;
  const connections = createConnections(cluster.server, { clock, sockets, connectMs: deadlineMs });
  const leaseConnections = createConnections(cluster.server, {
    clock,
    sockets: LEASE_SOCKETS,
    connectMs: LEASE_DEADLINE_MS,
  });
  const caller = createCaller({ ...shared, connections, pause, deadlineMs, mayWrite });
  const leaseCaller = createCaller({
    ...shared,
    connections: leaseConnections,
    pause: noPause,
    deadlineMs: LEASE_DEADLINE_MS,
    mayWrite: () => true,
  });
  return {
    client: clientOver(caller),
    leaseClient: clientOver(leaseCaller),
    unauthorizedForMs: caller.unauthorizedForMs,
    close() {
      connections.close();
      leaseConnections.close();
    },
  };
}

function clientOver(caller: Caller): KubeClient {
  return {
    get: (ref, { signal } = {}) => callForObject(caller, { ...read('get', targetOf(ref)), signal }),
    list: (resource, options = {}) => list(caller, resource, options),
    watch: (resource, options) => watch(caller, resource, options),
    create: (resource, namespace, body, { signal, dryRun } = {}) => {
      const query = { ...WRITE, dryRun: dryRun ? 'All' : undefined };
      const spec = write('POST', { target: { resource, namespace }, query, body, name: nameIn(body) });
      return callForObject(caller, { ...spec, signal });
    },
    requestToken: (ref, body, { signal } = {}) =>
      callForObject(caller, { ...write('POST', { target: targetOf(ref, 'token'), body }), signal }),
    patch: (ref, seen, body, { signal, subresource } = {}) => {
      const target = targetOf(ref, subresource);
      const spec = write('PATCH', { target, query: WRITE, body: seen ? withSeen(body, seen) : body });
      return callForObject(caller, { ...spec, contentType: MERGE_PATCH, signal });
    },
    replace: (ref, body, { signal } = {}) =>
      callForObject(caller, { ...write('PUT', { target: targetOf(ref), query: WRITE, body }), signal }),
    delete: async (ref, seen, { signal } = {}) => {
      await caller.call({ ...write('DELETE', { target: targetOf(ref), body: deleteOptions(seen) }), signal });
    },
  };
}

async function list(caller: Caller, resource: Resource, options: ListOptions): Promise<ListPage> {
  const { namespace, fieldSelector, labelSelector, limit, continueToken, signal } = options;
  const query = { limit, continue: continueToken, fieldSelector, labelSelector };
  const request = describeRequest('list', { resource, namespace, name: nameSelectedBy(fieldSelector) });
  const spec = { ...read('list', { resource, namespace }, query), request, maxBytes: MAX_PAGE_BYTES, signal };
  const page = parseAnswer(spec, await caller.call(spec));
  const metadata = page['metadata'] as { resourceVersion?: unknown; continue?: unknown } | null | undefined;
  const items = page['items'];
  const resourceVersion = metadata?.resourceVersion;
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw malformed(spec, 'the answer is no list');
  }
  const next = metadata?.continue;
  const hasMore = typeof next === 'string' && next !== '';
  return { resourceVersion, items: items as KubeObject[], ...(hasMore ? { continueToken: next } : {}) };
}

async function* watch(caller: Caller, resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { namespace, fieldSelector, resourceVersion, timeoutSeconds, signal, onOpen, isKnown } = options;
  const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds, fieldSelector };
  const request = describeRequest('watch', { resource, namespace, name: nameSelectedBy(fieldSelector) });
  const spec = { ...read('watch', { resource, namespace }, query), request, signal };
  const open = await caller.open(spec);
  try {
    onOpen?.();
    const instead = (line: Buffer): KnownEvent | undefined => knownEvent(line, isKnown);
    for await (const line of jsonLines(open.body, { instead })) yield eventOf(spec, line);
  } catch (thrown) {
    if (thrown instanceof KubeError) throw thrown;
    if (thrown instanceof BadLineError) throw malformed(spec, thrown.message);
    throw thrown instanceof WireError ? errorOfWire(spec, thrown) : thrown;
  } finally {
    open.close();
  }
}

/** A class, since a line of the server may say anything. */
class KnownEvent {
  readonly type = 'KNOWN';
  readonly resourceVersion: string;
  constructor({ resourceVersion }: Version) {
    this.resourceVersion = resourceVersion;
  }
}

function knownEvent(line: Buffer, isKnown: WatchOptions['isKnown']): KnownEvent | undefined {
  const version = isKnown && versionIn(line);
  return version && isKnown(version) ? new KnownEvent(version) : undefined;
}

function eventOf(spec: CallSpec, line: unknown): WatchEvent {
  if (line instanceof KnownEvent) return line;
  const { type, object } = (line ?? {}) as { type?: unknown; object?: unknown };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object: object as KubeObject };
    case 'ERROR':
      return { type, error: errorOfEvent(spec, object) };
    default:
      throw malformed(spec, 'an event of no known type');
  }
}

function errorOfEvent(spec: CallSpec, status: unknown): KubeError {
  const code = (status as { code?: unknown } | null | undefined)?.code;
  const asked = { request: spec.request, isWrite: false, name: undefined, namespaced: spec.namespaced };
  return errorOfStatus(status, { status: typeof code === 'number' ? code : 500, asked });
}

/** RBAC asks for this name where rules name objects, so that errors must say it. */
function nameSelectedBy(fieldSelector: string | undefined): string | undefined {
  return /^metadata\.name=(.+)$/.exec(fieldSelector ?? '')?.[1];
}

function read(verb: string, target: Target, query: Query = {}): CallSpec {
  return {
    method: 'GET',
    request: describeRequest(verb, target),
    path: pathOf(target, query),
    name: target.name,
    namespaced: target.resource.namespaced,
  };
}

const VERB = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' } as const;

interface Write {
  readonly target: Target;
  readonly body: object;
  readonly query?: Query;
  readonly name?: string | undefined;
}

function write(method: keyof typeof VERB, { target, body, query = {}, name = target.name }: Write): CallSpec {
  return {
    method,
    request: describeRequest(VERB[method], { ...target, name }),
    path: pathOf(target, query),
    name,
    namespaced: target.resource.namespaced,
    body: JSON.stringify(body),
  };
}

function nameIn(body: object): string | undefined {
  const name = (body as { metadata?: { name?: unknown } }).metadata?.name;
  return typeof name === 'string' ? name : undefined;
}

/** The patch with what was seen: uid and resourceVersion make it conditional. */
function withSeen(body: object, { uid, resourceVersion }: Seen): object {
  const metadata = (body as { metadata?: object }).metadata;
  return { ...body, metadata: { ...metadata, uid, resourceVersion } };
}

function deleteOptions({ uid, resourceVersion }: Seen): object {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
}

async function callForObject(caller: Caller, spec: CallSpec): Promise<KubeObject> {
  const answer = parseAnswer(spec, await caller.call(spec));
  if (typeof answer['metadata'] !== 'object' || answer['metadata'] === null)
    throw malformed(spec, 'the answer is no object');
  return answer as KubeObject;
}

function parseAnswer(spec: CallSpec, body: Buffer): Readonly<Record<string, unknown>> {
  const parsed = parseObject(body.toString('utf8'));
  if (!parsed) throw malformed(spec, 'the answer is no JSON object');
  return parsed;
}

function malformed(spec: CallSpec, detail: string): KubeError {
  return errorOf(spec, 'Malformed', { detail });
}
