// Looks after the fence while the operator leads: a metric, a line in the log and one Event for whoever must put it back.
import { DEFAULT_SECRET_NAME } from './api/names.ts';
import type { Config } from './config.ts';
import type { KubeClient } from './kube/client.ts';
import type { EventRecorder } from './kube/events.ts';
import { probeFence } from './kube/fence-probe.ts';
import { every } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics-port.ts';

export interface FenceWatchOptions {
  readonly config: Pick<Config, 'namespace' | 'secretNames'>;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'fencePresent'>;
  readonly events: EventRecorder;
  /** Of the operator's own Namespace, which the Event is about: it is there however the operator is installed. */
  readonly homeUid: () => string | undefined;
}

export interface FenceWatch {
  /** Looks now, and every half an hour while the signal lasts. */
  start(signal: AbortSignal): void;
  /** For the details of readiness: what is wrong, as long as it is. */
  warnings(): readonly string[];
}

const PERIOD_MS = 30 * 60_000; // API servers forget an Event that was not touched for an hour
const WHAT = 'around another user, or not acting';

export function createFenceWatch(options: FenceWatchOptions): FenceWatch {
  const { config, client, clock, logger, metrics } = options;
  const name = config.secretNames === '*' ? DEFAULT_SECRET_NAME : (config.secretNames[0] ?? DEFAULT_SECRET_NAME);
  let hasFence: boolean | undefined;

  async function look(signal: AbortSignal): Promise<void> {
    const present = await probeFence(client, name, { signal });
    if (present === undefined) return;
    if (!present && hasFence !== false)
      logger.warn(`The fence is missing, ${WHAT}: nothing limits what this user may write; apply manifests/`);
    if (present && hasFence === false) logger.info('The fence is there again');
    if (!present) tell(options); // each time: repeats are one Event, which would else be forgotten before the fault is
    hasFence = present;
    metrics.fencePresent(present);
  }

  return {
    start(signal) {
      void look(signal);
      every(clock, PERIOD_MS, signal, () => void look(signal));
    },
    warnings: () =>
      hasFence === false ? [`the fence (admission policies) is missing, ${WHAT}; apply manifests/`] : [],
  };
}

function tell({ config: { namespace }, events, homeUid }: FenceWatchOptions): void {
  const uid = homeUid();
  if (uid === undefined) return;
  events.record({
    regarding: { apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace, uid },
    type: 'Warning',
    reason: 'FenceMissing',
    action: 'FenceProbed',
    note: `The admission policies that limit what regcred-operator may write are missing, ${WHAT}; it works on, less guarded; regcred status names which; kubectl apply -k manifests`,
  });
}
