// A line of things, each there once: in at the tail, out at the head, and out of the middle, all at the same small cost.

export interface Fifo<T> {
  /** To the tail; what is in the line already stays where it is. */
  push(thing: T): void;
  shift(): T | undefined;
  remove(thing: T): boolean;
  readonly size: number;
}

export function createFifo<T>(): Fifo<T> {
  const things = new Set<T>();
  // Goes on where it stopped: a new iterator would walk over all the holes that earlier removals left.
  let cursor = things.values();

  function shift(): T | undefined {
    if (things.size === 0) return undefined;
    for (;;) {
      const { done, value } = cursor.next();
      if (done === true) {
        cursor = things.values(); // at its end an iterator stays there, whatever is added later
      } else {
        things.delete(value);
        return value;
      }
    }
  }

  return {
    push: (thing) => void things.add(thing),
    shift,
    remove: (thing) => things.delete(thing),
    get size() {
      return things.size;
    },
  };
}
