// The work queue: client-go's dirty and processing sets with controller-runtime's priorities. Keys, never events: N adds
// are one run, a key added while it runs runs once more, and two workers never hold the same key.
import { clampDelayMs } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { QueueMetrics, QueueStats } from '../lib/metrics-port.ts';
import { backoffMs } from './backoff.ts';
import { createDelays } from './delays.ts';
import { createReady } from './ready.ts';
import { NORMAL } from './result.ts';
import type { Priority } from './result.ts';

export interface AddOptions {
  /** NORMAL unless given. A waiting key takes the higher of both. */
  readonly priority?: Priority;
}

/** A key handed to a worker, who must call done(). */
export interface Taken<Key> {
  readonly key: Key;
  readonly priority: Priority;
}

/**
 * A key is there once: waiting (for a worker, or for its time), running, or both. Adding a waiting key takes the higher
 * priority and the earlier time; so a run that needs a later look asks for it in its result, each time anew.
 */
export interface Queue<Key extends string> {
  add(key: Key, options?: AddOptions): void;
  addAfter(key: Key, delayMs: number, options?: AddOptions): void;
  /** Waits for a key of at least `minPriority`; undefined once the queue is shut down. */
  get(minPriority?: Priority): Promise<Taken<Key> | undefined>;
  done(key: Key): void;
  /** For the worker that runs the key: again after its back-off, with its priority. */
  retry(key: Key): void;
  /** For the worker that runs the key: again after `delayMs`, with its priority. */
  requeueAfter(key: Key, delayMs: number): void;
  /** The back-off starts anew. */
  forget(key: Key): void;
  /** What the key names is gone: it waits for nothing any more, and a run that is under way asks for no other. */
  drop(key: Key): void;
  /** Takes and hands out nothing any more. What still waited is left to the next leader, who starts from the objects. */
  shutDown(): void;
  /** The same, then waits for the running keys; false if some still run after `timeoutMs`. */
  shutDownWithDrain(timeoutMs: number): Promise<boolean>;
  /** How many keys wait for a worker. */
  readonly size: number;
}

export interface QueueOptions<Key> {
  readonly clock: Clock;
  /** Keys of one group take turns with those of others; absent: all are of one group. */
  readonly groupOf?: (key: Key) => string;
  readonly metrics?: QueueMetrics;
  /** In [0, 1), for the jitter of the back-off. */
  readonly random?: () => number;
}

interface Item<Key> {
  readonly key: Key;
  /** Must run: it waits in its line, or for done() if it runs already. */
  isDirty: boolean;
  isProcessing: boolean;
  isDropped: boolean;
  /** Of the waiting: its place; of the running: its priority. */
  priority: Priority;
  runPriority: Priority;
  failures: number;
  readyAtMs: number;
  slot: number;
  addedAtMs: number;
  startedAtMs: number;
}

interface Waiter<Key> {
  readonly minPriority: Priority;
  readonly resolve: (taken: Taken<Key> | undefined) => void;
}

export function createQueue<Key extends string>({
  clock,
  groupOf = () => '',
  metrics,
  random = Math.random,
}: QueueOptions<Key>): Queue<Key> {
  const items = new Map<Key, Item<Key>>();
  const processing = new Set<Item<Key>>();
  const ready = createReady<Item<Key>>(({ key }) => groupOf(key));
  const delays = createDelays<Item<Key>>(clock, becomeReady);
  const waiters: Waiter<Key>[] = []; // the choosiest first
  let drained: (() => void) | undefined;
  let isShutDown = false;
  let adds = 0;
  let retries = 0;

  function add(key: Key, { priority = NORMAL }: AddOptions = {}): void {
    if (isShutDown) return;
    const item = wanted(key, priority);
    if (item) becomeReady(item);
  }

  function addAfter(key: Key, delayMs: number, { priority = NORMAL }: AddOptions = {}): void {
    if (isShutDown) return;
    const clampedMs = clampDelayMs(delayMs);
    const item = wanted(key, priority);
    if (!item || item.isDirty) return; // sooner already
    const readyAtMs = clock.monotonicMs() + clampedMs;
    if (clampedMs === 0) becomeReady(item);
    else if (item.slot === -1 || readyAtMs < item.readyAtMs) delays.put(item, readyAtMs);
  }

  /** The key's item, with its priority raised if need be; undefined: that brought it to a worker, who runs it now. */
  function wanted(key: Key, priority: Priority): Item<Key> | undefined {
    const item = items.get(key) ?? newItem(key);
    item.isDropped = false;
    const isWaiting = item.isDirty || item.slot !== -1;
    if (isWaiting && priority <= item.priority) return item;
    const isInLine = item.isDirty && !item.isProcessing;
    if (isInLine) ready.remove(item, item.priority);
    item.priority = priority;
    if (!isInLine) return item;
    offer(item); // to the tail of the higher line, or to a worker that waits for nothing less
    return item.isProcessing ? undefined : item;
  }

  function newItem(key: Key): Item<Key> {
    const item = blankItem(key);
    items.set(key, item);
    return item;
  }

  function becomeReady(item: Item<Key>): void {
    if (item.isDirty) return;
    delays.remove(item);
    item.isDirty = true;
    item.addedAtMs = clock.monotonicMs();
    adds++;
    if (!item.isProcessing) offer(item);
  }

  /** To the choosiest waiting worker, so that the others stay free for what it would not take; else into its line. */
  function offer(item: Item<Key>): void {
    const at = waiters.findIndex(({ minPriority }) => minPriority <= item.priority);
    const [waiter] = at === -1 ? [] : waiters.splice(at, 1);
    if (waiter) waiter.resolve(start(item));
    else ready.push(item, item.priority);
  }

  function start(item: Item<Key>): Taken<Key> {
    item.isDirty = false;
    item.isProcessing = true;
    item.runPriority = item.priority;
    item.startedAtMs = clock.monotonicMs();
    processing.add(item);
    metrics?.waited((item.startedAtMs - item.addedAtMs) / 1000);
    return { key: item.key, priority: item.priority };
  }

  function get(minPriority: Priority = -Infinity): Promise<Taken<Key> | undefined> {
    if (isShutDown) return Promise.resolve(undefined);
    const item = ready.shift(minPriority);
    if (item) return Promise.resolve(start(item));
    return new Promise((resolve) => {
      const at = waiters.findIndex((other) => other.minPriority < minPriority);
      waiters.splice(at === -1 ? waiters.length : at, 0, { minPriority, resolve });
    });
  }

  function done(key: Key): void {
    const item = items.get(key);
    if (!item?.isProcessing) return;
    item.isProcessing = false;
    item.isDropped = false;
    processing.delete(item);
    metrics?.worked((clock.monotonicMs() - item.startedAtMs) / 1000);
    if (item.isDirty && !isShutDown) offer(item);
    else forgetIdle(item);
    if (processing.size === 0) drained?.();
  }

  function requeueAfter(key: Key, delayMs: number): void {
    const item = items.get(key);
    if (item?.isProcessing && !item.isDropped) addAfter(key, delayMs, { priority: item.runPriority });
  }

  function retry(key: Key): void {
    const item = items.get(key);
    if (!item?.isProcessing || item.isDropped) return;
    retries++;
    requeueAfter(key, backoffMs(item.failures++, random));
  }

  function forget(key: Key): void {
    const item = items.get(key);
    if (!item) return;
    item.failures = 0;
    forgetIdle(item);
  }

  function drop(key: Key): void {
    const item = items.get(key);
    if (!item) return;
    ready.remove(item, item.priority);
    delays.remove(item);
    item.isDirty = false;
    item.isDropped = item.isProcessing;
    forget(key);
  }

  /** Nothing is left to remember: memory follows the keys that are alive. */
  function forgetIdle(item: Item<Key>): void {
    if (!item.isDirty && !item.isProcessing && item.slot === -1 && item.failures === 0) items.delete(item.key);
  }

  function shutDown(): void {
    isShutDown = true;
    delays.clear();
    ready.clear();
    for (const { resolve } of waiters.splice(0)) resolve(undefined);
  }

  async function shutDownWithDrain(timeoutMs: number): Promise<boolean> {
    shutDown();
    if (processing.size === 0) return true;
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs, () => resolve(false));
      drained = () => {
        timer.cancel();
        resolve(true);
      };
    });
  }

  function stats(): QueueStats {
    const nowMs = clock.monotonicMs();
    const runningSeconds = [...processing].map(({ startedAtMs }) => (nowMs - startedAtMs) / 1000);
    return {
      depth: ready.depth(),
      adds,
      retries,
      unfinishedSeconds: runningSeconds.reduce((sum, seconds) => sum + seconds, 0),
      longestRunningSeconds: Math.max(0, ...runningSeconds),
    };
  }

  metrics?.observe(stats);
  return {
    ...{ add, addAfter, get, done, retry, requeueAfter, forget, drop, shutDown, shutDownWithDrain },
    get size() {
      return ready.size;
    },
  };
}

function blankItem<Key>(key: Key): Item<Key> {
  return {
    key,
    isDirty: false,
    isProcessing: false,
    isDropped: false,
    priority: NORMAL,
    runPriority: NORMAL,
    failures: 0,
    readyAtMs: 0,
    slot: -1,
    addedAtMs: 0,
    startedAtMs: 0,
  };
}
