// Whole lists, page by page: either all of it or an error, never half.
import type { Resource } from '../api/names.ts';
import type { KubeClient, KubeObject, ListPage } from './client.ts';
import { KubeError } from './client.ts';

export interface PagedListOptions<T> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Cuts down one object; undefined leaves it out. Called while the page is at hand, so that the page can go. */
  readonly slim: (object: KubeObject) => T | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WholeList<T> {
  readonly resourceVersion: string;
  readonly items: readonly T[];
}

// Measured: 30 000 objects in pages of 500 leave 125 MB of dead buffers behind, in pages of 100 it is 40 MB; and a page of 100
// takes one seat of the API server's flow control.
const PAGE_SIZE = 100;

/** A consistent list of now. The selector goes with every page: the continue token does not stand for it. */
export async function listAll<T>(options: PagedListOptions<T>): Promise<WholeList<T>> {
  const items: T[] = [];
  const first = await takePage(options, items, undefined);
  for (let token = first.continueToken; token !== undefined;) {
    const { continueToken } = await takePage(options, items, token);
    if (continueToken === token) throw repeated(options);
    token = continueToken;
  }
  return { resourceVersion: first.resourceVersion, items };
}

/** Cuts a page's objects down into `items`. What it returns holds none of them, so that no page outlives its turn. */
async function takePage<T>(
  options: PagedListOptions<T>,
  items: T[],
  token: string | undefined,
): Promise<Omit<ListPage, 'items'>> {
  const { items: objects, ...page } = await readPage(options, token);
  for (const object of objects) {
    const item = options.slim(object);
    if (item !== undefined) items.push(item);
  }
  return page;
}

function readPage<T>(options: PagedListOptions<T>, continueToken: string | undefined): Promise<ListPage> {
  const { client, resource, namespace, fieldSelector, signal } = options;
  return client.list(resource, {
    limit: PAGE_SIZE,
    ...(namespace === undefined ? {} : { namespace }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(continueToken === undefined ? {} : { continueToken }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function repeated({ resource }: { resource: Resource }): KubeError {
  const detail = 'a page points to itself';
  return new KubeError({ kind: 'Malformed', status: 200, request: `list ${resource.plural}`, detail });
}
