// Several stores of one kind, each watched by one object name, read as one: RBAC by name allows one watch per name only.
import type { PermittedNames } from '../api/permitted-names.ts';
import { keyOf } from './store.ts';
import type { Change, ReadStore, Storable, Store } from './store.ts';

export interface UnionStore<T> extends ReadStore<T> {
  /** Into the store of its name; returns the item. */
  put(item: T): T;
  remove(key: string): void;
  onChange(handler: (change: Change<T>) => void): void;
}

/** `names` are in the order of `stores`; "*" is one store for all. */
export function unionOf<T extends Storable>(stores: readonly Store<T>[], names: PermittedNames): UnionStore<T> {
  const storeOf = (key: string): Store<T> | undefined => {
    if (names === '*') return stores[0];
    return stores[names.indexOf(key.slice(key.lastIndexOf('/') + 1))];
  };
  return {
    get: (key) => storeOf(key)?.get(key),
    values: () => stores.values().flatMap((store) => store.values()),
    inNamespace: (namespace) => {
      const [first] = stores;
      return stores.length === 1 && first
        ? first.inNamespace(namespace)
        : stores.flatMap((store) => store.inNamespace(namespace));
    },
    get size() {
      return stores.reduce((sum, store) => sum + store.size, 0);
    },
    get synced() {
      return stores.every((store) => store.synced);
    },
    put(item) {
      storeOf(keyOf(item))?.put(item);
      return item;
    },
    remove: (key) => storeOf(key)?.remove(key),
    onChange: (handler) => {
      for (const store of stores) store.onChange(handler);
    },
  };
}
