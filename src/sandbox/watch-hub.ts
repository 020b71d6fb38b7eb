// Watch streams: replays what happened since a revision, then passes events on, with bookmarks and an end by timeout.
// Watches of one name are kept apart, so that other objects' events cost them nothing.
import type { Clock, Timer } from '../lib/clock.ts';
import type { ApiObject } from './api-object.ts';
import { encodeObject } from './encoding.ts';
import type { ObjectStore, StoreEvent } from './objects.ts';
import { apiVersionOf, type ServedResource } from './resources.ts';
import type { Selection } from './selectors.ts';
import { expired } from './status.ts';

/** Where the lines of one watch go. */
export interface Sink {
  write(line: string): void;
  end(): void;
}

export interface WatchRequest {
  readonly resource: ServedResource;
  readonly selection: Selection;
  /** 0: all present objects as ADDED, then what follows. */
  readonly revision: number;
  readonly timeoutMs: number;
  readonly wantsBookmarks: boolean;
}

interface Stream extends WatchRequest {
  readonly sink: Sink;
  readonly timers: Set<Timer>;
}

const BOOKMARK_BEFORE_END_MS = 2_000;

export class WatchHub {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #bookmarkIntervalMs: number;
  readonly #streams = new Map<string, Set<Stream>>();

  constructor(store: ObjectStore, clock: Clock, bookmarkIntervalMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#bookmarkIntervalMs = bookmarkIntervalMs;
    store.onEvent((event) => this.#dispatch(event));
  }

  /** Starts a watch; the returned function ends it from the client's side. */
  open(request: WatchRequest, sink: Sink): () => void {
    const stream: Stream = { ...request, sink, timers: new Set() };
    if (!this.#replay(stream)) {
      sink.end();
      return () => undefined;
    }
    const peers = this.#peers(shelfOf(request.resource.plural, request.selection.name));
    peers.add(stream);
    this.#scheduleEnd(stream);
    if (request.wantsBookmarks) this.#scheduleBookmark(stream);
    return () => this.#forget(stream);
  }

  /** Ends every stream, or those of one resource, as a server does that shuts down. */
  endAll(plural?: string): void {
    const all = [...this.#streams.values()].flatMap((peers) => [...peers]);
    for (const stream of all) if (plural === undefined || stream.resource.plural === plural) this.#end(stream);
  }

  /** A bookmark to every stream that asked for them, now. */
  sendBookmarks(): void {
    for (const stream of [...this.#streams.values()].flatMap((peers) => [...peers])) this.#bookmark(stream);
  }

  #replay(stream: Stream): boolean {
    const { resource, selection, revision, sink } = stream;
    if (revision === 0) {
      const present = this.#store.snapshot(resource.plural).objects.filter(selection.matches);
      for (const object of present) sink.write(line(resource, 'ADDED', object));
      return true;
    }
    const events = this.#store.eventsAfter(resource.plural, revision);
    if (events === 'expired') {
      const message = `too old resource version: ${revision} (${this.#store.revision})`;
      sink.write(`{"type":"ERROR","object":${JSON.stringify(expired(message).body)}}\n`);
      return false;
    }
    for (const event of events) pass(stream, event);
    return true;
  }

  #dispatch(event: StoreEvent): void {
    const { plural, object } = event;
    for (const shelf of [shelfOf(plural), shelfOf(plural, object.metadata.name)]) {
      for (const stream of this.#streams.get(shelf) ?? []) pass(stream, event);
    }
  }

  #scheduleEnd(stream: Stream): void {
    const beforeEnd = stream.timeoutMs - BOOKMARK_BEFORE_END_MS;
    const isLong = stream.timeoutMs >= this.#bookmarkIntervalMs; // short watches end without one on a real server too
    if (stream.wantsBookmarks && isLong) this.#after(stream, beforeEnd, () => this.#bookmark(stream));
    this.#after(stream, stream.timeoutMs, () => this.#end(stream));
  }

  #scheduleBookmark(stream: Stream): void {
    this.#after(stream, this.#bookmarkIntervalMs, () => {
      this.#bookmark(stream);
      this.#scheduleBookmark(stream);
    });
  }

  #after(stream: Stream, delayMs: number, run: () => void): void {
    const timer = this.#clock.after(delayMs, () => {
      stream.timers.delete(timer);
      run();
    });
    stream.timers.add(timer);
  }

  #bookmark({ resource, sink, wantsBookmarks }: Stream): void {
    if (!wantsBookmarks) return;
    const metadata = { resourceVersion: String(this.#store.revision), creationTimestamp: null };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    sink.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  #end(stream: Stream): void {
    this.#forget(stream);
    stream.sink.end();
  }

  #forget(stream: Stream): void {
    for (const timer of stream.timers) timer.cancel();
    stream.timers.clear();
    this.#streams.get(shelfOf(stream.resource.plural, stream.selection.name))?.delete(stream);
  }

  #peers(shelf: string): Set<Stream> {
    const peers = this.#streams.get(shelf) ?? new Set<Stream>();
    this.#streams.set(shelf, peers);
    return peers;
  }
}

function shelfOf(plural: string, name = ''): string {
  return `${plural}/${name}`;
}

// An object that leaves the selection is DELETED to this watch, one that enters it is ADDED.
function pass({ resource, selection, sink }: Stream, { type, object, before }: StoreEvent): void {
  const isIn = type !== 'DELETED' && selection.matches(object);
  const wasIn = before !== undefined && selection.matches(before);
  if (isIn) sink.write(line(resource, wasIn ? 'MODIFIED' : 'ADDED', object));
  else if (wasIn) sink.write(line(resource, 'DELETED', lastSeen(object, before)));
}

// The last state that matched, under the revision of the event that ended it.
function lastSeen(object: ApiObject, before: ApiObject): ApiObject {
  const { resourceVersion } = object.metadata;
  return { ...before, metadata: { ...before.metadata, resourceVersion } };
}

function line(resource: ServedResource, type: string, object: ApiObject): string {
  return `{"type":"${type}","object":${encodeObject(resource, object)}}\n`;
}
