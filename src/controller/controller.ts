// The workers: take a key, run the reconcile under a deadline, map what came of it. Whatever is thrown hits its key only.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { TerminalError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { ControllerMetrics, ReconcileResult } from '../lib/metrics-port.ts';
import type { Queue, Taken } from './queue.ts';
import { NORMAL } from './result.ts';
import type { Result, RunContext } from './result.ts';
import { describeThrown, framesOf, isProgrammingError } from './thrown.ts';

const DEADLINE = new DOMException('The run is over its deadline', 'TimeoutError');

export interface ControllerOptions<Key extends string> {
  readonly name: string;
  readonly queue: Queue<Key>;
  readonly reconcile: (key: Key, context: RunContext) => Promise<Result>;
  readonly concurrency: number;
  /** So many of the workers take only keys of normal or higher priority: a fan-out never holds them all. */
  readonly reservedForNormal?: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ControllerMetrics;
  /** Aborts all runs and shuts the queue down: leadership is lost, or the drain took too long. */
  readonly signal: AbortSignal;
}

/** What a run came to. */
type Outcome =
  | { readonly kind: 'success' | 'requeue' | 'aborted' }
  | { readonly kind: 'requeue_after'; readonly delayMs: number }
  | { readonly kind: 'error' | 'terminal' | 'panic' | 'timeout'; readonly thrown: unknown };

/** Runs until the queue is shut down and every run that was under way has ended. Never rejects. */
export async function runController<Key extends string>(options: ControllerOptions<Key>): Promise<void> {
  const { name, queue, concurrency, reservedForNormal = 2, metrics, signal } = options;
  const reserved = Math.min(reservedForNormal, concurrency - 1); // somebody must take the low keys
  metrics.maxConcurrent(name, concurrency);
  const shutDown = (): void => queue.shutDown();
  if (signal.aborted) shutDown();
  signal.addEventListener('abort', shutDown);
  const workers = Array.from({ length: concurrency }, (_, index) =>
    work(options, index < reserved ? NORMAL : -Infinity),
  );
  await Promise.all(workers);
  signal.removeEventListener('abort', shutDown);
}

async function work<Key extends string>(options: ControllerOptions<Key>, minPriority: number): Promise<void> {
  const { name, queue, metrics, signal } = options;
  const end = runEnds(signal);
  for (let taken = await queue.get(minPriority); taken; taken = await queue.get(minPriority)) {
    metrics.activeWorkers(name, 1);
    await runOnce(options, taken, end());
    queue.done(taken.key);
    metrics.activeWorkers(name, -1);
  }
}

/** What ends a run. A worker's runs share it, as long as none of them was over its deadline. */
function runEnds(signal: AbortSignal): () => AbortController {
  let end = new AbortController();
  signal.addEventListener('abort', () => end.abort(), { once: true });
  return () => {
    if (end.signal.aborted) end = new AbortController();
    if (signal.aborted) end.abort();
    return end;
  };
}

async function runOnce<Key extends string>(
  options: ControllerOptions<Key>,
  { key }: Taken<Key>,
  end: AbortController,
): Promise<void> {
  const { name, clock, metrics } = options;
  const startedMs = clock.monotonicMs();
  const runId = randomUUID().slice(0, 8);
  const outcome = await reconcileWithin(options, { key, runId, end });
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  metrics.reconcile(name, settle(options, key, outcome), seconds);
  if ('thrown' in outcome) report(options, { key, runId, outcome });
}

/** The reconcile under its deadline, which also ends with the controller's signal. */
async function reconcileWithin<Key extends string>(
  { reconcile, timeoutMs, clock, signal }: ControllerOptions<Key>,
  { key, runId, end }: { readonly key: Key; readonly runId: string; readonly end: AbortController },
): Promise<Outcome> {
  const timer = clock.after(timeoutMs, () => end.abort(DEADLINE));
  try {
    return outcomeOf(await reconcile(key, { signal: end.signal, runId }));
  } catch (thrown) {
    if (signal.aborted) return { kind: 'aborted' };
    return { kind: end.signal.reason === DEADLINE ? 'timeout' : kindOf(thrown), thrown };
  } finally {
    timer.cancel();
  }
}

function outcomeOf({ retry, requeueAfterMs }: Result): Outcome {
  if (retry) return { kind: 'requeue' };
  return requeueAfterMs === undefined ? { kind: 'success' } : { kind: 'requeue_after', delayMs: requeueAfterMs };
}

function kindOf(thrown: unknown): 'error' | 'terminal' | 'panic' {
  if (thrown instanceof TerminalError) return 'terminal';
  return isProgrammingError(thrown) ? 'panic' : 'error';
}

/** What the queue does next with the key, and the metric's label. */
function settle<Key extends string>(
  { name, queue, metrics }: ControllerOptions<Key>,
  key: Key,
  outcome: Outcome,
): ReconcileResult {
  switch (outcome.kind) {
    case 'success':
      queue.forget(key);
      return 'success';
    case 'requeue_after':
      queue.forget(key);
      queue.requeueAfter(key, outcome.delayMs);
      return 'requeue_after';
    case 'requeue':
    case 'aborted':
      queue.retry(key);
      return 'requeue';
    case 'terminal':
      metrics.terminalError(name);
      queue.forget(key);
      return 'error';
    case 'timeout':
      metrics.timeout(name);
      queue.retry(key);
      return 'error';
    case 'panic':
      metrics.panic(name);
      queue.retry(key);
      return 'error';
    case 'error':
      queue.retry(key);
      return 'error';
  }
}

interface Report<Key> {
  readonly key: Key;
  readonly runId: string;
  readonly outcome: Extract<Outcome, { thrown: unknown }>;
}

/** One line a failure: unknown errors show their class or code only, since a message may quote a secret. */
function report<Key extends string>(
  { name, logger, timeoutMs }: ControllerOptions<Key>,
  { key, runId, outcome: { kind, thrown } }: Report<Key>,
): void {
  const fields = { controller: name, object: key, runId, outcome: kind, error: describeThrown(thrown) };
  if (kind === 'timeout') logger.error(`Reconcile ran into its deadline of ${timeoutMs} ms`, fields);
  else if (kind === 'panic') logger.error('Reconcile failed unexpectedly', { ...fields, frames: framesOf(thrown) });
  else logger.error('Reconcile failed', fields);
}
