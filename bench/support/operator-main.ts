// The operator's process in the benchmark: as in a Pod, with token and CA in a folder. `regcred run --kubeconfig` would load a
// kubeconfig library that no Pod loads, and measure its memory.
import { readConfig } from '../../src/config.ts';
import type { RawOptions } from '../../src/config.ts';
import { inClusterConfig } from '../../src/kube/cluster-config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { readOperatorConfig } from '../../src/operator-config.ts';
import { createOperator } from '../../src/operator.ts';

/** What the benchmark hands over as the one argument, in JSON. */
export interface OperatorArguments {
  /** Holds the files `token` and `ca.crt`. */
  readonly directory: string;
  readonly server: string;
  readonly options: RawOptions;
  /** What the file of `--config` would say. */
  readonly configuration: object;
}

async function run({ directory, server, options, configuration }: OperatorArguments): Promise<number> {
  const config = readConfig(options, {});
  const { hostname, port } = new URL(server);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const cluster = await inClusterConfig({ clock: systemClock, env, directory });
  const write = (text: string): boolean => process.stderr.write(text);
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, write });
  const operatorConfig = readOperatorConfig(configuration);
  const parts = { config, cluster, clock: systemClock, logger, metrics: createMetrics(), operatorConfig };
  const operator = createOperator(parts);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  return operator.run(stop.signal);
}

if (import.meta.main) process.exitCode = await run(JSON.parse(process.argv[2] ?? '') as OperatorArguments);
