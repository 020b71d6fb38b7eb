// The way of the one-off commands to the API server: connect, and let go.
import { readConfig } from '../config.ts';
import type { Config, RawOptions } from '../config.ts';
import type { KubeClient } from '../kube/client.ts';
import { loadClusterConfig } from '../kube/kubeconfig.ts';
import { createKubeClient } from '../kube/transport.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Io } from './io.ts';
import type { Flags } from './program.ts';

/** The flags that `run` knows too, with the environment and the defaults. Throws a ConfigError. */
export function configOf(flags: Flags, io: Io): Config {
  return readConfig(rawOptions(flags), io.environment);
}

/** Those of the flags that have a value. */
export function rawOptions(flags: Flags): RawOptions {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => typeof value === 'string'));
}

/** Connects, and closes all connections when `use` has ended, however it ends. */
export async function withClient<T>(config: Config, io: Io, use: (client: KubeClient) => Promise<T>): Promise<T> {
  const cluster = await loadClusterConfig({ kubeconfig: config.kubeconfig, clock: io.clock, env: io.environment });
  const connection = createKubeClient({
    cluster,
    clock: io.clock,
    mayWrite: () => true, // no Lease is held here: every write is conditional
    logger: silentLogger,
  });
  try {
    return await use(connection.client);
  } finally {
    connection.close();
  }
}
