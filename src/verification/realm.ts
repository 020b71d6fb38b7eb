// Pure: may the credential go to that realm? The registry chooses it, so it is an attacker's input: Basic sent to a foreign host
// leaks the login (CVE-2020-15157, CVE-2026-48978). The address behind the name is checked when it is connected to (lib/http.ts).
import { isAddress } from '../lib/addresses.ts';

/** Realm hosts that belong to a registry without being its parent or child. Source: the registries' own challenges. */
const KNOWN_REALMS: readonly (readonly [registry: RegExp, realmHost: RegExp])[] = [
  [/^(docker\.io|index\.docker\.io|registry-1\.docker\.io|dhi\.io)$/, /^auth\.docker\.io$/],
  [/^registry\.gitlab\.com$/, /^gitlab\.com$/],
  [/^registry\.digitalocean\.com$/, /^api\.digitalocean\.com$/],
  [
    /^([a-z0-9-]+\.)*cr\.aliyuncs\.com$|^registry(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com$/,
    /^dockerauth(-[a-z0-9-]*)?(\.[a-z0-9-]+)*\.aliyuncs\.com$/,
  ],
  [/^rg\.[a-z0-9-]+\.scw\.cloud$/, /^api\.scaleway\.com$/],
  [/^ecr-public\.aws\.com$/, /^public\.ecr\.aws$/],
];

/** Suffixes that many owners share: a name under them is nobody's parent. */
const SHARED_SUFFIXES: ReadonlySet<string> = new Set([
  'azurecr.io',
  'azurecr.cn',
  'azurecr.us',
  'amazonaws.com',
  'amazonaws.com.cn',
  'on.aws',
  'pkg.dev',
  'icr.io',
  'ocir.io',
  'oraclecloud.com',
  'aliyuncs.com',
  'scw.cloud',
  'github.io',
  'co.uk',
  'com.au',
  'com.cn',
  'co.jp',
]);

const LONGEST_REALM = 2048;

export interface RealmRules {
  /** Host of the registry, with its port if it has one. */
  readonly registryHost: string;
  /** Realm hosts that the operator's configuration allows. */
  readonly allowedRealms: readonly string[];
  /** Where the configuration has this registry asked instead, maybe by http. */
  readonly mappedTo: URL | undefined;
}

/** The realm as a URL where the login may go; undefined: nothing is sent. */
export function trustedRealm(realm: string, rules: RealmRules): URL | undefined {
  const { registryHost, allowedRealms, mappedTo } = rules;
  if (realm.length > LONGEST_REALM) return undefined;
  const url = URL.parse(realm);
  if (url?.username !== '' || url.password !== '') return undefined; // also where it is no URL
  if (url.protocol !== 'https:' && !(mappedTo && url.protocol === 'http:')) return undefined;
  if (allowedRealms.includes(url.host)) return url;
  if (mappedTo === undefined) return isTrustedHost(url, registryHost) ? url : undefined;
  if (url.host === URL.parse(`${url.protocol}//${registryHost}`)?.host) return throughMapping(url, mappedTo);
  return url.host === mappedTo.host || isTrustedHost(url, mappedTo.host) ? url : undefined;
}

/** A mapped registry still calls itself by its public name: it is asked where the rest of it is. */
function throughMapping({ pathname, search }: URL, mappedTo: URL): URL {
  const there = new URL(mappedTo.origin);
  there.pathname = pathname; // set, not resolved: "//evil.example/token" would be another host
  there.search = search;
  return there;
}

function isTrustedHost(url: URL, registryHost: string): boolean {
  const registry = registryHost.replace(/:\d+$/, '').toLowerCase();
  const realm = url.hostname.toLowerCase();
  if (isAddress(realm)) return realm === registry;
  return realm === registry || isParent(realm, registry) || isParent(registry, realm) || isKnown(registry, realm);
}

/** An ancestor of two labels or more, which is not a suffix that many share. */
function isParent(parent: string, child: string): boolean {
  return child.endsWith(`.${parent}`) && parent.split('.').length >= 2 && !SHARED_SUFFIXES.has(parent);
}

function isKnown(registry: string, realm: string): boolean {
  return KNOWN_REALMS.some(([host, realmHost]) => host.test(registry) && realmHost.test(realm));
}
