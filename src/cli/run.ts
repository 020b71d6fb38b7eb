// `regcred run`: reads the configuration, builds the operator, and runs it until a signal or a lost Lease ends it.
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { loadClusterConfig } from '../kube/kubeconfig.ts';
import { nameOf } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import type { Logger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { ProxyError, proxyOf } from '../lib/proxy.ts';
import { parseOperatorConfig, readOperatorConfig } from '../operator-config.ts';
import type { OperatorConfig } from '../operator-config.ts';
import { createOperator } from '../operator.ts';
import { configOf, withClient } from './connect.ts';
import { reportFailures } from './failures.ts';
import type { Io } from './io.ts';
import { missingAccess } from './preflight.ts';
import type { Flags } from './program.ts';

/** Exit code: 0 after SIGTERM or SIGINT, 1 when it could not go on, 2 for a configuration that can not be used. */
export async function run(flags: Flags, io: Io): Promise<number> {
  return reportFailures(io, async () => {
    const config = configOf(flags, io);
    const { clock } = io;
    const cluster = await loadClusterConfig({ kubeconfig: config.kubeconfig, clock, env: io.environment });
    const logger = createLogger({ level: config.logLevel, format: config.logFormat, write: io.err });
    const operatorConfig = await readConfigFile(config.configFile, proxyMistakes(io.environment));
    const operator = createOperator({ config, cluster, clock, logger, metrics: createMetrics(), operatorConfig });
    const signal = io.stopSignal();
    const checked = tellMissingAccess(config, { io, logger, signal });
    try {
      return await operator.run(signal);
    } finally {
      await checked;
    }
  });
}

/** `others`: what else is wrong, to be said in the same breath. */
async function readConfigFile(path: string | undefined, others: readonly string[]): Promise<OperatorConfig> {
  let config: OperatorConfig;
  try {
    config = path === undefined ? readOperatorConfig() : await parseOperatorConfig(await readFile(path, 'utf8'));
  } catch (thrown) {
    const unreadable = `--config: cannot read "${path ?? ''}" (${nameOf(thrown)}); give the path of a readable file`;
    throw new ConfigError([...(thrown instanceof ConfigError ? thrown.mistakes : [unreadable]), ...others]);
  }
  if (others.length > 0) throw new ConfigError(others);
  return config;
}

/** The operator's clients read the variables too; here a mistake is told with all the others. */
function proxyMistakes(environment: Io['environment']): readonly string[] {
  try {
    proxyOf(environment);
    return [];
  } catch (thrown) {
    if (thrown instanceof ProxyError) return [thrown.message];
    throw thrown;
  }
}

/** Beside the operator, which starts all the same: what is missing may come. */
async function tellMissingAccess(
  config: Config,
  { io, logger, signal }: { readonly io: Io; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const lines = await withClient(config, io, (client) => missingAccess(client, config, signal));
    for (const line of lines) logger.error(line);
  } catch (thrown) {
    logger.warn('Cannot check what may be read', { error: nameOf(thrown) });
  }
}
