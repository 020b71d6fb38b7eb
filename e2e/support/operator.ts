// The operator as a process of its own, with the token of its own ServiceAccount: `node src/main.ts run`.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from './cluster.ts';
import { freePort } from './control-plane.ts';
import { startDaemon, untilReady } from './daemon.ts';
import { OPERATOR_NAMESPACE, operatorToken } from './install.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface OperatorOptions {
  /** Further flags of `regcred run`, such as `--deletion-grace=1s`. */
  readonly flags?: readonly string[];
  /** Where it finds the API server; a fault proxy, say. Default: the cluster's own. */
  readonly server?: string;
  /** Ready means that its caches are synced. A standby is ready too. Default true. */
  readonly waitUntilReady?: boolean;
}

/** One running operator. */
export interface Operator {
  readonly metricsUrl: string;
  readonly healthUrl: string;
  /** Everything it has logged so far. */
  log(): string;
  isRunning(): boolean;
  /** The text of /metrics. */
  metrics(): Promise<string>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number>;
  /** SIGKILL: the crash. */
  kill(): Promise<void>;
  /** Waits until it ends by itself; its exit code. */
  ended(): Promise<number>;
}

/** Starts an operator; needs the manifests installed. Ends with the test process at the latest. */
export async function startOperator(cluster: Cluster, options: OperatorOptions = {}): Promise<Operator> {
  const { flags = [], server = cluster.server, waitUntilReady = true } = options;
  const [metricsAddress, healthAddress] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const kubeconfig = cluster.kubeconfig(await operatorToken(cluster), server);
  const command = [
    process.execPath,
    main,
    'run',
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${OPERATOR_NAMESPACE}`,
    `--metrics-address=${metricsAddress}`,
    `--health-address=${healthAddress}`,
    ...flags,
  ];
  const logFile = join(mkdtempSync(join(cluster.access.folder, 'operator-')), 'log');
  const daemon = startDaemon('regcred run', command, { logFile });
  const [metricsUrl, healthUrl] = [`http://${metricsAddress}`, `http://${healthAddress}`];
  if (waitUntilReady) await untilReady(daemon, async () => (await fetch(`${healthUrl}/readyz`)).ok);
  return {
    metricsUrl,
    healthUrl,
    log: () => daemon.log(),
    isRunning: () => daemon.isRunning(),
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
    stop: () => daemon.stop(),
    kill: async () => {
      await daemon.kill('SIGKILL');
      await daemon.ended();
    },
    ended: () => daemon.ended(),
  };
}
