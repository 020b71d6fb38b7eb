// A small bounded pool of equal values: what thousands of objects have in common is kept once.

export interface Pool<T> {
  /** The pooled value of the key; made when it is not there. */
  get(key: string, make: (key: string) => T): T;
}

/** In characters; what is heavier than a quarter of it is kept by nobody: no annotation is. */
const HEAVIEST = 1024 * 1024;

/** For pools whose keys users choose. */
export function byKey(key: string): number {
  return key.length;
}

/**
 * Keeps what was asked for among the last `capacity` keys, and at most twice as many. Where users choose the values, weights
 * bound what all of them take together.
 */
export function createPool<T>(capacity: number, weightOf: (key: string, value: T) => number = () => 0): Pool<T> {
  let young = new Map<string, T>();
  let old = young;
  let heavy = 0;
  return {
    get(key, make) {
      const held = young.get(key);
      if (held !== undefined) return held; // nothing is moved: the usual case is one look
      const value = old.get(key) ?? make(key);
      const weight = weightOf(key, value);
      if (weight > HEAVIEST / 4) return value;
      if (young.size >= capacity || heavy + weight > HEAVIEST) [old, young, heavy] = [young, new Map<string, T>(), 0];
      young.set(key, value);
      heavy += weight;
      return value;
    },
  };
}
