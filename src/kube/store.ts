// A local, watched collection of slim objects: what the stories read instead of asking the API server.

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
