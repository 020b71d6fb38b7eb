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
  /** One event, or the answer to a write of our own. What is older than what is here is dropped, also of a predecessor. */
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
  const objects = createObjectMap<T>();
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
  const set = (item: T, initial: boolean): void => {
    const old = objects.find(identityOf(item));
    if (old && isSameVersion(old, item)) return;
    objects.put(item);
    tell({ old, new: item, initial });
  };
  const drop = (old: T, initial: boolean): void => {
    objects.remove(identityOf(old));
    tell({ old, new: undefined, initial });
  };

  return {
    get: (key) => objects.find(identityIn(key)),
    values: () => objects.values(),
    inNamespace: (namespace) => objects.inNamespace(namespace),
    get size() {
      return objects.size();
    },
    get synced() {
      return synced;
    },
    replace(items) {
      if (objects.size() > 0) {
        const listed = createObjectMap<T>();
        for (const item of items) listed.put(item);
        for (const old of [...objects.values()]) if (!listed.find(identityOf(old))) drop(old, true);
      }
      for (const item of items) set(item, true);
      synced = true;
      sync.resolve(undefined);
    },
    put(item) {
      const old = objects.find(identityOf(item));
      if (!old || !isOlderVersion(item, old)) set(item, false);
    },
    holds(version) {
      const held = objects.find(version);
      return held !== undefined && isSameVersion(held, version);
    },
    remove(key, seen) {
      const old = objects.find(identityIn(key));
      if (old && (!seen || !isAboutAnother(seen, identityOf(old)))) drop(old, false);
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
  return isOlder(identityOf(item).resourceVersion, identityOf(than).resourceVersion);
}

/** An object re-created by ourselves is here before the event that its predecessor went. */
function isAboutAnother(seen: Pick<Version, 'uid' | 'resourceVersion'>, held: Version): boolean {
  return seen.uid !== held.uid && isOlder(seen.resourceVersion, held.resourceVersion);
}

type Identity = Pick<Version, 'namespace' | 'name'>;

/** The other way round than storeKey(). */
function identityIn(key: string): Identity {
  const slash = key.indexOf('/');
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

interface ObjectMap<T> {
  find(identity: Identity): T | undefined;
  put(item: T): void;
  remove(identity: Identity): void;
  values(): IterableIterator<T>;
  inNamespace(namespace: string): readonly T[];
  size(): number;
}

/**
 * By namespace, then by name (an object without a namespace by its name alone), so that no key is kept beside the names that
 * the objects have anyway. Most namespaces hold one object of a kind: it stands for itself.
 */
function createObjectMap<T extends Storable>(): ObjectMap<T> {
  const held = new Map<string, T | Map<string, T>>();
  let size = 0;

  const placeOf = ({ namespace, name }: Identity): string => namespace ?? name;
  const find = (identity: Identity): T | undefined => {
    const found = held.get(placeOf(identity));
    if (found === undefined || found instanceof Map) return found?.get(identity.name);
    return identityOf(found).name === identity.name ? found : undefined;
  };
  return {
    find,
    put(item) {
      const identity = identityOf(item);
      const place = placeOf(identity);
      const found = held.get(place);
      const isReplaced = find(identity) !== undefined;
      if (!isReplaced) size++;
      if (found instanceof Map) found.set(identity.name, item);
      else if (found === undefined || isReplaced) held.set(place, item);
      else held.set(place, new Map([found, item].map((one) => [identityOf(one).name, one])));
    },
    remove(identity) {
      if (find(identity) === undefined) return;
      size--;
      const place = placeOf(identity);
      const found = held.get(place);
      if (found instanceof Map) found.delete(identity.name);
      if (!(found instanceof Map) || found.size === 0) held.delete(place);
    },
    *values() {
      for (const found of held.values()) {
        if (found instanceof Map) yield* found.values();
        else yield found;
      }
    },
    inNamespace(namespace) {
      const found = held.get(namespace);
      if (found instanceof Map) return [...found.values()]; // a list of now: who iterates over it is not disturbed
      return found && identityOf(found).namespace === namespace ? [found] : [];
    },
    size: () => size,
  };
}
