// The metrics: names, types and labels as existing dashboards know them, and our own (regcred_*). Labels come from closed sets.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, QueueMetrics, QueueStats, ReconcileResult } from './metrics-port.ts';

const RESULTS: readonly ReconcileResult[] = ['success', 'error', 'requeue', 'requeue_after'];

// controller-runtime's 40 buckets of reconcile_time, and client-go's of request_duration.
const RECONCILE_SECONDS = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5],
  ...[1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
];
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const QUEUE_SECONDS = Array.from({ length: 12 }, (_, power) => 10 ** (power - 8));

const MOST_PRIORITIES = 25;

/** One process has one; a test makes its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  return {
    ...controllerMetrics(registry),
    ...queueMetrics(registry),
    ...transportMetrics(registry),
    ...watchMetrics(registry),
    ...electionMetrics(registry),
    ...credentialMetrics(registry),
    render: () => registry.metrics(),
  };
}

type Part<Name extends keyof Metrics> = Pick<Metrics, Name>;

function controllerMetrics(
  registry: Registry,
): Part<'reconcile' | 'terminalError' | 'panic' | 'timeout' | 'maxConcurrent' | 'activeWorkers'> {
  const make = maker(registry, 'controller_runtime_');
  const total = make.counter('reconcile_total', 'Reconciles by result', 'controller', 'result');
  const errors = make.counter('reconcile_errors_total', 'Reconciles that ended in an error', 'controller');
  const terminal = make.counter('terminal_reconcile_errors_total', 'Errors that are not tried again', 'controller');
  const panics = make.counter('reconcile_panics_total', 'Errors of the code itself', 'controller');
  const timeouts = make.counter('reconcile_timeouts_total', 'Reconciles over their deadline', 'controller');
  const time = make.histogram('reconcile_time_seconds', 'How long a reconcile takes', RECONCILE_SECONDS, 'controller');
  const most = make.gauge('max_concurrent_reconciles', 'Workers', 'controller');
  const active = make.gauge('active_workers', 'Workers that are busy', 'controller');
  return {
    reconcile(controller, result, seconds) {
      total.inc({ controller, result });
      time.observe({ controller }, seconds);
      if (result === 'error') errors.inc({ controller });
    },
    terminalError: (controller) => terminal.inc({ controller }),
    panic: (controller) => panics.inc({ controller }),
    timeout: (controller) => timeouts.inc({ controller }),
    maxConcurrent(controller, workers) {
      most.set({ controller }, workers);
      active.set({ controller }, 0);
      for (const result of RESULTS) total.inc({ controller, result }, 0);
      for (const counter of [errors, terminal, panics, timeouts]) counter.inc({ controller }, 0);
    },
    activeWorkers: (controller, change) => active.inc({ controller }, change),
  };
}

/** The queues' own numbers are read when somebody scrapes. */
function queueMetrics(registry: Registry): Part<'queue'> {
  const stats = new Map<string, () => QueueStats>();
  const make = maker(registry, 'workqueue_');
  const waited = make.histogram('queue_duration_seconds', 'How long a key waits', QUEUE_SECONDS, 'name', 'controller');
  const worked = make.histogram('work_duration_seconds', 'How long a key runs', QUEUE_SECONDS, 'name', 'controller');
  const read = (metric: Gauge | Counter, fill: (labels: QueueLabels, stats: QueueStats) => void): void => {
    const collect = (): void => {
      metric.reset();
      for (const [name, current] of stats) fill({ name, controller: name }, current());
    };
    Object.assign(metric, { collect });
  };
  const depth = make.gauge('depth', 'Keys that wait, by priority', 'name', 'controller', 'priority');
  read(depth, (labels, { depth: byPriority }) => {
    for (const [priority, waiting] of [...byPriority].slice(0, MOST_PRIORITIES))
      depth.set({ ...labels, priority }, waiting);
  });
  const adds = make.counter('adds_total', 'Keys added', 'name', 'controller');
  read(adds, (labels, current) => adds.inc(labels, current.adds));
  const retries = make.counter('retries_total', 'Keys added again after a failure', 'name', 'controller');
  read(retries, (labels, current) => retries.inc(labels, current.retries));
  const unfinished = make.gauge('unfinished_work_seconds', 'Age of all running keys, summed up', 'name', 'controller');
  read(unfinished, (labels, current) => unfinished.set(labels, current.unfinishedSeconds));
  const longest = make.gauge('longest_running_processor_seconds', 'Age of the oldest run', 'name', 'controller');
  read(longest, (labels, current) => longest.set(labels, current.longestRunningSeconds));
  return {
    queue(name): QueueMetrics {
      const labels = { name, controller: name };
      waited.zero(labels);
      worked.zero(labels);
      return {
        observe: (current) => void stats.set(name, current),
        waited: (seconds) => waited.observe(labels, seconds),
        worked: (seconds) => worked.observe(labels, seconds),
      };
    },
  };
}

type QueueLabels = Record<'name' | 'controller', string>;

function transportMetrics(registry: Registry): Part<'request' | 'requestRetry'> {
  const make = maker(registry, 'rest_client_');
  const requests = make.counter('requests_total', 'Requests to the API server', 'code', 'method', 'host');
  const time = make.histogram('request_duration_seconds', 'How long a request takes', REQUEST_SECONDS, 'verb', 'host');
  const retries = make.counter('request_retries_total', 'Requests sent again', 'code', 'verb', 'host');
  return {
    request({ code, method, verb, host, seconds }) {
      requests.inc({ code, method, host });
      time.observe({ verb, host }, seconds);
    },
    requestRetry: (code, verb, host) => retries.inc({ code, verb, host }),
  };
}

function watchMetrics(registry: Registry): Part<'watchRestart' | 'relist' | 'lastEvent' | 'storeObjects'> {
  const make = maker(registry, 'regcred_');
  const restarts = make.counter('watch_restarts_total', 'Watches started again', 'resource', 'cause');
  const relists = make.counter('relists_total', 'Lists taken again', 'resource', 'cause');
  const last = make.gauge('last_event_timestamp_seconds', 'When the last event came', 'resource');
  const objects = make.gauge('store_objects', 'Objects held in memory', 'resource');
  return {
    watchRestart: (resource, cause) => restarts.inc({ resource, cause }),
    relist: (resource, cause) => relists.inc({ resource, cause }),
    lastEvent: (resource, at) => last.set({ resource }, at.getTime() / 1000),
    storeObjects: (resource, count) => objects.set({ resource }, count),
  };
}

function electionMetrics(registry: Registry): Part<'leading' | 'electionSlowPath'> {
  const make = maker(registry, 'leader_election_');
  const master = make.gauge('master_status', '1 for the leader, 0 for others', 'name');
  const slowPaths = make.counter('slowpath_total', 'Renewals that had to read the Lease first', 'name');
  return {
    leading(name, isLeader) {
      master.set({ name }, isLeader ? 1 : 0);
      slowPaths.inc({ name }, 0);
    },
    electionSlowPath: (name) => slowPaths.inc({ name }),
  };
}

function credentialMetrics(
  registry: Registry,
): Part<
  | 'tokenRefresh'
  | 'tokenExpiry'
  | 'removeCredential'
  | 'syncError'
  | 'conflict'
  | 'providerInflight'
  | 'providerClockSkew'
  | 'fencePresent'
> {
  const make = maker(registry, 'regcred_');
  const refreshes = make.counter(
    'token_refresh_total',
    'Calls to providers for a token, by result',
    'provider',
    'result',
  );
  const expiry = make.gauge(
    'token_expiry_timestamp_seconds',
    'When the token in use ends',
    'kind',
    'namespace',
    'name',
  );
  const syncErrors = make.counter('sync_errors_total', 'Namespaces not made right, by reason', 'reason');
  const conflicts = make.counter('conflicts_total', 'Writes refused because the object had changed');
  const inflight = make.gauge('provider_inflight', 'Provider calls under way', 'provider');
  const skew = make.gauge('provider_clock_skew_seconds', "How far a provider's clock is ahead", 'provider');
  const fence = make.gauge('fence_present', '1 if the admission policies around the operator are in place');
  return {
    tokenRefresh(provider, result) {
      for (const each of ['success', 'error']) refreshes.inc({ provider, result: each }, each === result ? 1 : 0);
    },
    tokenExpiry: (credential, expiresAt) => expiry.set({ ...credential }, expiresAt.getTime() / 1000),
    removeCredential: (credential) => expiry.remove({ ...credential }),
    syncError: (reason) => syncErrors.inc({ reason }),
    conflict: () => conflicts.inc(),
    providerInflight: (provider, change) => inflight.inc({ provider }, change),
    providerClockSkew: (provider, seconds) => skew.set({ provider }, seconds),
    fencePresent: (isPresent) => fence.set(isPresent ? 1 : 0),
  };
}

/** Makes metrics of one registry whose names begin alike. */
function maker(registry: Registry, prefix: string) {
  const registers = [registry];
  const facts = (name: string, help: string, labelNames: string[]) => ({
    name: prefix + name,
    help,
    labelNames,
    registers,
  });
  return {
    counter: (name: string, help: string, ...labels: string[]) => new Counter(facts(name, help, labels)),
    gauge: (name: string, help: string, ...labels: string[]) => new Gauge(facts(name, help, labels)),
    histogram: (name: string, help: string, buckets: number[], ...labels: string[]) =>
      new Histogram({ ...facts(name, help, labels), buckets }),
  };
}
