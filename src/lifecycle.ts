// The life of the operator, in order: it listens, fills the stores, leads, works; then it drains, gives the Lease back, ends.
import type { LeaderElection } from './controller/leader-election.ts';
import type { Reflector } from './kube/reflector.ts';
import type { Logger } from './lib/logger.ts';
import type { Probes } from './probes.ts';
import type { Stores } from './reconcile/ports.ts';

const LOST =
  'Lost the Lease (another replica holds it, or it could not be renewed in time) and ends, for only its holder may write; ' +
  'Kubernetes restarts a Pod, outside of one start it again';

export interface LifecycleOptions {
  readonly probes: Probes;
  readonly reflectors: readonly Reflector[];
  readonly stores: Stores;
  readonly election: LeaderElection;
  readonly logger: Logger;
  /** Begins the reconciliation; the signal ends it. */
  readonly startWork: (signal: AbortSignal) => void;
  /** No new work; resolves when what runs has ended, or has had its time. */
  readonly drain: () => Promise<unknown>;
  /** Connections, last of all. */
  readonly close: () => Promise<void>;
}

/** Until the signal aborts, or leadership is lost. The exit code: 0 after a stop, 1 when leadership was lost. */
export async function live(options: LifecycleOptions, signal: AbortSignal): Promise<number> {
  const { probes, reflectors, stores, election, logger } = options;
  await probes.listen();
  const streams = new AbortController(); // ends after the work: a drain still needs true stores
  const work = new AbortController();
  const watching = Promise.all(reflectors.map((one) => one.run(streams.signal)));
  probes.watchTrouble(streams.signal);
  const onStop = (): void => void stop(options);
  const isStopped = (): boolean => signal.aborted; // it changes while we wait
  try {
    await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), aborted(signal)]);
    if (isStopped()) return 0;
    logger.info('Stores are synced', { namespaces: stores.namespaces.size, credentials: stores.credentials.size });
    signal.addEventListener('abort', onStop, { once: true });
    const ended = await election.run(new AbortController().signal, {
      onStartedLeading: () => options.startWork(work.signal),
      onStoppedLeading: () => work.abort(),
    });
    if (ended !== 'lost' || isStopped()) return 0;
    logger.error(LOST);
    return 1;
  } finally {
    probes.stopping();
    signal.removeEventListener('abort', onStop);
    work.abort();
    streams.abort();
    await watching;
    await probes.close();
    await options.close();
  }
}

/** No new work, what runs may end, then the Lease is given back. */
async function stop({ probes, drain, election }: LifecycleOptions): Promise<void> {
  probes.stopping();
  await drain();
  await election.release();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
