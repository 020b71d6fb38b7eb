// Keeps a store equal to the cluster: a paged list, then a watch from there, again and again until the signal aborts.
import type { Resource } from '../api/names.ts';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import { nameOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { silentLogger } from '../lib/logger.ts';
import type { WatchMetrics } from '../lib/metrics-port.ts';
import { silentMetrics } from '../lib/metrics-port.ts';
import type { KubeClient, KubeObject, Version, WatchEvent } from './client.ts';
import { isKubeError, KubeError } from './client.ts';
import type { ListGate } from './list-gate.ts';
import { listAll } from './paged-list.ts';
import type { Storable, Store } from './store.ts';
import { storeKey } from './store.ts';
import { createWatchBackoff } from './watch-backoff.ts';
import type { RestartCause, Step } from './watch-end.ts';
import { afterWatch } from './watch-end.ts';
import { createWatchdog } from './watchdog.ts';

export interface ReflectorOptions<T extends Storable> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly namespace?: string;
  /** The one way to watch by name where RBAC names names: `metadata.name=NAME`. */
  readonly fieldSelector?: string;
  readonly store: Store<T>;
  readonly slim: (object: KubeObject) => T;
  readonly clock: Clock;
  /** Shared by all reflectors. */
  readonly listGate: ListGate;
  readonly metrics?: WatchMetrics;
  readonly logger?: Logger;
  readonly random?: () => number;
}

export interface ReflectorState {
  readonly synced: boolean;
  /** Why the last list or watch failed; undefined once one works again. */
  readonly lastError?: KubeError;
  /** When the last event or bookmark came, or the last list. */
  readonly lastEventAt?: Date;
  /** Monotonic: since when the API server serves the kind, as far as was asked; absent: it does not. */
  readonly servedSinceMs?: number;
  /** Objects that could not be read, since the start. */
  readonly badObjects: number;
}

export interface Reflector {
  /** Ends only when the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the first whole list is in the store. */
  readonly synced: Promise<void>;
  state(): ReflectorState;
}

const WATCH_SECONDS = { least: 300, most: 600 };

export function createReflector<T extends Storable>(options: ReflectorOptions<T>): Reflector {
  const { client, resource, namespace, fieldSelector, store, clock, listGate } = options;
  const { metrics = silentMetrics, logger = silentLogger, random = Math.random } = options;
  const scope = { ...(namespace === undefined ? {} : { namespace }), ...(fieldSelector ? { fieldSelector } : {}) };
  const backoff = createWatchBackoff({ clock, random });
  const watchdog = createWatchdog(clock);
  let resourceVersion: string | undefined; // undefined: a list must come first
  let failures = 0; // attempts in a row that gave nothing
  let badObjects = 0;
  let lastError: KubeError | undefined;
  let lastEventAt: Date | undefined;
  let servedSinceMs: number | undefined;

  const noteLife = (): void => {
    lastEventAt = clock.now();
    lastError = undefined;
    failures = 0;
  };

  /** One bad object stays one: it is counted, and what is known of it stays. */
  function cutDown(object: KubeObject): T | undefined {
    try {
      return options.slim(object);
    } catch (error) {
      badObjects++;
      logger.warn('Cannot read an object of the API server', { resource: resource.plural, error: nameOf(error) });
      return undefined;
    }
  }

  function cutDownOrKeep(object: KubeObject): T | undefined {
    const known = (): T | undefined => {
      const { namespace: inNamespace, name } = (object as Partial<KubeObject> | null)?.metadata ?? {};
      return name === undefined ? undefined : store.get(storeKey(inNamespace, name));
    };
    return cutDown(object) ?? known();
  }

  async function list(signal: AbortSignal): Promise<void> {
    const whole = await listGate.run(() => {
      signal.throwIfAborted();
      return listAll({ client, resource, ...scope, slim: cutDownOrKeep, signal });
    });
    store.replace(whole.items);
    resourceVersion = whole.resourceVersion;
    metrics.storeObjects(resource.plural, store.size);
    servedSinceMs ??= clock.monotonicMs();
    noteLife();
  }

  function take(event: WatchEvent): void {
    if (event.type === 'ERROR') throw event.error;
    watchdog.fed(event.type === 'BOOKMARK');
    noteLife();
    if (event.type === 'KNOWN') {
      metrics.lastEvent(resource.plural, clock.now());
      resourceVersion = event.resourceVersion;
      return;
    }
    const metadata = (event.object as Partial<KubeObject> | undefined)?.metadata;
    if (!metadata?.resourceVersion) {
      if (event.type !== 'BOOKMARK') badObjects++;
      return;
    }
    if (event.type !== 'BOOKMARK') takeObject(event.type, event.object);
    resourceVersion = metadata.resourceVersion;
  }

  function takeObject(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    metrics.lastEvent(resource.plural, lastEventAt ?? clock.now());
    const { metadata } = object;
    if (type === 'DELETED') {
      store.remove(storeKey(metadata.namespace, metadata.name), metadata);
    } else if (!store.holds(metadata)) {
      const item = cutDown(object);
      if (item) store.put(item);
    }
    metrics.storeObjects(resource.plural, store.size);
  }

  /** One stream from the last version. Ends with what ended it: nothing for a clean close. */
  async function watch(from: string, signal: AbortSignal): Promise<Step> {
    const startedMs = clock.monotonicMs();
    const { least, most } = WATCH_SECONDS;
    const timeoutSeconds = Math.round(least + random() * (most - least));
    const stream = watchdog.start(signal, timeoutSeconds);
    let events = 0;
    let error: unknown;
    try {
      const onOpen = (): void => {
        watchdog.fed(false);
        lastError = undefined;
      };
      const isKnown = (version: Version): boolean => store.holds(version);
      const request = { ...scope, resourceVersion: from, timeoutSeconds, signal: stream.signal, onOpen, isKnown };
      for await (const event of client.watch(resource, request)) {
        events++;
        take(event);
      }
    } catch (thrown) {
      error = thrown;
    } finally {
      stream.stop();
    }
    const livedMs = clock.monotonicMs() - startedMs;
    return afterWatch({ error, silent: stream.wasSilent(), events, livedMs, failures });
  }

  async function waitBefore(cause: RestartCause, signal: AbortSignal): Promise<void> {
    const delayMs = backoff.next();
    logger.debug('Waiting before the next attempt', { resource: resource.plural, cause, delayMs });
    await sleep(clock, delayMs, signal);
  }

  function noteFailure(error: unknown): void {
    failures++;
    if (error === undefined) return;
    lastError = isKubeError(error) ? error : unexpected(error, resource);
    if (lastError.kind === 'NotServed') {
      servedSinceMs = undefined;
      resourceVersion = undefined; // served again it is a new kind: only a list says what there is
    }
    logger.warn('A list or watch failed', {
      resource: resource.plural,
      kind: lastError.kind,
      request: lastError.request,
    });
  }

  async function listWithBackoff(signal: AbortSignal): Promise<void> {
    try {
      await list(signal);
    } catch (error) {
      if (signal.aborted) return;
      noteFailure(error);
      await waitBefore('error', signal);
    }
  }

  async function watchOnce(from: string, signal: AbortSignal): Promise<void> {
    const step = await watch(from, signal);
    if (signal.aborted) return;
    metrics.watchRestart(resource.plural, step.cause);
    if (step.isFailure) noteFailure(step.error);
    if (step.relist) {
      resourceVersion = undefined;
      metrics.relist(resource.plural, step.cause);
    }
    if (step.wait) await waitBefore(step.cause, signal);
  }

  return {
    synced: store.whenSynced(),
    state: () => ({
      synced: store.synced,
      badObjects,
      ...(lastError ? { lastError } : {}),
      ...(lastEventAt ? { lastEventAt } : {}),
      ...(servedSinceMs === undefined ? {} : { servedSinceMs }),
    }),
    async run(signal) {
      while (!signal.aborted) {
        if (resourceVersion === undefined) await listWithBackoff(signal);
        else await watchOnce(resourceVersion, signal);
      }
    },
  };
}

function unexpected(cause: unknown, resource: Resource): KubeError {
  return new KubeError({ kind: 'Malformed', status: 0, request: `watch ${resource.plural}` }, { cause });
}
