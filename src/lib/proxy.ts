// The proxy that the environment names, and which calls it carries: HTTPS_PROXY and NO_PROXY, read as curl and Go's programs do.
import { isIP } from 'node:net';
import { isNetwork, networksOf } from './addresses.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Proxy {
  /** http or https; without user info. */
  readonly url: URL;
  /** For the proxy alone. */
  readonly authorization: string | undefined;
  /** False: the call goes directly. */
  carries(url: URL): boolean;
}

/** This machine and its link. Behind a proxy they would be its own; directly they lead to us, where the guard looks at the address. */
const NEVER = 'localhost, 127.0.0.0/8, ::1, 169.254.0.0/16, fe80::/10';

/** Names the variable, and nothing of its value: that may hold a password. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** Undefined: none is set. Throws a ProxyError for one that can not be used. */
export function proxyOf(environment: Environment): Proxy | undefined {
  const { name, value } = setting('HTTPS_PROXY', environment);
  if (value === '') return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  const login = url && isPlace(url) ? loginOf(url) : undefined;
  if (!url || login === undefined) {
    const right = 'give http://HOST:PORT, https://HOST:PORT or HOST:PORT; for a login, USER:PASSWORD@HOST:PORT';
    throw new ProxyError(`${name}: no proxy that can be used; ${right}, with %XX for signs that a URL can not hold`);
  }
  const exceptions = exceptionsOf(`${NEVER}, ${setting('NO_PROXY', environment).value}`);
  return {
    url: new URL(`${url.protocol}//${url.host}`),
    authorization: login === '' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
    carries: (target) => target.protocol === 'https:' && !exceptions.some((isException) => isException(target)),
  };
}

/** In capitals or not; an empty one counts as none. */
function setting(name: string, environment: Environment): { readonly name: string; readonly value: string } {
  const names = [name, name.toLowerCase()];
  const used = names.find((one) => environment[one]?.trim()) ?? name;
  return { name: used, value: environment[used]?.trim() ?? '' };
}

/** With more it was meant otherwise: a password with a "#" in it, say. */
function isPlace({ protocol, pathname, search, hash }: URL): boolean {
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === '';
}

/** "user:password"; '' without; undefined where it is no text. */
function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return '';
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

type Exception = (target: URL) => boolean;

/** "*", hosts with all that is below them, addresses, networks; hosts and addresses also with a port. */
function exceptionsOf(noProxy: string): readonly Exception[] {
  const entries = noProxy.toLowerCase().split(/[,\s]+/);
  return entries.filter((entry) => entry !== '').map(exceptionOf);
}

function exceptionOf(entry: string): Exception {
  if (entry === '*') return () => true;
  if (isNetwork(entry)) {
    const network = networksOf([entry]);
    return (target) => isIP(hostOf(target)) !== 0 && network.check(hostOf(target), familyOf(hostOf(target)));
  }
  const [, withPort, port] = isIP(entry) === 6 ? [] : (/^(.+):(\d+)$/.exec(entry) ?? []);
  const host = (withPort ?? entry).replace(/^\[|\]$/g, '').replace(/^\*?\.|\.$/g, '');
  return (target) =>
    (port === undefined || port === (target.port || '443')) &&
    (hostOf(target) === host || hostOf(target).endsWith(`.${host}`));
}

/** Without the brackets of an address, and the dot at a name's end. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
