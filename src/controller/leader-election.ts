// Leader election by Lease, as client-go does it, and the write fence. A Lease is no fence and timers stall with the event
// loop: so every write asks mayWrite(), which compares the monotonic clock with the last renewal.
import type { CallOptions, KubeClient, KubeErrorKind, KubeObject } from '../kube/client.ts';
import { sleep } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { TerminalError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { ElectionMetrics } from '../lib/metrics-port.ts';
import { LEASES, acquisition, changedLease, newLease, readRecord, released, renewal } from './lease-record.ts';
import type { LeaseRecord } from './lease-record.ts';
import { describeThrown, isKubeError } from './thrown.ts';

/** Must hold: lease > deadline > 2.2 x retry. */
export interface ElectionTimings {
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export const DEFAULT_TIMINGS: ElectionTimings = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

const JITTER_FACTOR = 1.2;
/** Beyond a lease's life: the renew loop itself must be stuck. */
const TOLERANCE_MS = 20_000;

export interface ElectionOptions {
  /** A client of its own, without the fence: work must not hold the Lease's connection up. */
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Different in each process, also of one pod: `hostname_uuid`. */
  readonly identity: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ElectionMetrics;
  readonly timings?: ElectionTimings;
  readonly random?: () => number;
}

export interface ElectionCallbacks {
  readonly onStartedLeading: () => void;
  /** Leading is over, either way; mayWrite() says no already. */
  readonly onStoppedLeading: () => void;
}

export interface LeaderElection {
  /**
   * Tries for the Lease, then keeps it. `lost`: leave at once, without a drain. `released`: the signal or release() asked
   * for it. Rejects with a TerminalError if the Lease may not be used at all.
   */
  run(signal: AbortSignal, callbacks: ElectionCallbacks): Promise<'released' | 'lost'>;
  /** The write fence. */
  mayWrite(): boolean;
  isLeader(): boolean;
  /** False if this process leads and has not renewed for longer than a lease lives. */
  healthy(): boolean;
  /** After all work has stopped: gives the Lease back and ends run(). */
  release(): Promise<void>;
}

/** What was last seen of the Lease, and when its record last changed, by our own monotonic clock. */
interface Observed {
  readonly lease: KubeObject;
  readonly record: LeaseRecord;
  readonly changedAtMs: number;
}

/** `held`: somebody else has it. */
type Attempt = 'won' | 'held' | 'failed';

export function createLeaderElection(options: ElectionOptions): LeaderElection {
  const { client, namespace, name, identity, clock, logger, metrics } = options;
  const { timings = DEFAULT_TIMINGS, random = Math.random } = options;
  const { leaseMs, renewDeadlineMs, retryMs } = checked(timings);
  const ref = { resource: LEASES, namespace, name };
  const stopping = new AbortController();
  let observed: Observed | undefined;
  let renewedAtMs = -Infinity;
  let isLeading = false;
  let ended: Promise<unknown> = Promise.resolve();
  let lastComplaint = '';

  function run(signal: AbortSignal, callbacks: ElectionCallbacks): Promise<'released' | 'lost'> {
    const stop = (): void => stopping.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    const running = campaign(callbacks).finally(() => signal.removeEventListener('abort', stop));
    ended = running.catch(() => undefined);
    return running;
  }

  async function campaign({ onStartedLeading, onStoppedLeading }: ElectionCallbacks): Promise<'released' | 'lost'> {
    metrics.leading(name, false);
    if (!(await acquire())) return 'released';
    if (!stopping.signal.aborted) {
      setLeading(true);
      onStartedLeading();
      const hasLost = await keepRenewing();
      setLeading(false);
      onStoppedLeading();
      if (hasLost) return 'lost';
    }
    await giveBack();
    return 'released';
  }

  function setLeading(isLeader: boolean): void {
    isLeading = isLeader;
    metrics.leading(name, isLeader);
    logger.info(isLeader ? 'Started leading' : 'Stopped leading', { lease: `${namespace}/${name}`, identity });
  }

  /** False if it was stopped before. */
  async function acquire(): Promise<boolean> {
    while (!stopping.signal.aborted) {
      if ((await attempt(requestTimeoutMs())) === 'won') return true;
      await sleep(clock, retryMs * (1 + JITTER_FACTOR * random()), stopping.signal);
    }
    return false;
  }

  /** True if the Lease was lost: to somebody else, or by not reaching the API server within the deadline. */
  async function keepRenewing(): Promise<boolean> {
    for (;;) {
      await sleep(clock, untilNextTryMs(leftMs()), stopping.signal);
      if (leftMs() <= 0) return true;
      if (stopping.signal.aborted) return false;
      if ((await attempt(Math.min(requestTimeoutMs(), leftMs()))) === 'held') return true;
      if (leftMs() <= 0) return true;
    }
  }

  /** The usual period; closer together when the deadline is near, for the last answers count. */
  function untilNextTryMs(leftMs: number): number {
    return Math.min(leftMs, Math.max(retryMs / 4, Math.min(retryMs, leftMs / 2)));
  }

  function leftMs(): number {
    return renewedAtMs + renewDeadlineMs - clock.monotonicMs();
  }

  function requestTimeoutMs(): number {
    return Math.max(1000, renewDeadlineMs / 2);
  }

  async function attempt(timeoutMs: number): Promise<Attempt> {
    const startedAtMs = clock.monotonicMs(); // the server may have written at any time from here on
    try {
      const result = await within(clock, timeoutMs, acquireOrRenew);
      if (result === 'won') renewedAtMs = startedAtMs;
      lastComplaint = '';
      return result;
    } catch (thrown) {
      if (!isLeading && isKubeError(thrown) && thrown.kind === 'Forbidden') throw notAllowed(thrown.request, options);
      if (!isLeading && isKubeError(thrown) && thrown.kind === 'NamespaceGone') throw noNamespace(options);
      complain(describeThrown(thrown));
      return 'failed';
    }
  }

  /** A cluster that is down for an hour is one line, not 1800. */
  function complain(error: string): void {
    if (error !== lastComplaint) logger.warn(`Cannot ${isLeading ? 'renew' : 'acquire'} the Lease`, { error });
    lastComplaint = error;
  }

  async function acquireOrRenew(call: CallOptions): Promise<'won' | 'held'> {
    if (isLeading && observed?.record.holder === identity) {
      const isRenewed = await unless(['Conflict', 'NotFound'], renew(observed.lease, call));
      if (isRenewed) return 'won';
    }
    if (isLeading) metrics.electionSlowPath(name);
    const lease = await unless(['NotFound'], client.get(ref, call));
    if (!lease) return createLease(call);
    return takeIfFree(observe(lease), call);
  }

  async function renew(lease: KubeObject, call: CallOptions, extra: object = {}): Promise<'won'> {
    const spec = { ...renewal(identity, leaseMs, clock.now()), ...extra };
    observe(await client.replace(ref, changedLease(lease, spec), call));
    return 'won';
  }

  async function createLease(call: CallOptions): Promise<'won'> {
    const spec = { ...renewal(identity, leaseMs, clock.now()), ...acquisition(clock.now(), 0) };
    observe(await client.create(LEASES, namespace, newLease(ref, spec), call));
    return 'won';
  }

  async function takeIfFree({ lease, record, changedAtMs }: Observed, call: CallOptions): Promise<'won' | 'held'> {
    if (record.holder === identity) return renew(lease, call);
    const isExpired = clock.monotonicMs() >= changedAtMs + Math.max(leaseMs, record.durationMs);
    if (record.holder !== '' && !isExpired) return 'held';
    return renew(lease, call, acquisition(clock.now(), record.transitions + 1));
  }

  /** Only a record that changes counts as a sign of life: what its times say does not matter. */
  function observe(lease: KubeObject): Observed {
    const record = readRecord(lease);
    const before = observed?.record.text === record.text ? observed : undefined;
    observed = { lease, record, changedAtMs: before?.changedAtMs ?? clock.monotonicMs() };
    return observed;
  }

  /** Best effort: who can not give it back lets it expire. */
  async function giveBack(): Promise<void> {
    try {
      await within(clock, requestTimeoutMs(), async (call) => {
        while (!(await unless(['Conflict'], giveBackOnce(call)))) call.signal?.throwIfAborted();
      });
    } catch (thrown) {
      logger.warn('Cannot release the Lease', { error: describeThrown(thrown) });
    }
  }

  async function giveBackOnce(call: CallOptions): Promise<'done'> {
    const lease = await client.get(ref, call);
    if (readRecord(lease).holder === identity) {
      await client.replace(ref, changedLease(lease, released(clock.now())), call);
    }
    return 'done';
  }

  return {
    run,
    mayWrite: () => isLeading && leftMs() > 0,
    isLeader: () => isLeading,
    healthy: () => !isLeading || clock.monotonicMs() <= renewedAtMs + leaseMs + TOLERANCE_MS,
    async release() {
      stopping.abort();
      await ended;
    },
  };
}

function checked(timings: ElectionTimings): ElectionTimings {
  const { leaseMs, renewDeadlineMs, retryMs } = timings;
  if (leaseMs > renewDeadlineMs && renewDeadlineMs > 2 * JITTER_FACTOR * retryMs && retryMs > 0) return timings;
  throw new RangeError('Cannot elect a leader: the lease must outlast the deadline, and the deadline two retries');
}

/** Ends with the time, also if the call does not. */
async function within<T>(clock: Clock, timeoutMs: number, call: (options: CallOptions) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const expired = new Promise<never>((_, reject) => {
    deadline.signal.addEventListener('abort', () => reject(new DOMException('No answer in time', 'TimeoutError')));
  });
  const timer = clock.after(timeoutMs, () => deadline.abort());
  try {
    return await Promise.race([call({ signal: deadline.signal }), expired]);
  } finally {
    timer.cancel();
  }
}

/** The answer; undefined for these errors. */
async function unless<T>(kinds: readonly KubeErrorKind[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (isKubeError(thrown) && kinds.includes(thrown.kind)) return undefined;
    throw thrown;
  }
}

function notAllowed(request: string, { namespace }: ElectionOptions): TerminalError {
  return new TerminalError(
    `Cannot ${request}: Forbidden (HTTP 403); add a rule with apiGroups ["coordination.k8s.io"], resources ["leases"], ` +
      `verbs ["get", "create", "update"] to the operator's Role in namespace "${namespace}"; if it lives elsewhere, set --namespace`,
  );
}

function noNamespace({ namespace }: ElectionOptions): TerminalError {
  return new TerminalError(
    `Cannot create the Lease: namespace "${namespace}" does not exist; create it (kubectl apply -k manifests), or set --namespace`,
  );
}
