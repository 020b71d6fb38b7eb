import assert from 'node:assert/strict';
import { runController } from '../../src/controller/controller.ts';
import type { ControllerOptions } from '../../src/controller/controller.ts';
import { createQueue } from '../../src/controller/queue.ts';
import { LOW } from '../../src/controller/result.ts';
import type { Result, RunContext } from '../../src/controller/result.ts';
import { KubeError } from '../../src/kube/client.ts';
import { TerminalError } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';

type Reconcile = (key: string, context: RunContext) => Promise<Result>;

const CANARY = 'CANARY-4711';

function setUp(reconcile: Reconcile, options: Partial<ControllerOptions<string>> = {}) {
  const clock = fakeClock();
  const queue = createQueue<string>({ clock, random: () => 0.5 });
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
  const metrics = createMetrics();
  const stop = new AbortController();
  const common = { name: 'test', queue, reconcile, concurrency: 1, timeoutMs: 1000, clock, logger, metrics };
  const ended = runController({ ...common, signal: stop.signal, ...options });
  const count = async (name: string): Promise<number> => {
    const line = (await metrics.render()).split('\n').find((each) => each.startsWith(`controller_runtime_${name} `));
    return Number(line?.split(' ').at(-1));
  };
  const runOnce = async (key: string): Promise<void> => {
    queue.add(key);
    await eventually(async () => (await total(count)) === 1);
  };
  return { clock, queue, lines, stop, ended, count, runOnce };
}

async function total(count: (name: string) => Promise<number>): Promise<number> {
  return count('reconcile_time_seconds_count{controller="test"}');
}

const result = (name: string): string => `reconcile_total{controller="test",result="${name}"}`;
const counter = (name: string): string => `${name}{controller="test"}`;

function failing(thrown: unknown): Reconcile {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- others throw what they like
  return () => Promise.reject(thrown);
}

describe('the controller', () => {
  it('counts a success and runs the key no more', async () => {
    const { clock, runOnce, count, stop, ended } = setUp(() => Promise.resolve({}));
    await runOnce('a');
    assert.equal(await count(result('success')), 1);
    assert.deepEqual(clock.pendingMs(), []);
    stop.abort();
    await ended;
  });

  it('runs a key again when its result asks for it', async () => {
    const { clock, queue, runOnce, count, stop, ended } = setUp(() => Promise.resolve({ requeueAfterMs: 60_000 }));
    await runOnce('a');
    assert.equal(await count(result('requeue_after')), 1);
    assert.deepEqual(clock.pendingMs(), [60_000]);
    clock.advance(60_000);
    await eventually(async () => (await total(count)) === 2);
    queue.shutDown();
    stop.abort();
    await ended;
  });

  it('takes a retry that the story has told about as a back-off without a log line', async () => {
    const { clock, runOnce, count, lines, stop, ended } = setUp(() =>
      Promise.resolve({ retry: true, requeueAfterMs: 9 }),
    );
    await runOnce('a');
    assert.equal(await count(result('requeue')), 1);
    assert.deepEqual(clock.pendingMs(), [5]);
    assert.deepEqual(lines, []);
    stop.abort();
    await ended;
  });

  it('backs off after an error and logs it once, with the run', async () => {
    const kubeError = new KubeError({ kind: 'Conflict', status: 409, request: 'patch secrets "a"' });
    const { clock, runOnce, count, lines, stop, ended } = setUp(failing(kubeError));
    await runOnce('a');
    assert.equal(await count(result('error')), 1);
    assert.equal(await count(counter('reconcile_errors_total')), 1);
    assert.equal(await count(counter('reconcile_panics_total')), 0);
    assert.deepEqual(clock.pendingMs(), [5]);
    const [entry, ...others] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(others, []);
    assert.equal(entry!['error'], 'Cannot patch secrets "a": Conflict (HTTP 409)');
    assert.equal(entry!['object'], 'a');
    assert.match(String(entry!['runId']), /^[0-9a-f]{8}$/);
    stop.abort();
    await ended;
  });

  it('does not try a terminal error again', async () => {
    const { clock, runOnce, count, stop, ended } = setUp(failing(new TerminalError('Cannot do it')));
    await runOnce('a');
    assert.equal(await count(counter('terminal_reconcile_errors_total')), 1);
    assert.equal(await count(result('error')), 1);
    assert.deepEqual(clock.pendingMs(), []);
    stop.abort();
    await ended;
  });

  const panics = {
    'a TypeError': new TypeError(CANARY),
    'a RangeError': new RangeError(CANARY),
    'a text': CANARY,
    'an object': { password: CANARY },
    nothing: undefined,
  };
  for (const [what, thrown] of Object.entries(panics)) {
    it(`counts ${what} thrown as a panic that hits its key only, and never logs its text`, async () => {
      const { runOnce, count, lines, stop, ended } = setUp(failing(thrown));
      await runOnce('a');
      assert.equal(await count(counter('reconcile_panics_total')), 1);
      assert.equal(await count(counter('reconcile_errors_total')), 1);
      assert.equal(lines.length, 1);
      assert.ok(!lines[0]?.includes(CANARY));
      stop.abort();
      await ended;
    });
  }

  it('shows of an unknown error its code only', async () => {
    const { runOnce, lines, stop, ended } = setUp(failing(Object.assign(new Error(CANARY), { code: 'ECONNRESET' })));
    await runOnce('a');
    assert.equal((JSON.parse(lines[0]!) as { error: string }).error, 'ECONNRESET');
    assert.ok(!lines[0]?.includes(CANARY));
    stop.abort();
    await ended;
  });

  it('catches what is thrown before the first promise', async () => {
    const { runOnce, count, stop, ended } = setUp(() => {
      throw new ReferenceError('x');
    });
    await runOnce('a');
    assert.equal(await count(counter('reconcile_panics_total')), 1);
    stop.abort();
    await ended;
  });

  it('ends a run that is over its deadline by its signal, and counts it', async () => {
    const { clock, queue, count, lines, stop, ended } = setUp(untilAborted);
    queue.add('a');
    await eventually(() => clock.pendingMs().includes(1000));
    clock.advance(1000);
    await eventually(async () => (await count(counter('reconcile_timeouts_total'))) === 1);
    assert.equal(await count(result('error')), 1);
    assert.match(lines[0]!, /deadline of 1000 ms/);
    stop.abort();
    await ended;
  });

  it('ends all runs when leadership is lost, without a word', async () => {
    const { clock, queue, lines, stop, ended } = setUp(untilAborted, { concurrency: 3 });
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await eventually(() => queue.size === 1 || queue.size === 2);
    stop.abort();
    await ended;
    assert.deepEqual(lines, []);
    assert.deepEqual(clock.pendingMs(), []);
  });

  it('starts nothing when leadership was lost before', async () => {
    let runs = 0;
    const reconcile = (): Promise<Result> => Promise.resolve({}).finally(() => runs++);
    const { queue, ended } = setUp(reconcile, { signal: AbortSignal.abort() });
    queue.add('a');
    await ended;
    assert.equal(runs, 0);
  });

  it('lets a run end in peace when the queue drains', async () => {
    const release = Promise.withResolvers<Result>();
    const seen: RunContext[] = [];
    const { queue, ended, count } = setUp((_key, context) => {
      seen.push(context);
      return release.promise;
    });
    queue.add('a');
    await eventually(() => seen.length === 1);
    const drained = queue.shutDownWithDrain(20_000);
    release.resolve({});
    assert.equal(await drained, true);
    await ended;
    assert.equal(seen[0]?.signal.aborted, false);
    assert.equal(await count(result('success')), 1);
  });

  it('keeps workers for events while a fan-out holds the others', async () => {
    const running: string[] = [];
    const held = Promise.withResolvers<Result>();
    const reconcile = (key: string): Promise<Result> => {
      running.push(key);
      return held.promise;
    };
    const { queue, stop, ended } = setUp(reconcile, { concurrency: 4, reservedForNormal: 2 });
    for (let index = 0; index < 10; index++) queue.add(`rotation-${index}`, { priority: LOW });
    await eventually(() => running.length === 2);
    queue.add('new-namespace');
    await eventually(() => running.includes('new-namespace'));
    assert.equal(queue.size, 8);
    stop.abort();
    held.resolve({});
    await ended;
  });

  it('leaves one worker for low keys however few there are', async () => {
    const { queue, count, stop, ended } = setUp(() => Promise.resolve({}), { concurrency: 1, reservedForNormal: 2 });
    queue.add('rotation', { priority: LOW });
    await eventually(async () => (await count(result('success'))) === 1);
    stop.abort();
    await ended;
  });

  it('F67: never runs a key twice at a time and misses no add', async () => {
    let running = 0;
    let runs = 0;
    const held = Promise.withResolvers<undefined>();
    const reconcile = async (): Promise<Result> => {
      assert.equal(++running, 1);
      runs++;
      await held.promise;
      running--;
      return {};
    };
    const { queue, stop, ended, lines } = setUp(reconcile, { concurrency: 4 });
    queue.add('a');
    await eventually(() => running === 1);
    for (let count = 0; count < 100; count++) queue.add('a');
    held.resolve(undefined);
    await eventually(() => runs === 2 && running === 0);
    stop.abort();
    await ended;
    assert.deepEqual(lines, []);
  });
});

/** A run that ends with its signal, as every call to the outside does. */
function untilAborted(_key: string, { signal }: RunContext): Promise<Result> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
}
