// What the engine reports about itself, as small interfaces: nobody but metrics.ts knows the metrics library.

/** How a run ended: the closed set of controller-runtime's `result` label. */
export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

/** Read when metrics are scraped, so that an add costs nothing extra. */
export interface QueueStats {
  /** Waiting keys by priority. */
  readonly depth: ReadonlyMap<number, number>;
  readonly adds: number;
  readonly retries: number;
  readonly unfinishedSeconds: number;
  readonly longestRunningSeconds: number;
}

/** One queue's numbers. */
export interface QueueMetrics {
  observe(stats: () => QueueStats): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

export interface ControllerMetrics {
  reconcile(controller: string, result: ReconcileResult, seconds: number): void;
  terminalError(controller: string): void;
  panic(controller: string): void;
  timeout(controller: string): void;
  maxConcurrent(controller: string, workers: number): void;
  activeWorkers(controller: string, change: 1 | -1): void;
}

/** One request to the API server; `code` is the HTTP status or `<error>` where there was none. */
export interface RequestFacts {
  readonly method: string;
  readonly verb: string;
  readonly host: string;
  readonly code: string;
  readonly seconds: number;
}

export interface TransportMetrics {
  request(facts: RequestFacts): void;
  requestRetry(code: string, verb: string, host: string): void;
}

export interface WatchMetrics {
  watchRestart(resource: string, cause: string): void;
  relist(resource: string, cause: string): void;
  lastEvent(resource: string, at: Date): void;
  storeObjects(resource: string, count: number): void;
}

export interface ElectionMetrics {
  leading(name: string, isLeader: boolean): void;
  electionSlowPath(name: string): void;
}

export interface CredentialName {
  readonly kind: string;
  readonly namespace: string; // '' for the cluster kind
  readonly name: string;
}

export interface CredentialMetrics {
  tokenRefresh(provider: string, result: 'success' | 'error'): void;
  tokenExpiry(credential: CredentialName, expiresAt: Date): void;
  /** The credential is gone: so is its series. */
  removeCredential(credential: CredentialName): void;
  syncError(reason: string): void;
  conflict(): void;
  providerInflight(provider: string, change: 1 | -1): void;
  /** How far a provider's clock is ahead of ours. */
  providerClockSkew(provider: string, seconds: number): void;
  fencePresent(isPresent: boolean): void;
}

/** Everything; each part of the program asks for its own interface only. */
export interface Metrics extends ControllerMetrics, TransportMetrics, WatchMetrics, ElectionMetrics, CredentialMetrics {
  queue(name: string): QueueMetrics;
  /** Prometheus text format. */
  render(): Promise<string>;
}

const nothing = (): void => undefined;

/** Counts nothing: for tests and one-off commands. */
export const silentMetrics: Metrics = {
  queue: () => ({ observe: nothing, waited: nothing, worked: nothing }),
  render: () => Promise.resolve(''),
  reconcile: nothing,
  terminalError: nothing,
  panic: nothing,
  timeout: nothing,
  maxConcurrent: nothing,
  activeWorkers: nothing,
  request: nothing,
  requestRetry: nothing,
  watchRestart: nothing,
  relist: nothing,
  lastEvent: nothing,
  storeObjects: nothing,
  leading: nothing,
  electionSlowPath: nothing,
  tokenRefresh: nothing,
  tokenExpiry: nothing,
  removeCredential: nothing,
  syncError: nothing,
  conflict: nothing,
  providerInflight: nothing,
  providerClockSkew: nothing,
  fencePresent: nothing,
};
