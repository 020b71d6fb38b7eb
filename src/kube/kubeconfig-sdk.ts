// Reads kubeconfigs and runs their logins (exec plugins, OIDC) by the official client. Loaded on first use only.
import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import type { Cluster } from '@kubernetes/client-node';
import { KubeConfig } from '@kubernetes/client-node';
import { nameOf } from '../lib/errors.ts';
import type { Credentials, TlsSettings } from './cluster-config.ts';
import { ClusterConfigError } from './cluster-config.ts';

const MOST_CONTEXTS = 10;

export interface Kubeconfig {
  readonly server: URL;
  readonly namespace: string | undefined;
  /** Runs the user's way of logging in; its answer is kept in this object until it expires. */
  login(): Promise<Credentials>;
}

/** Merges the files as kubectl does. Throws a ClusterConfigError: one line; of the contents no more than names and paths. */
export function readKubeconfig(files: readonly string[]): Kubeconfig {
  const where = `kubeconfig "${files.join(delimiter)}"`;
  const config = merge(files);
  const context = config.getContextObject(config.getCurrentContext());
  if (!context) throw withoutContext(config, where);
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw unusable(where, 'the current context names no cluster of it', 'add the cluster or choose another context');
  const user = config.getCurrentUser();
  if (!user) throw unusable(where, 'the current context names no user of it', 'add the user or choose another context');
  if (cluster.proxyUrl) throw unusable(where, 'its proxy-url is not supported', 'choose a context without proxy-url');
  config.loadFromOptions({
    clusters: [allowPlain(cluster)],
    users: [user],
    contexts: [context],
    currentContext: context.name,
  });
  return { server: serverOf(cluster, where), namespace: context.namespace, login: () => login(config, where) };
}

/** Names of contexts are no secrets: they are in every prompt. */
function withoutContext(config: KubeConfig, where: string): ClusterConfigError {
  const current = config.getCurrentContext();
  if (!current) return unusable(where, 'it has no current context', 'run kubectl config use-context NAME');
  const names = config.getContexts().map(({ name }) => JSON.stringify(name));
  const others = names.length > MOST_CONTEXTS ? [`${names.length - MOST_CONTEXTS} more`] : [];
  const list = [...names.slice(0, MOST_CONTEXTS), ...others].join(', ');
  const state = `its current context ${JSON.stringify(current)} does not exist`;
  if (list === '') return unusable(where, `${state}, nor does another`, 'add a context');
  return unusable(where, state, `run kubectl config use-context with one of ${list}`);
}

function merge(files: readonly string[]): KubeConfig {
  const [first, ...others] = files.map(readOne);
  if (!first) throw new ClusterConfigError('Cannot read kubeconfig: no file given');
  for (const other of others) {
    if (!first.getCurrentContext() && other.getCurrentContext()) first.setCurrentContext(other.getCurrentContext());
    addMissing(first, other); // the first file wins, as with kubectl
  }
  return first;
}

function readOne(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    const code = nameOf(error); // the parser's message quotes the file
    if (/^E[A-Z]+$/.test(code))
      throw unusable(`kubeconfig "${file}"`, `not readable (${code})`, 'check the path and its rights');
    throw unusable(`kubeconfig "${file}"`, 'it is no valid kubeconfig', 'check it with kubectl config view');
  }
  return config;
}

function addMissing(target: KubeConfig, source: KubeConfig): void {
  const lacks = (held: readonly { readonly name: string }[]) => (item: { readonly name: string }) =>
    !held.some(({ name }) => name === item.name);
  source
    .getClusters()
    .filter(lacks(target.getClusters()))
    .forEach((cluster) => target.addCluster(cluster));
  source
    .getUsers()
    .filter(lacks(target.getUsers()))
    .forEach((user) => target.addUser(user));
  source
    .getContexts()
    .filter(lacks(target.getContexts()))
    .forEach((context) => target.addContext(context));
}

/** The client refuses plain HTTP unless TLS checks are off; there is no TLS to check (kubectl proxy, the sandbox). */
function allowPlain(cluster: Cluster): Cluster {
  return cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster;
}

function serverOf({ server }: Cluster, where: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw unusable(where, 'the address of its cluster is no http or https URL', 'correct the field server');
}

async function login(config: KubeConfig, where: string): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const missing = missingOf(config, error);
    if (missing) throw unusable(where, `${missing} (${nameOf(error)})`, 'correct the path, or put it there');
    throw unusable(where, `its user can not log in (${nameOf(error)})`, 'check it with kubectl auth whoami');
  }
  return { headers: headersOf(options), tls: tlsOf(options) };
}

/** What could not be opened or run, with the field that names it; undefined when the failure is another. */
function missingOf(config: KubeConfig, error: unknown): string | undefined {
  const { path, syscall } = error as { readonly path?: unknown; readonly syscall?: unknown };
  if (!(error instanceof Error) || typeof path !== 'string') return undefined;
  if (typeof syscall === 'string' && syscall.startsWith('spawn'))
    return `"command" of its user's exec plugin can not be run: ${JSON.stringify(path)}`;
  const user = config.getCurrentUser();
  const fields = {
    'certificate-authority': config.getCurrentCluster()?.caFile,
    'client-certificate': user?.certFile,
    'client-key': user?.keyFile,
  };
  const [field] = Object.entries(fields).find(([, file]) => file === path) ?? [];
  return field && `"${field}" names a file that can not be read: ${JSON.stringify(path)}`;
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') result[name] = value;
  if (auth) result['Authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return result;
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsSettings {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
  const all = { ca: text(ca), cert: text(cert), key: text(key), servername, rejectUnauthorized };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function unusable(where: string, state: string, remedy: string): ClusterConfigError {
  return new ClusterConfigError(`Cannot use ${where}: ${state}; ${remedy}`);
}
