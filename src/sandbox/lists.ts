// Paged lists: a page is cut from the snapshot its first page saw, until that snapshot is forgotten.
import type { ApiObject, Json } from './api-object.ts';
import { keyOf } from './api-object.ts';
import type { ObjectStore, Snapshot } from './objects.ts';
import type { Selection } from './selectors.ts';
import { ApiError, badRequest, expired } from './status.ts';

export interface Page {
  readonly metadata: Json;
  readonly items: readonly ApiObject[];
}

interface Token {
  /** -1: whatever is newest, for the rest of a list whose snapshot is gone. */
  readonly revision: number;
  readonly after: string;
}

const MOST_SNAPSHOTS = 100;
const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

export class Lists {
  readonly #store: ObjectStore;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** After this every continue token handed out before answers 410. */
  forgetSnapshots(): void {
    this.#snapshots.clear();
  }

  page(plural: string, selection: Selection, query: URLSearchParams): Page {
    const token = tokenOf(query);
    checkVersion(query, token, this.#store.revision);
    const snapshot = this.#snapshotOf(plural, token);
    const rest = token ? snapshot.objects.filter((object) => keyFor(object) > token.after) : snapshot.objects;
    const matching = rest.filter(selection.matches);
    const limit = limitOf(query);
    const items = matching.slice(0, limit);
    const last = items.at(-1);
    const remaining = matching.length - items.length;
    const resourceVersion = String(snapshot.revision);
    if (remaining === 0 || !last) return { metadata: { resourceVersion }, items };
    this.#remember(plural, snapshot);
    const next = encodeToken({ revision: snapshot.revision, after: keyFor(last) });
    const count = selection.isNarrowed ? {} : { remainingItemCount: remaining };
    return { metadata: { resourceVersion, continue: next, ...count }, items };
  }

  #snapshotOf(plural: string, token: Token | undefined): Snapshot {
    if (!token || token.revision === -1) return this.#store.snapshot(plural);
    const found = this.#snapshots.get(`${plural}/${token.revision}`);
    if (found) return found;
    throw expired(TOO_OLD, encodeToken({ revision: -1, after: token.after }));
  }

  #remember(plural: string, snapshot: Snapshot): void {
    this.#snapshots.set(`${plural}/${snapshot.revision}`, snapshot);
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > MOST_SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
  }
}

function keyFor({ metadata }: ApiObject): string {
  return keyOf(metadata.namespace, metadata.name);
}

// With resourceVersion "0" the answer comes from the watch cache, which ignores limit.
function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 0);
  return limit > 0 && query.get('resourceVersion') !== '0' ? limit : Number.MAX_SAFE_INTEGER;
}

function checkVersion(query: URLSearchParams, token: Token | undefined, current: number): void {
  const version = query.get('resourceVersion') ?? '';
  if (token && version !== '') throw badRequest('specifying resource version is not allowed when using continue');
  if (!/^\d*$/.test(version)) throw badRequest(`Invalid value: "${version}": resourceVersion`);
  if (Number(version) <= current) return;
  const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  throw new ApiError({ code: 504, reason: 'Timeout', message, details: { causes, retryAfterSeconds: 1 } });
}

function encodeToken({ revision, after }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url');
}

function tokenOf(query: URLSearchParams): Token | undefined {
  const text = query.get('continue') ?? '';
  if (text === '') return undefined;
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as { rv: number; start: string };
    return { revision: token.rv, after: token.start };
  } catch {
    throw badRequest('continue key is not valid');
  }
}
