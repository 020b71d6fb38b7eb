// `regcred run`: reads the configuration, builds the operator, and runs it until a signal or a lost Lease ends it.
import type { Config } from '../config.ts';
import { nameOf } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import type { Logger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createOperator } from '../operator.ts';
import { withClient } from './connect.ts';
import { reportFailures } from './failures.ts';
import type { Io } from './io.ts';
import { missingAccess } from './preflight.ts';
import type { Flags } from './program.ts';
import { readSettings } from './settings.ts';

/** Exit code: 0 after SIGTERM or SIGINT, 1 when it could not go on, 2 for a configuration that can not be used. */
export async function run(flags: Flags, io: Io): Promise<number> {
  return reportFailures(io, async () => {
    const { config, cluster, operatorConfig } = await readSettings(flags, io);
    const { clock } = io;
    const logger = createLogger({ level: config.logLevel, format: config.logFormat, write: io.err });
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
