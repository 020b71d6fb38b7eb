// How the operator tells that it is well: probes, metrics, and one line for what an administrator must mend.
import type { Config } from './config.ts';
import type { LeaderElection } from './controller/leader-election.ts';
import { isKubeError } from './kube/client.ts';
import type { KubeError } from './kube/client.ts';
import { READS, ruleFor } from './kube/rbac-rule.ts';
import type { Reflector } from './kube/reflector.ts';
import { every } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import { listen, metricsHandler, probeHandler } from './lib/health.ts';
import type { Check, Listening } from './lib/health.ts';
import type { Logger } from './lib/logger.ts';
import { watchLoopLag } from './lib/loop-lag.ts';
import type { Metrics } from './lib/metrics-port.ts';
import type { MissingRight } from './reconcile/ports.ts';

export interface ProbesOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly election: LeaderElection;
  readonly reflectors: readonly Reflector[];
  /** How long every answer of the API server has been a 401. */
  readonly unauthorizedForMs: () => number;
  /** What is wrong without keeping the operator from its work: details of readiness. */
  readonly warnings: () => readonly string[];
}

export interface Probes {
  /** Throws one clear error where an address can not be had. */
  listen(): Promise<void>;
  close(): Promise<void>;
  addresses(): { readonly health: string | undefined; readonly metrics: string | undefined };
  isReady(): boolean;
  /** From now on not ready. */
  stopping(): void;
  /** Tells what an administrator must mend, once for each change, while the signal lasts. */
  watchTrouble(signal: AbortSignal): void;
}

const TROUBLE_CHECK_MS = 2_000;
const UNAUTHORIZED_LIMIT_MS = 2 * 60_000;

export function createProbes(options: ProbesOptions): Probes {
  const { config, clock, logger, metrics, election, reflectors, unauthorizedForMs, warnings } = options;
  const listening: { health?: Listening | undefined; metrics?: Listening | undefined } = {};
  const beats = new AbortController();
  let loopLag: Check | undefined;
  let isStopping = false;
  let lastTrouble: string | undefined;

  const readiness: Readonly<Record<string, Check>> = {
    synced: () => (reflectors.every((one) => one.state().synced) ? undefined : 'the first lists are not finished'),
    served: () => (errorsOf(reflectors, 'NotServed').length > 0 ? 'a kind is not served; apply the CRDs' : undefined),
    authorized: () => (unauthorizedForMs() > UNAUTHORIZED_LIMIT_MS ? 'the API server refuses the token' : undefined),
    running: () => (isStopping ? 'shutting down' : undefined),
  };
  const liveness: Readonly<Record<string, Check>> = {
    ping: () => undefined,
    lease: () => (election.healthy() ? undefined : 'leading without renewing the Lease'),
    loop: () => loopLag?.(),
  };

  function tellTrouble(): void {
    const trouble = troubleOf(reflectors);
    if (trouble !== undefined && trouble !== lastTrouble) logger.error(trouble);
    lastTrouble = trouble;
  }

  return {
    async listen() {
      const onFailure = (check: string, reason: string): void => logger.warn('A probe fails', { check, reason });
      const handler = probeHandler({
        '/healthz': { checks: liveness, onFailure },
        '/readyz': { checks: readiness, warnings, onFailure },
      });
      listening.health = await listen({ address: config.healthAddress, flag: '--health-address', handler });
      const metricsPage = metricsHandler(() => metrics.render());
      listening.metrics = await listen({
        address: config.metricsAddress,
        flag: '--metrics-address',
        handler: metricsPage,
      });
      loopLag = watchLoopLag(clock, beats.signal);
    },
    async close() {
      beats.abort();
      await Promise.all([listening.health?.close(), listening.metrics?.close()]);
    },
    addresses: () => ({ health: listening.health?.address, metrics: listening.metrics?.address }),
    isReady: () => Object.values(readiness).every((check) => check() === undefined),
    stopping: () => void (isStopping = true),
    watchTrouble: (signal) => every(clock, TROUBLE_CHECK_MS, signal, tellTrouble),
  };
}

/** What the API server refuses to list or watch; undefined: nothing. */
export function refusedList(reflectors: readonly Reflector[]): MissingRight | undefined {
  const [refused] = errorsOf(reflectors, 'Forbidden');
  if (!refused) return undefined;
  const object = refused.request.replace(/^\w+ /, '');
  return { verb: 'list and watch', object, rule: ruleFor(refused.request, READS) };
}

/** One line that names what is missing and how to bring it. */
function troubleOf(reflectors: readonly Reflector[]): string | undefined {
  const [refused] = errorsOf(reflectors, 'Forbidden');
  if (refused)
    return `Cannot ${refused.request}: forbidden; add this rule to the operator's role (manifests/rbac.yaml): ${ruleFor(refused.request, READS)}`;
  const [notServed] = errorsOf(reflectors, 'NotServed');
  if (notServed)
    return `Cannot ${notServed.request}: the kind is not served; apply the CRDs (kubectl apply -k manifests)`;
  const [unauthorized] = errorsOf(reflectors, 'Unauthorized');
  if (unauthorized)
    return `Cannot ${unauthorized.request}: the API server refuses the login; give a kubeconfig with a valid token`;
  const [unreachable] = errorsOf(reflectors, 'Unreachable');
  return (
    unreachable && `Cannot ${unreachable.request}: the API server can not be reached; check its address, DNS and TLS`
  );
}

function errorsOf(reflectors: readonly Reflector[], kind: KubeError['kind']): readonly KubeError[] {
  return reflectors.flatMap((one) => one.state().lastError ?? []).filter((error) => isKubeError(error, kind));
}
