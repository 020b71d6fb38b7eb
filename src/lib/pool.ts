// A small bounded pool of equal values: what thousands of objects have in common is kept once.

export interface Pool<T> {
  /** The pooled value of the key; made when it is not there. */
  get(key: string, make: (key: string) => T): T;
}

/** Keeps what was asked for among the last `capacity` keys, and at most twice as many. */
export function createPool<T>(capacity: number): Pool<T> {
  let young = new Map<string, T>();
  let old = young;
  return {
    get(key, make) {
      const held = young.get(key);
      if (held !== undefined) return held; // nothing is moved: the usual case is one look
      const value = old.get(key) ?? make(key);
      if (young.size >= capacity) [old, young] = [young, new Map<string, T>()];
      young.set(key, value);
      return value;
    },
  };
}
