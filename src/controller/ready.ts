// Items that may run now: one FIFO line per priority.

export interface Ready<Item> {
  push(item: Item, priority: number): void;
  remove(item: Item, priority: number): boolean;
  /** The oldest item of the highest priority that is at least `minPriority`. */
  shift(minPriority: number): Item | undefined;
  /** How many wait, by priority. */
  depth(): ReadonlyMap<number, number>;
  clear(): void;
  readonly size: number;
}

interface Line<Item> {
  readonly priority: number;
  readonly items: Set<Item>;
  /** Goes on where it stopped: a new iterator would walk over all the holes that earlier removals left. */
  cursor: Iterator<Item, undefined>;
}

export function createReady<Item>(): Ready<Item> {
  const lines: Line<Item>[] = []; // highest priority first; there are few

  function push(item: Item, priority: number): void {
    lineOf(priority).items.add(item);
  }

  function lineOf(priority: number): Line<Item> {
    const at = lines.findIndex((line) => line.priority <= priority);
    const found = lines[at];
    if (found?.priority === priority) return found;
    const items = new Set<Item>();
    const line = { priority, items, cursor: items.values() };
    lines.splice(at === -1 ? lines.length : at, 0, line);
    return line;
  }

  function shift(minPriority: number): Item | undefined {
    const line = lines.find(({ items }) => items.size > 0);
    if (!line || line.priority < minPriority) return undefined;
    const item = nextOf(line);
    line.items.delete(item);
    return item;
  }

  return {
    push,
    shift,
    remove: (item, priority) => lineOf(priority).items.delete(item),
    depth: () => new Map(lines.map(({ priority, items }) => [priority, items.size])),
    clear: () => void lines.splice(0),
    get size() {
      return lines.reduce((sum, { items }) => sum + items.size, 0);
    },
  };
}

/** The oldest item of a line that is not empty. */
function nextOf<Item>(line: Line<Item>): Item {
  for (;;) {
    const { done, value } = line.cursor.next();
    if (done !== true) return value;
    line.cursor = line.items.values(); // at its end an iterator stays there, whatever is added later
  }
}
