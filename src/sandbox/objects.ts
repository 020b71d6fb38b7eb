// The store: one revision counter, objects by resource and key, and an event log that can be compacted.
import { isDeepStrictEqual } from 'node:util';

import { keyOf, type ApiObject } from './api-object.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly revision: number;
  readonly object: ApiObject;
  /** The state before, for watches whose selector the object may have left or entered. */
  readonly before?: ApiObject;
}

export interface Snapshot {
  readonly revision: number;
  /** Sorted as etcd sorts keys. */
  readonly objects: readonly ApiObject[];
}

interface Shelf {
  readonly byKey: Map<string, ApiObject>;
  log: StoreEvent[];
  /** Events up to this revision are forgotten. */
  compacted: number;
  sorted: Snapshot | undefined;
}

// As a real server's few minutes of history, counted in events; the older half goes.
const LONGEST_LOG = 20_000;

export class ObjectStore {
  #revision = 1;
  readonly #shelves = new Map<string, Shelf>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();

  get revision(): number {
    return this.#revision;
  }

  get(plural: string, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#shelf(plural).byKey.get(keyOf(namespace, name));
  }

  /** Stores a new state under the next revision; one that equals the present state changes nothing. */
  put(plural: string, object: ApiObject): ApiObject {
    const shelf = this.#shelf(plural);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = shelf.byKey.get(key);
    if (before && sameContent(before, object)) return before;
    const stored = this.#stamp(object);
    shelf.byKey.set(key, stored);
    const type = before ? 'MODIFIED' : 'ADDED';
    this.#publish(shelf, { type, plural, revision: this.#revision, object: stored, ...(before ? { before } : {}) });
    return stored;
  }

  /** Removes the object; its last state is published under the deletion's own revision. */
  remove(plural: string, object: ApiObject): ApiObject {
    const shelf = this.#shelf(plural);
    shelf.byKey.delete(keyOf(object.metadata.namespace, object.metadata.name));
    const last = this.#stamp(object);
    this.#publish(shelf, { type: 'DELETED', plural, revision: this.#revision, object: last, before: object });
    return last;
  }

  /** All objects of a resource at this moment; the array stays as it is when later writes come. */
  snapshot(plural: string): Snapshot {
    const shelf = this.#shelf(plural);
    const sorted = shelf.sorted?.objects ?? sortByKey(shelf.byKey);
    shelf.sorted = { revision: this.#revision, objects: sorted };
    return shelf.sorted;
  }

  /** What a namespace holds, in no order. */
  inside(plural: string, namespace: string): readonly ApiObject[] {
    return [...this.#shelf(plural).byKey.values()].filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** The events after `revision`, or 'expired' when some of them are forgotten. */
  eventsAfter(plural: string, revision: number): readonly StoreEvent[] | 'expired' {
    const { log, compacted } = this.#shelf(plural);
    if (revision < compacted) return 'expired';
    return log.slice(firstAfter(log, revision));
  }

  /** Compaction: whoever asks for anything before this moment must list again. */
  compact(): void {
    this.#revision += 1;
    for (const shelf of this.#shelves.values()) {
      shelf.log = [];
      shelf.compacted = this.#revision;
    }
  }

  onEvent(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamp(object: ApiObject): ApiObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #publish(shelf: Shelf, event: StoreEvent): void {
    shelf.sorted = undefined;
    shelf.log.push(event);
    if (shelf.log.length > LONGEST_LOG) forgetOlderHalf(shelf);
    for (const listener of this.#listeners) listener(event);
  }

  #shelf(plural: string): Shelf {
    let shelf = this.#shelves.get(plural);
    if (!shelf) {
      shelf = { byKey: new Map(), log: [], compacted: 0, sorted: undefined };
      this.#shelves.set(plural, shelf);
    }
    return shelf;
  }
}

function sameContent(before: ApiObject, after: ApiObject): boolean {
  return isDeepStrictEqual(contentOf(before), contentOf(after));
}

// The server ignores these two when it decides whether a write changes anything.
function contentOf(object: ApiObject): unknown {
  const { resourceVersion: _version, managedFields: _managers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function sortByKey(byKey: ReadonlyMap<string, ApiObject>): readonly ApiObject[] {
  const entries = [...byKey.entries()].sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([, object]) => object);
}

function firstAfter(log: readonly StoreEvent[], revision: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((log[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

function forgetOlderHalf(shelf: Shelf): void {
  const cut = LONGEST_LOG / 2;
  shelf.compacted = shelf.log[cut - 1]?.revision ?? shelf.compacted;
  shelf.log = shelf.log.slice(cut);
}
