// The content of a pull Secret: reads docker configs, writes them as canonical bytes, spells hosts one way.
import { shortHash } from './hash.ts';
import { canonicalJson, isJsonObject, parseJson } from './json.ts';
import { keyringKey } from './keyring.ts';
import { markSecret } from './live-secrets.ts';
import type { Sensitive } from './sensitive.ts';

/** Raw host key, as it stands in the file, to its raw entry. */
export type DockerConfig = ReadonlyMap<string, unknown>;

/** The entry that every reader understands: some take `auth`, some take the other two. */
export interface AuthEntry {
  readonly auth: string;
  readonly password: string;
  readonly username: string;
}

const HUB = 'docker.io';
// The kubelet tries index.docker.io only if nothing else matched, docker reads only the URL: both are needed.
const HUB_KEYS: readonly string[] = ['https://index.docker.io/v1/', HUB];
const LONGEST_KEY = 1024; // a longer one is no registry, and patterns stay quick
const MOST_HOSTS = 10_000; // a hundred thousand fit into a Secret
const SCHEME = /^https?:\/\//i;
const HUB_ALIASES: ReadonlySet<string> = new Set([HUB, 'index.docker.io', 'registry-1.docker.io']);

/** The `auths` of a `.dockerconfigjson`; empty where it has none, undefined where it is no docker config. */
export function parseAuths(text: string): DockerConfig | undefined {
  const parsed = parseJson(text);
  if (!parsed.ok) return undefined;
  if (parsed.value === null) return new Map();
  if (!isJsonObject(parsed.value)) return undefined;
  const auths = authsOf(parsed.value);
  return isJsonObject(auths) ? new Map(Object.entries(auths)) : undefined;
}

/** Equal configs give equal bytes: hosts and fields sorted, no white space. */
export function encodeDockerConfig(config: DockerConfig): string {
  const hosts = [...config.keys()].sort();
  const entries = hosts.map((host) => `${JSON.stringify(host)}:${canonicalJson(config.get(host))}`);
  return `{"auths":{${entries.join(',')}}}`;
}

export function authEntry(username: string, password: Sensitive): AuthEntry {
  const plain = password.reveal();
  const entry = { auth: Buffer.from(`${username}:${plain}`).toString('base64'), password: plain, username };
  for (const text of [entry.auth, plain]) markSecret(entry, text);
  return entry;
}

/** Compares entries without keeping them. */
export function entryHash(entry: unknown): string {
  return shortHash(canonicalJson(entry));
}

/** Raw host key to the hash of its entry; undefined where the text is no docker config, or one that only means to cost us time. */
export function entryHashes(text: string): ReadonlyMap<string, string> | undefined {
  const config = parseAuths(text);
  if (config === undefined || config.size > MOST_HOSTS) return undefined;
  return new Map([...config].map(([host, entry]) => [host, entryHash(entry)]));
}

/**
 * The one spelling of a host key, however a user spelled it: HOST or HOST/PATH, lower-case host, no scheme, no final
 * slash, no default port, Docker Hub as `docker.io`. Undefined where no kubelet could use the key.
 */
export function canonicalPrefix(rawKey: string): string | undefined {
  if (rawKey.length > LONGEST_KEY) return undefined;
  const withoutScheme = rawKey.replace(SCHEME, '');
  if (SCHEME.test(withoutScheme)) return undefined;
  const key = keyringKey(withoutScheme.replace(/^[^/]*/, (authority) => authority.toLowerCase()));
  if (key === undefined) return undefined;
  const { host, path } = split(key);
  const bareHost = HUB_ALIASES.has(host) ? HUB : host;
  // docker's own spelling of an API address, without the final slash that the kubelet asks for
  const isApiAddress = /^\/v[12]$/.test(path) && (bareHost === HUB || withoutScheme !== rawKey);
  const prefix = isApiAddress ? bareHost : bareHost + path;
  return isUsable(prefix, bareHost) ? prefix : undefined;
}

/** The raw keys to write for a canonical prefix. */
export function writtenKeys(prefix: string): readonly string[] {
  return prefix === HUB ? HUB_KEYS : [prefix];
}

/** As Go reads field names: in any case. A later `auths` adds to an earlier one. */
function authsOf(document: Readonly<Record<string, unknown>>): unknown {
  const auths = Object.keys(document).filter((name) => name.toLowerCase() === 'auths');
  const values = auths.map((name) => document[name] ?? {});
  return values.every(isJsonObject) ? Object.fromEntries(values.flatMap((value) => Object.entries(value))) : undefined;
}

function split(key: string): { readonly host: string; readonly path: string } {
  const slash = key.indexOf('/');
  const host = slash < 0 ? key : key.slice(0, slash);
  const path = slash < 0 ? '' : key.slice(slash).replace(/\/+$/, '');
  return { host: host.replace(/:(?:443)?$/, ''), path };
}

/** Written as it is, the kubelet must file it under the same key; only then two spellings can be compared. */
function isUsable(prefix: string, host: string): boolean {
  return host !== '' && prefix.length <= 511 && !/[\s\\%?#]/.test(prefix) && keyringKey(prefix) === prefix;
}
