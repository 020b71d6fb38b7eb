// A local, watched collection of slim objects: what the stories read instead of asking the API server.
import type { Version } from './client.ts';
import { nameOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { silentLogger } from '../lib/logger.ts';

/** What changed; `initial` is true while the first list (or a relist) is being put in. */
export interface Change<T> {
  readonly old: T | undefined;
  readonly new: T | undefined;
  readonly initial: boolean;
}

export interface ReadStore<T> {
  /** By "NAMESPACE/NAME", or "NAME" for cluster-scoped kinds. */
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** Objects of one namespace; [] for none. */
  inNamespace(namespace: string): readonly T[];
  readonly size: number;
  /** True once the first list was put in as a whole. */
  readonly synced: boolean;
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What a store must know of an object: cut down, or whole with its metadata. */
export type Storable = Version | { readonly metadata: Version };

export interface Store<T> extends ReadStore<T> {
  /** The whole truth of a list: what it lacks is deleted, whatever the versions say. */
  replace(items: readonly T[]): void;
  /** One event, or the answer to a write of our own. An older version of the same object is dropped. */
  put(item: T): void;
  /** This very version is here: an event about it, the echo of a write of our own say, brings nothing new. */
  holds(version: Version): boolean;
  /** `seen` is the object that the deletion was about: a newer one of that name, with another uid, stays. */
  remove(key: string, seen?: Pick<Version, 'uid' | 'resourceVersion'>): void;
  /** Called synchronously on every change; what it throws is logged and hits nobody else. Returns how to stop it. */
  onChange(handler: (change: Change<T>) => void): () => void;
  /** Resolves when the first list was put in. */
  whenSynced(): Promise<void>;
}

/** An empty store, not synced. */
export function createStore<T extends Storable>({ logger = silentLogger }: { logger?: Logger } = {}): Store<T> {
  const objects = new Map<string, T>();
  const byNamespace = createIndex<T>();
  const handlers = new Set<(change: Change<T>) => void>();
  const sync = Promise.withResolvers<undefined>();
  let synced = false;

  const tell = (change: Change<T>): void => {
    for (const handler of handlers) {
      try {
        handler(change);
      } catch (error) {
        logger.error('A handler of changes failed', { error: nameOf(error) });
      }
    }
  };
  const set = (key: string, item: T, initial: boolean): void => {
    const old = objects.get(key);
    if (old && isSameVersion(old, item)) return;
    objects.set(key, item);
    byNamespace.replace(old, item);
    tell({ old, new: item, initial });
  };
  const drop = (key: string, initial: boolean): void => {
    const old = objects.get(key);
    if (!old) return;
    objects.delete(key);
    byNamespace.replace(old, undefined);
    tell({ old, new: undefined, initial });
  };

  return {
    get: (key) => objects.get(key),
    values: () => objects.values(),
    inNamespace: byNamespace.get,
    get size() {
      return objects.size;
    },
    get synced() {
      return synced;
    },
    replace(items) {
      const listed = new Map(items.map((item) => [keyOf(item), item]));
      for (const key of [...objects.keys()]) if (!listed.has(key)) drop(key, true);
      for (const [key, item] of listed) set(key, item, true);
      synced = true;
      sync.resolve(undefined);
    },
    put(item) {
      const key = keyOf(item);
      const old = objects.get(key);
      if (!old || !isOlderVersion(item, old)) set(key, item, false);
    },
    holds(version) {
      const held = objects.get(storeKey(version.namespace, version.name));
      return held !== undefined && isSameVersion(held, version);
    },
    remove(key, seen) {
      const old = objects.get(key);
      if (old && (!seen || !isAboutAnother(seen, identityOf(old)))) drop(key, false);
    },
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    whenSynced: () => sync.promise,
  };
}

/** Where an object is stored. */
export function keyOf(item: Storable): string {
  const { namespace, name } = identityOf(item);
  return storeKey(namespace, name);
}

/** Compares versions as the decimal numbers they are, without a number's limits. */
export function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}

function identityOf(item: Storable): Version {
  return 'metadata' in item ? item.metadata : item;
}

function isSameVersion(one: Storable, other: Storable): boolean {
  const [a, b] = [identityOf(one), identityOf(other)];
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

function isOlderVersion(item: Storable, than: Storable): boolean {
  const [a, b] = [identityOf(item), identityOf(than)];
  return a.uid === b.uid && isOlder(a.resourceVersion, b.resourceVersion);
}

/** An object re-created by ourselves is here before the event that its predecessor went. */
function isAboutAnother(seen: Pick<Version, 'uid' | 'resourceVersion'>, held: Version): boolean {
  return seen.uid !== held.uid && isOlder(seen.resourceVersion, held.resourceVersion);
}

interface Index<T> {
  readonly get: (namespace: string) => readonly T[];
  replace(old: T | undefined, item: T | undefined): void;
}

/** Most namespaces hold one object of a kind: it stands for itself, and a list is made where there are more. */
function createIndex<T extends Storable>(): Index<T> {
  const held = new Map<string, T | readonly T[]>();
  const listOf = (namespace: string): readonly T[] => {
    const found = held.get(namespace);
    if (found === undefined) return [];
    return isList(found) ? found : [found];
  };
  return {
    get: listOf,
    replace(old, item) {
      const either = old ?? item;
      const namespace = either && identityOf(either).namespace;
      if (namespace === undefined) return;
      const others = listOf(namespace).filter((one) => one !== old);
      const next = item ? [...others, item] : others; // replaced, not changed: who iterates over one is not disturbed
      const [only] = next;
      if (only === undefined) held.delete(namespace);
      else held.set(namespace, next.length === 1 ? only : next);
    },
  };
}

function isList<T extends Storable>(found: T | readonly T[]): found is readonly T[] {
  return Array.isArray(found);
}
