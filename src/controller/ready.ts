// Items that may run now: a line per priority, and in it the groups take turns, so that who has ten thousand of them does
// not make the others wait. Low items are not starved either: now and then one goes before the higher ones.
import { createFifo } from './fifo.ts';
import type { Fifo } from './fifo.ts';

export interface Ready<Item> {
  push(item: Item, priority: number): void;
  remove(item: Item, priority: number): boolean;
  /** The next item of the highest priority that is at least `minPriority`; each group's items in their order. */
  shift(minPriority: number): Item | undefined;
  /** How many wait, by priority. */
  depth(): ReadonlyMap<number, number>;
  clear(): void;
  readonly size: number;
}

interface Line<Item> {
  readonly priority: number;
  readonly groups: Map<string, Fifo<Item>>;
  /** Names of the groups that have items. */
  readonly turns: Fifo<string>;
  size: number;
}

/** So many items may overtake those of the lowest line in a row. */
const MOST_OVERTAKEN = 8;

export function createReady<Item>(groupOf: (item: Item) => string = () => ''): Ready<Item> {
  const lines: Line<Item>[] = []; // highest priority first; there are few
  let overtaken = 0;

  function push(item: Item, priority: number): void {
    const line = lineOf(priority);
    const name = groupOf(item);
    const group = line.groups.get(name) ?? createFifo<Item>();
    const before = group.size;
    line.groups.set(name, group);
    group.push(item);
    line.size += group.size - before;
    line.turns.push(name);
  }

  function lineOf(priority: number): Line<Item> {
    const at = lines.findIndex((line) => line.priority <= priority);
    const found = lines[at];
    if (found?.priority === priority) return found;
    const line = { priority, groups: new Map<string, Fifo<Item>>(), turns: createFifo<string>(), size: 0 };
    lines.splice(at === -1 ? lines.length : at, 0, line);
    return line;
  }

  function shift(minPriority: number): Item | undefined {
    const line = lines.find(({ size }) => size > 0);
    if (!line || line.priority < minPriority) return undefined;
    const lowest = lines.findLast(({ size }) => size > 0) ?? line;
    if (lowest.priority < minPriority) return takeFrom(line); // this worker would not take it
    const isItsTurn = lowest !== line && overtaken >= MOST_OVERTAKEN;
    overtaken = lowest === line || isItsTurn ? 0 : overtaken + 1;
    return takeFrom(isItsTurn ? lowest : line);
  }

  function remove(item: Item, priority: number): boolean {
    const line = lineOf(priority);
    const name = groupOf(item);
    const group = line.groups.get(name);
    if (!group?.remove(item)) return false;
    line.size -= 1;
    if (group.size === 0) dropGroup(line, name);
    return true;
  }

  return {
    push,
    shift,
    remove,
    depth: () => new Map(lines.map(({ priority, size }) => [priority, size])),
    clear: () => void lines.splice(0),
    get size() {
      return lines.reduce((sum, { size }) => sum + size, 0);
    },
  };
}

function takeFrom<Item>(line: Line<Item>): Item | undefined {
  const name = line.turns.shift();
  const group = name === undefined ? undefined : line.groups.get(name);
  const item = group?.shift();
  if (name === undefined || group === undefined) return undefined;
  line.size -= 1;
  if (group.size > 0) line.turns.push(name);
  else line.groups.delete(name);
  return item;
}

function dropGroup<Item>(line: Line<Item>, name: string): void {
  line.groups.delete(name);
  line.turns.remove(name);
}
