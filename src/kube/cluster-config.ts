// Where the API server is and how to log in; in a cluster from the ServiceAccount's files, read again when they change.
import { readFile } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import { refreshed } from './refreshed.ts';

/** What a TLS connection to the API server needs. The same object as long as nothing changed: a new one means new connections. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What one request carries. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}

export interface ClusterConfig {
  /** May have a path, under which the API server's own paths begin. */
  readonly server: URL;
  /** Cheap to call for every request. `force` reads again what may have been rotated. */
  credentials(options?: { readonly force?: true }): Promise<Credentials>;
  /** The namespace we run in, or that of the kubeconfig's context. */
  readonly namespace?: string;
}

/** A configuration that a person must mend: one line that names the file and what to do, and quotes no secret of it. */
export class ClusterConfigError extends Error {
  override readonly name = 'ClusterConfigError';
}

export interface InClusterOptions {
  readonly clock: Clock;
  readonly env?: NodeJS.ProcessEnv;
  /** Where the kubelet mounts token, CA and namespace. */
  readonly directory?: string;
}

export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

const TOKEN_MAX_AGE_MS = 60_000;
const CA_MAX_AGE_MS = 5 * 60_000;

/** The configuration of a Pod. The first read of each file happens here, so that a missing one is told at start. */
export async function inClusterConfig(options: InClusterOptions): Promise<ClusterConfig> {
  const { clock, env = process.env, directory = SERVICE_ACCOUNT_DIRECTORY } = options;
  const token = refreshed(() => readToken(`${directory}/token`), { clock, maxAgeMs: TOKEN_MAX_AGE_MS });
  const keep = keepEqual<TlsSettings>();
  const tls = refreshed(async () => keep(await readCa(`${directory}/ca.crt`)), { clock, maxAgeMs: CA_MAX_AGE_MS });
  const credentials: ClusterConfig['credentials'] = async (how) => ({ headers: await token(how), tls: await tls(how) });
  const server = serverFromEnvironment(env);
  await credentials();
  const namespace = await readOptional(`${directory}/namespace`);
  return { server, credentials, ...(namespace ? { namespace } : {}) };
}

function serverFromEnvironment(env: NodeJS.ProcessEnv): URL {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (!host) {
    throw new ClusterConfigError(
      'Cannot find the API server: KUBERNETES_SERVICE_HOST is not set; run in a Pod or give --kubeconfig',
    );
  }
  return new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
}

async function readToken(path: string): Promise<Readonly<Record<string, string>>> {
  const token = (await readNonEmpty(path, 'is automountServiceAccountToken false?')).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ClusterConfigError(`Cannot use file "${path}": it holds no token`);
  return { Authorization: `Bearer ${token}` };
}

async function readCa(path: string): Promise<TlsSettings> {
  return { ca: await readNonEmpty(path, 'is the ConfigMap kube-root-ca.crt mounted?') };
}

async function readNonEmpty(path: string, hint: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ClusterConfigError(`Cannot read file "${path}": ${codeOf(error)}; ${hint}`);
  });
  if (text.trim() === '') throw new ClusterConfigError(`Cannot use file "${path}": it is empty; ${hint}`);
  return text;
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** Gives back the object of the last time when its contents are equal: connections are kept by identity. */
export function keepEqual<T>(): (fresh: T) => T {
  let last: { readonly json: string; readonly value: T } | undefined;
  return (value) => {
    const json = JSON.stringify(value);
    if (last?.json !== json) last = { json, value };
    return last.value;
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}
