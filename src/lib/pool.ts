// A small bounded pool of equal values: what thousands of objects have in common is kept once.

export interface Pool<T> {
  /** The pooled value of the key; made when it is not there. */
  get(key: string, make: (key: string) => T): T;
}

/** Forgets the least recently used value beyond `capacity`. */
export function createPool<T>(capacity: number): Pool<T> {
  const values = new Map<string, T>();
  return {
    get(key, make) {
      const held = values.get(key);
      if (held !== undefined) {
        values.delete(key);
        values.set(key, held); // moves it to the young end
        return held;
      }
      const made = make(key);
      values.set(key, made);
      const [oldest] = values.keys();
      if (values.size > capacity && oldest !== undefined) values.delete(oldest);
      return made;
    },
  };
}
