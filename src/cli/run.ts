// `regcred run`: reads the configuration, builds the operator, and runs it until a signal or a lost Lease ends it.
import { loadClusterConfig } from '../kube/kubeconfig.ts';
import { createLogger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createOperator } from '../operator.ts';
import { configOf } from './connect.ts';
import { reportFailures } from './failures.ts';
import type { Io } from './io.ts';
import type { Flags } from './program.ts';

/** Exit code: 0 after SIGTERM or SIGINT, 1 when it could not go on, 2 for a configuration that can not be used. */
export async function run(flags: Flags, io: Io): Promise<number> {
  return reportFailures(io, async () => {
    const config = configOf(flags, io);
    const { clock } = io;
    const cluster = await loadClusterConfig({ kubeconfig: config.kubeconfig, clock, env: io.environment });
    const logger = createLogger({ level: config.logLevel, format: config.logFormat });
    const operator = createOperator({ config, cluster, clock, logger, metrics: createMetrics() });
    return operator.run(io.stopSignal());
  });
}
