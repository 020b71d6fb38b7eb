// Which credentials a kubelet tries for an image: its own rules for pull Secrets, ported. It is the oracle of what we write.
import { matchesGlob } from './glob.ts';
import { parseGoUrl } from './go-url.ts';
import type { GoUrl } from './go-url.ts';
import { imageName } from './image-reference.ts';
import { readDockerConfig } from './kubelet-config.ts';
import type { Login } from './kubelet-config.ts';

export { readDockerConfig } from './kubelet-config.ts';
export type { KubeletConfig, Login } from './kubelet-config.ts';

/** A Secret's type, and the raw text under the key that belongs to the type. */
export interface KeyringSecret {
  readonly type: string;
  readonly data: string;
}

/** All logins in the order in which they are tried; `error` where the kubelet would fail the pull, content never quoted. */
export type Lookup =
  { readonly ok: true; readonly credentials: readonly Login[] } | { readonly ok: false; readonly error: string };

type Keyring = Map<string, Login[]>;

const TYPES: ReadonlySet<string> = new Set(['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg']);
const HUB_FALLBACK = 'index.docker.io';

/** What the kubelet would try for this image with these Secrets, in the order of the Pod's imagePullSecrets. */
export function lookupCredentials(secrets: readonly KeyringSecret[], image: string): Lookup {
  const name = imageName(image);
  if (name === undefined) return { ok: false, error: 'the image name is not valid' };
  const keyring: Keyring = new Map();
  for (const { type, data } of secrets) {
    if (!TYPES.has(type) || data === '') continue;
    const config = readDockerConfig(type, data);
    if (!config.ok) return config;
    fileEntries(keyring, config.entries);
  }
  return { ok: true, credentials: matching(keyring, name) };
}

/** The key under which the kubelet files an entry of a docker config; undefined where it skips the entry. */
export function keyringKey(rawKey: string): string | undefined {
  const hasScheme = rawKey.startsWith('https://') || rawKey.startsWith('http://');
  const url = parseGoUrl(hasScheme ? rawKey : `https://${rawKey}`);
  if (!url) return undefined;
  const isVersioned = url.path.startsWith('/v1/') || url.path.startsWith('/v2/');
  const path = isVersioned ? url.path.slice('/v1'.length) : url.path;
  return path === '/' ? url.host : url.host + path;
}

function fileEntries(keyring: Keyring, entries: ReadonlyMap<string, Login>): void {
  for (const [rawKey, login] of entries) {
    const key = keyringKey(rawKey);
    if (key === undefined) continue;
    const filed = keyring.get(key);
    if (filed) filed.push(login);
    else keyring.set(key, [login]);
  }
}

function matching(keyring: Keyring, name: string): readonly Login[] {
  const keys = [...keyring.keys()].sort().reverse(); // longer paths first, wildcards last
  const image = parseGoUrl(`https://${name}`);
  const found = keys.filter((key) => image && keyMatches(key, image)).flatMap((key) => keyring.get(key) ?? []);
  return found.length === 0 && isHubImage(name) ? (keyring.get(HUB_FALLBACK) ?? []) : found;
}

function keyMatches(key: string, image: GoUrl): boolean {
  const wanted = parseGoUrl(`https://${key}`); // the kubelet parses its keys again
  if (!wanted || !image.path.startsWith(wanted.path)) return false;
  const [pattern, patternPort] = splitPort(wanted.host);
  const [host, port] = splitPort(image.host);
  const labels = host.split('.');
  const globs = pattern.split('.');
  if (port !== patternPort || globs.length !== labels.length) return false;
  return globs.every((glob, index) => !glob.includes('[') && matchesGlob(glob, labels[index] ?? ''));
}

/** Go's net.SplitHostPort: an address in brackets without a port keeps the brackets, and then it is no glob. */
function splitPort(host: string): readonly [host: string, port: string] {
  const parts = /^(?:\[(?<address>[^\]]*)\]|(?<name>[^:]*)):(?<port>\d*)$/.exec(host)?.groups;
  return parts ? [parts['address'] ?? parts['name'] ?? '', parts['port'] ?? ''] : [host, ''];
}

/** The kubelet takes a domain without dot and colon, such as localhost, for Docker Hub too. */
function isHubImage(name: string): boolean {
  const domain = name.slice(0, name.indexOf('/'));
  return domain === 'docker.io' || !/[.:]/.test(domain);
}
