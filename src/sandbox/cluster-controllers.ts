// What kube-controller-manager does that the operator lives with: the "default" ServiceAccount of each namespace, and the
// end of a namespace's deletion. They act after the request that woke them was answered, as the real ones do.
import { DEFAULT_SERVICE_ACCOUNT_NAME, RESOURCE } from '../api/names.ts';
import type { Timer } from '../lib/clock.ts';
import type { ApiObject } from './api-object.ts';
import { deleteObject } from './deletions.ts';
import type { Machinery, WriteCall } from './machinery.ts';
import type { StoreEvent } from './objects.ts';
import { SERVED, servedResource, type ServedResource } from './resources.ts';
import { createObject } from './writes.ts';

export interface ControllerOptions {
  /** How long a namespace stays without its "default" ServiceAccount. */
  readonly serviceAccountDelayMs?: number;
  /** How long a deleted namespace stays Terminating. */
  readonly namespaceDeletionDelayMs?: number;
}

export interface ClusterControllers {
  stop(): void;
}

interface Controllers {
  readonly machinery: Machinery;
  readonly pending: Set<Timer>;
  readonly serviceAccountDelayMs: number;
  readonly namespaceDeletionDelayMs: number;
}

const NAMESPACES = RESOURCE.namespaces.plural;
const SERVICE_ACCOUNTS = RESOURCE.serviceAccounts.plural;

export function startClusterControllers(machinery: Machinery, options: ControllerOptions = {}): ClusterControllers {
  const { serviceAccountDelayMs = 0, namespaceDeletionDelayMs = 0 } = options;
  const controllers = { machinery, pending: new Set<Timer>(), serviceAccountDelayMs, namespaceDeletionDelayMs };
  const { objects } = machinery.store.snapshot(NAMESPACES);
  for (const { metadata } of objects) ensureServiceAccount(controllers, metadata.name);
  const unsubscribe = machinery.store.onEvent((event) => react(controllers, event));
  return { stop: () => stop(controllers, unsubscribe) };
}

function react(controllers: Controllers, { type, plural, object }: StoreEvent): void {
  const { name, namespace = name } = object.metadata;
  if (plural === NAMESPACES && type !== 'DELETED') reactToNamespace(controllers, object);
  if (plural === SERVICE_ACCOUNTS && type === 'DELETED' && name === DEFAULT_SERVICE_ACCOUNT_NAME)
    later(controllers, controllers.serviceAccountDelayMs, () => ensureServiceAccount(controllers, namespace));
  // Whatever leaves a dying namespace may have been the last that held it.
  if (plural !== NAMESPACES && type === 'DELETED' && isTerminating(namespaceOf(controllers, namespace)))
    later(controllers, 0, () => finishDeletion(controllers, namespace));
}

function reactToNamespace(controllers: Controllers, namespace: ApiObject): void {
  const { name } = namespace.metadata;
  const { serviceAccountDelayMs, namespaceDeletionDelayMs } = controllers;
  if (isTerminating(namespace)) later(controllers, namespaceDeletionDelayMs, () => finishDeletion(controllers, name));
  else later(controllers, serviceAccountDelayMs, () => ensureServiceAccount(controllers, name));
}

function ensureServiceAccount({ machinery }: Controllers, namespace: string): void {
  const found = machinery.store.get(NAMESPACES, undefined, namespace);
  if (!found || isTerminating(found)) return;
  if (machinery.store.get(SERVICE_ACCOUNTS, namespace, DEFAULT_SERVICE_ACCOUNT_NAME)) return;
  const call = callAs('serviceaccount-controller', servedResource(RESOURCE.serviceAccounts), namespace);
  createObject(machinery, call, { metadata: { name: DEFAULT_SERVICE_ACCOUNT_NAME } });
}

/** Deletes what is inside, in no order anybody may rely on; the namespace goes when nothing is left and nobody holds it. */
function finishDeletion(controllers: Controllers, name: string): void {
  const namespace = namespaceOf(controllers, name);
  if (!namespace || !isTerminating(namespace)) return;
  const { machinery } = controllers;
  const contents = SERVED.filter(({ namespaced }) => namespaced).map((resource) => emptyOut(machinery, resource, name));
  if (contents.some((remaining) => remaining > 0) || namespace.metadata.finalizers !== undefined) return;
  const finalized = { ...namespace, spec: {} };
  if (machinery.store.get(NAMESPACES, undefined, name)) machinery.store.remove(NAMESPACES, finalized);
}

function emptyOut(machinery: Machinery, resource: ServedResource, namespace: string): number {
  const call = callAs('namespace-controller', resource, namespace);
  const deletions = machinery.store
    .inside(resource.plural, namespace)
    .map(({ metadata }) => deleteObject(machinery, call, metadata.name, { isDryRun: false }));
  return deletions.filter(({ isGone }) => !isGone).length;
}

function namespaceOf({ machinery }: Controllers, name: string): ApiObject | undefined {
  return machinery.store.get(NAMESPACES, undefined, name);
}

function isTerminating(namespace: ApiObject | undefined): boolean {
  return namespace?.metadata.deletionTimestamp !== undefined;
}

function callAs(controller: string, resource: ServedResource, namespace: string): WriteCall {
  const userName = `system:serviceaccount:kube-system:${controller}`;
  return { resource, userName, manager: 'kube-controller-manager', namespace, isDryRun: false };
}

// Without a delay not the clock decides but the event loop: a test's fake clock need not be moved.
function later({ machinery, pending }: Controllers, delayMs: number, run: () => void): void {
  const start = delayMs > 0 ? machinery.clock.after.bind(machinery.clock, delayMs) : afterThisTurn;
  const timer = start(() => {
    pending.delete(timer);
    run();
  });
  pending.add(timer);
}

function afterThisTurn(run: () => void): Timer {
  const handle = setImmediate(run);
  return { cancel: () => clearImmediate(handle) };
}

function stop({ pending }: Controllers, unsubscribe: () => void): void {
  unsubscribe();
  for (const timer of pending) timer.cancel();
  pending.clear();
}
