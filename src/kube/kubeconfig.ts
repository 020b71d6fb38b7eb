// Finds the cluster: by a kubeconfig that was named, else the Pod's own ServiceAccount, else the kubeconfig in the home folder.
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import type { ClusterConfig, Credentials, TlsSettings } from './cluster-config.ts';
import { ClusterConfigError, inClusterConfig, keepEqual, SERVICE_ACCOUNT_DIRECTORY } from './cluster-config.ts';
import { refreshed } from './refreshed.ts';

export interface LoadOptions {
  /** A file named by the user: it wins over everything. */
  readonly kubeconfig?: string | undefined;
  readonly clock: Clock;
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly serviceAccountDirectory?: string;
}

// The SDK runs exec plugins and OIDC itself and keeps their answer until it expires: asking often is cheap.
const CREDENTIALS_MAX_AGE_MS = 30_000;
const LOGIN_DEADLINE_MS = 60_000;

/** Throws a ClusterConfigError that names the file and says what to do. */
export async function loadClusterConfig(options: LoadOptions): Promise<ClusterConfig> {
  const {
    kubeconfig,
    clock,
    env = process.env,
    serviceAccountDirectory: directory = SERVICE_ACCOUNT_DIRECTORY,
  } = options;
  const named = kubeconfig === undefined ? listed(env['KUBECONFIG']) : [kubeconfig];
  if (named.length > 0) return fromKubeconfig(named, clock);
  if (await exists(`${directory}/token`)) return inClusterConfig({ clock, env, directory });
  return fromKubeconfig([join(options.home ?? homedir(), '.kube', 'config')], clock);
}

function listed(files = ''): readonly string[] {
  return files.split(delimiter).filter((file) => file !== '');
}

async function fromKubeconfig(files: readonly string[], clock: Clock): Promise<ClusterConfig> {
  const present = await existing(files);
  const { readKubeconfig } = await import('./kubeconfig-sdk.ts'); // only here: it costs 80 MB and 400 ms
  let config = readKubeconfig(present);
  const keep = keepEqual<TlsSettings>();
  const read = async (forced: boolean): Promise<Credentials> => {
    if (forced) config = readKubeconfig(present); // forgets what its plugins answered
    const { headers, tls } = await inTime(config.login(), { clock, files: present });
    return { headers, tls: keep(tls) };
  };
  const credentials = refreshed(read, { clock, maxAgeMs: CREDENTIALS_MAX_AGE_MS });
  await credentials();
  const { server, namespace } = config;
  return { server, credentials, ...(namespace === undefined ? {} : { namespace }) };
}

/** A plugin that waits for a person's input must not hold every call for ever. */
async function inTime<T>(work: Promise<T>, { clock, files }: { clock: Clock; files: readonly string[] }): Promise<T> {
  const done = new AbortController();
  const late = sleep(clock, LOGIN_DEADLINE_MS, done.signal).then(() => {
    throw new ClusterConfigError(`Cannot log in by kubeconfig "${files.join(delimiter)}": no answer within a minute`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}

/** As kubectl: of several files some may be missing, of one it may not. */
async function existing(files: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(files.map(exists));
  const present = files.filter((_, index) => found[index]);
  if (present.length > 0) return present;
  throw new ClusterConfigError(
    `Cannot read kubeconfig "${files.join(delimiter)}": no such file; give --kubeconfig FILE or set KUBECONFIG`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
