// All that `run` is told, by flags, environment, kubeconfig and the file of --config: read as a whole, so that whoever makes four
// mistakes is told of four.
import { readFile } from 'node:fs/promises';
import { ConfigError, configFileIn } from '../config.ts';
import type { Config } from '../config.ts';
import { ClusterConfigError } from '../kube/cluster-config.ts';
import type { ClusterConfig } from '../kube/cluster-config.ts';
import { loadClusterConfig } from '../kube/kubeconfig.ts';
import { nameOf } from '../lib/errors.ts';
import { ProxyError, proxyOf } from '../lib/proxy.ts';
import { parseOperatorConfig, readOperatorConfig } from '../operator-config.ts';
import type { OperatorConfig } from '../operator-config.ts';
import { configOf, rawOptions } from './connect.ts';
import type { Io } from './io.ts';
import type { Flags } from './program.ts';

export interface Settings {
  readonly config: Config;
  readonly cluster: ClusterConfig;
  readonly operatorConfig: OperatorConfig;
}

/** Throws a ConfigError that names every mistake. */
export async function readSettings(flags: Flags, io: Io): Promise<Settings> {
  const { clock, environment } = io;
  const mistakes: string[] = [];
  const config = await unlessMistaken(mistakes, () => configOf(flags, io));
  const kubeconfig = config?.kubeconfig;
  const cluster =
    config && (await unlessMistaken(mistakes, () => loadClusterConfig({ kubeconfig, clock, env: environment })));
  const path = configFileIn(rawOptions(flags), environment);
  const operatorConfig = await unlessMistaken(mistakes, () => readConfigFile(path));
  await unlessMistaken(mistakes, () => proxyOf(environment)); // the operator's clients read the variables themselves
  if (config && cluster && operatorConfig && mistakes.length === 0) return { config, cluster, operatorConfig };
  throw new ConfigError(mistakes);
}

async function unlessMistaken<T>(mistakes: string[], read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof ConfigError) mistakes.push(...thrown.mistakes);
    else if (thrown instanceof ClusterConfigError || thrown instanceof ProxyError) mistakes.push(thrown.message);
    else throw thrown;
    return undefined;
  }
}

async function readConfigFile(path: string | undefined): Promise<OperatorConfig> {
  return path === undefined ? readOperatorConfig() : parseOperatorConfig(await textOf(path));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const mistake = `--config: cannot read "${path}" (${nameOf(thrown)}); give the path of a readable file`;
    throw new ConfigError([mistake]);
  }
}
