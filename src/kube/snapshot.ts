// One-off reads for commands: the same slim objects in the same kind of store as the operator's, without a watch.
import type { Resource } from '../api/names.ts';
import type { KubeClient, KubeObject } from './client.ts';
import { listAll } from './paged-list.ts';
import type { ReadStore, Storable } from './store.ts';
import { createStore } from './store.ts';

export interface SnapshotOptions<T extends Storable> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly slim: (object: KubeObject) => T;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Only objects of these names, one list each, as RBAC by name wants it. Absent: all. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Everything as it is now. Throws a KubeError when one list fails: half a snapshot is none. */
export async function takeSnapshot<T extends Storable>(options: SnapshotOptions<T>): Promise<ReadStore<T>> {
  const { client, resource, slim, namespace, names, signal } = options;
  const selectors = names?.map((name) => `metadata.name=${name}`) ?? [undefined];
  const items: T[] = [];
  for (const fieldSelector of selectors) {
    const whole = await listAll({ client, resource, namespace, fieldSelector, slim, signal });
    items.push(...whole.items);
  }
  const store = createStore<T>();
  store.replace(items);
  return store;
}
