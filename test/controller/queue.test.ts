import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createQueue } from '../../src/controller/queue.ts';
import type { Queue } from '../../src/controller/queue.ts';
import { LOW, NORMAL } from '../../src/controller/result.ts';
import type { QueueStats } from '../../src/lib/metrics-port.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';

const MINUTE_MS = 60_000;

function setUp() {
  const clock = fakeClock();
  const queue = createQueue<string>({ clock, random: () => 0.5 });
  return { clock, queue };
}

/** Takes and finishes all that can be taken now. */
async function drain(queue: Queue<string>): Promise<string[]> {
  const keys = [];
  while (queue.size > 0) {
    const { key } = (await queue.get())!;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('the work queue', () => {
  it('hands keys out in the order of their adds', async () => {
    const { queue } = setUp();
    for (const key of ['b', 'a', 'c']) queue.add(key);
    assert.deepEqual(await drain(queue), ['b', 'a', 'c']);
  });

  it('hands normal keys out before low ones', async () => {
    const { queue } = setUp();
    queue.add('rotation-1', { priority: LOW });
    queue.add('rotation-2', { priority: LOW });
    queue.add('new-namespace');
    assert.deepEqual(await drain(queue), ['new-namespace', 'rotation-1', 'rotation-2']);
  });

  it('keeps the order within a priority when keys are taken out and added again', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    assert.deepEqual(await drain(queue), ['a', 'b', 'c']);
    for (const key of ['c', 'a', 'd']) queue.add(key);
    queue.drop('a');
    queue.add('a');
    assert.deepEqual(await drain(queue), ['c', 'd', 'a']);
  });

  it('wakes a worker that waits', async () => {
    const { queue } = setUp();
    const waiting = queue.get();
    queue.add('a', { priority: LOW });
    assert.deepEqual(await waiting, { key: 'a', priority: LOW });
    assert.equal(queue.size, 0);
  });

  it('does not give a low key to a worker that waits for normal ones', async () => {
    const { queue } = setUp();
    const choosy = queue.get(NORMAL);
    queue.add('rotation', { priority: LOW });
    queue.add('event');
    assert.equal((await choosy)?.key, 'event');
    assert.equal((await queue.get())?.key, 'rotation');
  });

  it('gives a normal key to the worker that takes nothing else, so that the others stay free', async () => {
    const { queue } = setUp();
    const any = queue.get();
    const choosy = queue.get(NORMAL);
    queue.add('event');
    queue.add('rotation', { priority: LOW });
    assert.equal((await choosy)?.key, 'event');
    assert.equal((await any)?.key, 'rotation');
  });

  for (const [how, raise] of [
    ['at once', (queue: Queue<string>) => queue.add('a')],
    ['for later', (queue: Queue<string>) => queue.addAfter('a', MINUTE_MS)],
  ] as const)
    it(`F66: gives a key that is raised, wanted ${how}, to a worker that waits for nothing less, who runs it once`, async () => {
      const { queue, clock } = setUp();
      queue.add('a', { priority: LOW });
      const choosy = queue.get(NORMAL);

      raise(queue);

      assert.equal((await choosy)?.key, 'a');
      queue.done('a');
      clock.advance(MINUTE_MS);
      assert.equal(queue.size, 0);
    });

  it('F66: raises a key that waits low when an event adds it, once and at the tail of the new line', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'c']) queue.add(key, { priority: LOW });
    queue.add('event');
    queue.add('b');
    assert.deepEqual(await drain(queue), ['event', 'b', 'a', 'c']);
  });

  it('F66: leaves a key that waits normal where it is when a rotation adds it', async () => {
    const { queue } = setUp();
    queue.add('a');
    queue.add('b');
    queue.add('a', { priority: LOW });
    queue.addAfter('a', MINUTE_MS, { priority: LOW });
    assert.deepEqual(await drain(queue), ['a', 'b']);
  });

  it('F67: runs a key once more when it is added while it runs, and never twice at a time', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.add('a', { priority: LOW });
    queue.add('a');
    assert.equal(queue.size, 0);
    queue.done('a');
    assert.deepEqual(await queue.get(), { key: 'a', priority: NORMAL });
    queue.done('a');
    assert.equal(queue.size, 0);
  });

  it('F67: runs a low key that was added while a normal run was under way as a low one', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.add('a', { priority: LOW });
    queue.done('a');
    assert.deepEqual(await queue.get(), { key: 'a', priority: LOW });
  });

  it('F67: makes one run of 10 000 adds', async () => {
    const { queue } = setUp();
    for (let count = 0; count < 10_000; count++) queue.add('a');
    assert.deepEqual(await drain(queue), ['a']);
  });

  it('F67: forgets a queued or delayed key whose namespace is deleted and leaves no timer', () => {
    const { clock, queue } = setUp();
    queue.add('queued');
    queue.addAfter('delayed', MINUTE_MS);
    queue.drop('queued');
    queue.drop('delayed');
    assert.equal(clock.pendingMs().length, 0);
    clock.advance(2 * MINUTE_MS);
    assert.equal(queue.size, 0);
  });

  it('F67: lets a run whose namespace is deleted meanwhile ask for no other run', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.drop('a');
    queue.retry('a');
    queue.requeueAfter('a', 1000);
    queue.done('a');
    assert.equal(queue.size, 0);
    assert.equal(clock.pendingMs().length, 0);
  });

  it('F67: runs a key that is added again after it was dropped', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.drop('a');
    queue.add('a');
    queue.done('a');
    assert.deepEqual(await drain(queue), ['a']);
  });

  it('F69: runs a key in its back-off at once when an event comes, and goes on up the ladder when it fails again', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    for (let failures = 0; failures < 17; failures++) await failOnce(queue, clock);
    await queue.get();
    queue.retry('a'); // five minutes, the top of the ladder
    queue.done('a');

    queue.add('a');
    assert.equal(queue.size, 1);
    await queue.get();
    queue.retry('a');
    queue.done('a');

    clock.advance(4.9 * MINUTE_MS);
    assert.equal(queue.size, 0);
    clock.advance(0.2 * MINUTE_MS);
    assert.equal(queue.size, 1);
  });

  it('starts the back-off anew after forget', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    for (let failures = 0; failures < 10; failures++) await failOnce(queue, clock);
    queue.forget('a');
    await queue.get();
    queue.retry('a');
    queue.done('a');
    clock.advance(5);
    assert.equal(queue.size, 1);
  });

  it('keeps the priority of a run that asks for another', async () => {
    const { clock, queue } = setUp();
    queue.add('a', { priority: LOW });
    await queue.get();
    queue.requeueAfter('a', 1000);
    queue.done('a');
    clock.advance(1000);
    assert.deepEqual(await queue.get(), { key: 'a', priority: LOW });
  });

  it('keeps the earlier of two times', async () => {
    const { clock, queue } = setUp();
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    clock.advance(999);
    assert.equal(queue.size, 0);
    clock.advance(1);
    assert.deepEqual(await drain(queue), ['a']);
    clock.advance(MINUTE_MS);
    assert.equal(queue.size, 0);
  });

  it('takes a delay of nothing or less as now, and one that is no number as a day', async () => {
    const { clock, queue } = setUp();
    queue.addAfter('now', 0);
    queue.addAfter('past', -5);
    queue.addAfter('never', NaN);
    queue.addAfter('endless', Infinity);
    assert.deepEqual(await drain(queue), ['now', 'past']);
    clock.advance(24 * 60 * MINUTE_MS);
    assert.deepEqual(await drain(queue), ['never', 'endless']);
  });

  it('holds one timer for any number of delayed keys', () => {
    const { clock, queue } = setUp();
    for (let index = 0; index < 1000; index++) queue.addAfter(`key-${index}`, 1 + ((index * 7919) % 1000));
    assert.equal(clock.pendingMs().length, 1);
  });

  it('hands out nothing after shutDown', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    queue.addAfter('b', 1000);
    const choosy = queue.get(1);
    queue.shutDown();
    queue.add('c');
    assert.equal(await choosy, undefined);
    assert.equal(await queue.get(), undefined);
    assert.equal(clock.pendingMs().length, 0);
  });

  it('waits for running keys when it drains', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    await queue.get();
    const drained = queue.shutDownWithDrain(1000);
    queue.add('a');
    queue.done('a');
    assert.equal(await drained, true);
    assert.equal(clock.pendingMs().length, 0);
  });

  it('stops waiting for a run that does not end', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    await queue.get();
    const drained = queue.shutDownWithDrain(1000);
    clock.advance(1000);
    assert.equal(await drained, false);
  });

  it('reports its numbers to the metrics', async () => {
    const clock = fakeClock();
    const reported: { stats?: () => QueueStats; waited: number[]; worked: number[] } = { waited: [], worked: [] };
    const queue = createQueue<string>({
      clock,
      metrics: {
        observe: (stats) => (reported.stats = stats),
        waited: (seconds) => reported.waited.push(seconds),
        worked: (seconds) => reported.worked.push(seconds),
      },
    });
    queue.add('a');
    queue.add('b', { priority: LOW });
    clock.advance(1000);
    await queue.get();
    clock.advance(2000);
    const { depth, ...numbers } = reported.stats!();
    queue.done('a');
    assert.deepEqual(depth.get(LOW), 1);
    assert.deepEqual(numbers, { adds: 2, retries: 0, unfinishedSeconds: 2, longestRunningSeconds: 2 });
    assert.deepEqual([reported.waited, reported.worked], [[1], [2]]);
  });
});

async function failOnce(queue: Queue<string>, clock: FakeClock): Promise<void> {
  const { key } = (await queue.get())!;
  queue.retry(key);
  queue.done(key);
  clock.advance(6 * MINUTE_MS);
}

/** What a queue must do, written down without heaps and lines. */
interface ModelKey {
  running: boolean;
  wanted: boolean;
  runs: number;
}

interface Step {
  kind: 'add' | 'addAfter' | 'get' | 'done' | 'retry' | 'advance';
  key: string;
  low: boolean;
  ms: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add', 'addAfter', 'get', 'get', 'done', 'done', 'retry', 'advance'),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  low: fc.boolean(),
  ms: fc.integer({ min: 1, max: 50 }),
});

describe('the work queue, whatever happens to it', () => {
  it('never gives a key to two workers, loses no update, and ends with nothing left', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), runAgainstModel), { numRuns: 150 });
  });

  it('hands out all keys of one moment by priority, then by age', async () => {
    const adds = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom(LOW, NORMAL, 50)));
    await fc.assert(
      fc.asyncProperty(adds, async (list) => {
        const { queue } = setUp();
        for (const [key, priority] of list) queue.add(key, { priority });
        assert.deepEqual(await drain(queue), expectedOrder(list));
      }),
      { numRuns: 200 },
    );
  });
});

function expectedOrder(adds: readonly (readonly [string, number])[]): string[] {
  const place = new Map<string, { priority: number; at: number }>();
  for (const [at, [key, priority]] of adds.entries()) {
    const now = place.get(key);
    if (!now || priority > now.priority) place.set(key, { priority, at });
  }
  const entries = [...place].sort(([, one], [, other]) => other.priority - one.priority || one.at - other.at);
  return entries.map(([key]) => key);
}

async function runAgainstModel(steps: readonly Step[]): Promise<void> {
  const { clock, queue } = setUp();
  const model = new Map<string, ModelKey>();
  const of = (key: string): ModelKey => {
    const known = model.get(key) ?? { running: false, wanted: false, runs: 0 };
    model.set(key, known);
    return known;
  };
  const take = async (): Promise<string> => {
    const { key } = (await queue.get())!;
    assert.ok(!of(key).running, `${key} runs already`);
    assert.ok(of(key).wanted, `${key} was not asked for`);
    Object.assign(of(key), { running: true, wanted: false });
    return key;
  };
  const finish = (key: string): void => {
    queue.done(key);
    of(key).running = false;
  };

  for (const { kind, key, low, ms } of steps) {
    const priority = low ? LOW : NORMAL;
    if (kind === 'add') queue.add(key, { priority });
    if (kind === 'addAfter') queue.addAfter(key, ms, { priority });
    if (kind === 'retry' && of(key).running) queue.retry(key);
    if (kind === 'add' || kind === 'addAfter' || (kind === 'retry' && of(key).running)) of(key).wanted = true;
    if (kind === 'get' && queue.size > 0) await take();
    if (kind === 'done' && of(key).running) finish(key);
    if (kind === 'advance') clock.advance(ms);
  }

  for (const [key, { running }] of model) if (running) finish(key);
  clock.advance(10 * MINUTE_MS);
  while (queue.size > 0) finish(await take());
  assert.ok(![...model.values()].some(({ wanted }) => wanted), 'an update was lost');
  assert.equal(clock.pendingMs().length, 0);
}
