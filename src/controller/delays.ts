// Items that wait for their time: a binary heap by ready time, with one timer for its head.
import type { Clock, Timer } from '../lib/clock.ts';

/** Where an item waits. The heap keeps `slot`, so that an item in the middle can be moved or taken out. */
export interface Delayed {
  readyAtMs: number;
  /** Index in the heap, -1 outside of it. */
  slot: number;
}

export interface Delays<Item extends Delayed> {
  /** Puts the item in, or moves it if its time changed. */
  put(item: Item, readyAtMs: number): void;
  remove(item: Item): void;
  clear(): void;
}

/** Calls `ready` for each item when its time has come, the earliest first. */
export function createDelays<Item extends Delayed>(clock: Clock, ready: (item: Item) => void): Delays<Item> {
  const heap: Item[] = [];
  let timer: Timer | undefined;
  let timerAtMs = Infinity;

  function put(item: Item, readyAtMs: number): void {
    if (item.slot === -1) item.slot = heap.push(item) - 1;
    item.readyAtMs = readyAtMs;
    settle(heap, item);
    arm();
  }

  function remove(item: Item): void {
    if (item.slot === -1) return;
    takeOut(heap, item);
    arm();
  }

  function arm(): void {
    const headAtMs = heap[0]?.readyAtMs ?? Infinity;
    if (headAtMs === timerAtMs) return;
    timer?.cancel();
    timerAtMs = headAtMs;
    timer = headAtMs === Infinity ? undefined : clock.after(headAtMs - clock.monotonicMs(), release);
  }

  function release(): void {
    const nowMs = clock.monotonicMs();
    timerAtMs = NaN; // spent: arm() sets the next one, also for the same head if this one fired early
    for (let head = heap[0]; head && head.readyAtMs <= nowMs; head = heap[0]) {
      takeOut(heap, head);
      ready(head);
    }
    arm();
  }

  function clear(): void {
    for (const item of heap) item.slot = -1;
    heap.length = 0;
    arm();
  }

  return { put, remove, clear };
}

function takeOut<Item extends Delayed>(heap: Item[], item: Item): void {
  const last = heap.pop();
  if (last && last !== item) {
    last.slot = item.slot;
    heap[last.slot] = last;
    settle(heap, last);
  }
  item.slot = -1;
}

/** Moves an item up or down until parents are never later than their children. */
function settle<Item extends Delayed>(heap: Item[], item: Item): void {
  for (;;) {
    const parent = heap[(item.slot - 1) >> 1];
    if (!parent || parent.readyAtMs <= item.readyAtMs) break;
    swap(heap, item, parent);
  }
  for (;;) {
    const [left, right] = [heap[2 * item.slot + 1], heap[2 * item.slot + 2]];
    const child = right && left && right.readyAtMs < left.readyAtMs ? right : left;
    if (!child || child.readyAtMs >= item.readyAtMs) break;
    swap(heap, item, child);
  }
}

function swap<Item extends Delayed>(heap: Item[], one: Item, other: Item): void {
  [one.slot, other.slot] = [other.slot, one.slot];
  heap[one.slot] = one;
  heap[other.slot] = other;
}
