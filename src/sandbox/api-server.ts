// The embedded API server: what it is made of, and the switches a test or the demo has. It does what the contract suite
// proves on a real kube-apiserver, and nothing kinder.
import { randomUUID } from 'node:crypto';

import { RESOURCE, type Resource } from '../api/names.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { loopbackCertificate } from './certificate.ts';
import { createIssuer, type Issuer } from './cloud/issuer.ts';
import { FENCE_POLICY_NAMES, isUser, type Fence } from './fence.ts';
import { handleRequest, type Front, type LoggedRequest } from './http-front.ts';
import { installedKinds } from './kind-rules.ts';
import { Lists } from './lists.ts';
import { startLoopbackServer, type LoopbackServer } from './loopback-server.ts';
import type { KindRules, Machinery, WriteCall } from './machinery.ts';
import { ObjectStore } from './objects.ts';
import { MASTERS_GROUP, type Rule, type User } from './rbac.ts';
import { BINDINGS, POLICIES, servedResource } from './resources.ts';
import { WatchHub } from './watch-hub.ts';
import { createObject } from './writes.ts';

export type { LoggedRequest } from './http-front.ts';

export interface ApiServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly clock?: Clock;
  readonly bookmarkIntervalMs?: number;
  /** By plural; absent: those of the installed CRDs. */
  readonly kindRules?: ReadonlyMap<string, KindRules>;
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
  /** Every request of a resource, oldest first; empty it with `length = 0`. */
  readonly requests: LoggedRequest[];
  readonly machinery: Machinery;
  /** Signs the tokens of ServiceAccounts; its URL is the server's own, where discovery and keys are served. */
  issuer(): Issuer;
  addUser(user: NewUser): void;
  /** Its token answers 401 from now on. */
  removeUser(token: string): void;
  /** Puts the policies' objects in place (their kinds are served from then on); it acts as long as they are there. */
  addFence(fence: Fence): void;
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

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const BOOKMARK_INTERVAL_MS = 60_000;

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  let issuer: Issuer | undefined;
  let issuerUrl = '';
  const front = newFront(options, () => (issuer ??= createIssuer(issuerUrl)));
  const adminToken = randomUUID();
  front.users.set(adminToken, { name: 'admin', groups: [MASTERS_GROUP, 'system:authenticated'], rules: [] });
  for (const name of FIRST_NAMESPACES) createNamespace(front.machinery, name);
  const certificate = options.tls ? loopbackCertificate(new Date()) : undefined;
  const { host = '127.0.0.1', port = 0 } = options;
  const listening = await startLoopbackServer(
    { host, port, ...(certificate ? { certificate } : {}) },
    (request, response) => {
      void handleRequest(front, request, response);
    },
  );
  issuerUrl = listening.url;
  const access = { url: listening.url, adminToken, ...(certificate ? { ca: certificate.cert } : {}) };
  return {
    ...access,
    requests: front.requests,
    machinery: front.machinery,
    issuer: front.machinery.issuer,
    ...switches(front),
    stop: () => stop(front, listening),
  };
}

interface OwnFront extends Front {
  readonly users: Map<string, User>;
}

function newFront(
  { clock = systemClock, bookmarkIntervalMs, kindRules = installedKinds() }: ApiServerOptions,
  issuer: () => Issuer,
): OwnFront {
  const store = new ObjectStore();
  const machinery = {
    store,
    clock,
    kindRules,
    notServed: new Set<string>([POLICIES.plural, BINDINGS.plural]),
    secretQuotas: new Map(),
    fences: new Set<Fence>(),
    issuer,
  };
  const hub = new WatchHub(store, clock, bookmarkIntervalMs ?? BOOKMARK_INTERVAL_MS);
  return { machinery, lists: new Lists(store), hub, users: new Map(), requests: [] };
}

type Switches = Omit<ApiServer, 'url' | 'adminToken' | 'ca' | 'requests' | 'machinery' | 'issuer' | 'stop'>;

function switches({ machinery, lists, hub, users }: OwnFront): Switches {
  const { store, notServed, secretQuotas, fences } = machinery;
  return {
    addUser: ({ token, name, groups = [], rules = [] }) => {
      users.set(token, { name, groups: [...groups, 'system:authenticated'], rules });
    },
    removeUser: (token) => {
      users.delete(token);
    },
    addFence: (fence) => {
      fences.add(fence);
      for (const { plural } of [POLICIES, BINDINGS]) notServed.delete(plural);
      for (const name of FENCE_POLICY_NAMES) createPolicy(machinery, name, fence.userName);
    },
    setSecretQuota: (namespace, limit) => {
      if (limit === undefined) secretQuotas.delete(namespace);
      else secretQuotas.set(namespace, limit);
    },
    setServed: (plural, isServed) => {
      if (isServed) notServed.delete(plural);
      else notServed.add(plural);
      if (!isServed) hub.endAll(plural);
    },
    expireHistory: () => {
      store.compact();
      lists.forgetSnapshots();
    },
    endWatches: (plural) => hub.endAll(plural),
    sendBookmarks: () => hub.sendBookmarks(),
  };
}

function createNamespace(machinery: Machinery, name: string): void {
  createObject(machinery, ownCall(RESOURCE.namespaces), { metadata: { name } });
}

// Of the spec only whom it is around, and what people look at: the rules themselves are in fence.ts.
function createPolicy(machinery: Machinery, name: string, userName: string): void {
  const matchConditions = [{ name: 'operator', expression: isUser(userName) }];
  createObject(machinery, ownCall(POLICIES), { metadata: { name }, spec: { failurePolicy: 'Fail', matchConditions } });
  const binding = { policyName: name, validationActions: ['Deny'] };
  createObject(machinery, ownCall(BINDINGS), { metadata: { name }, spec: binding });
}

function ownCall(resource: Resource): WriteCall {
  const isDryRun = false;
  return { resource: servedResource(resource), userName: 'system:apiserver', manager: 'kube-apiserver', isDryRun };
}

async function stop({ hub }: Front, listening: LoopbackServer): Promise<void> {
  hub.endAll();
  await listening.stop();
}
