// The one client for calls out of the cluster: a total deadline, a cap on the decoded body, no redirects, https only, every
// address behind a name checked before it is connected to. Providers, their SDKs and the verifier get nothing else.
import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { TcpNetConnectOpts } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import createConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { Headers as UndiciHeaders } from 'undici/lib/web/fetch/headers.js';
import { fetch as undiciFetch } from 'undici/lib/web/fetch/index.js';
import { Response as UndiciResponse } from 'undici/lib/web/fetch/response.js';
import { mayReach } from './addresses.ts';
import type { Reach } from './addresses.ts';
import { CallError } from './call-error.ts';
import { proxyOf } from './proxy.ts';
import { tunnelThrough } from './tunnel.ts';

export { CallError } from './call-error.ts';

export interface GuardOptions {
  readonly reach: Reach;
  /** Origins of the operator's configuration ("http://127.0.0.1:4566"): http and any address are allowed there. */
  readonly allowedOrigins?: ReadonlySet<string>;
  readonly allowedNetworks?: BlockList;
  /** PEM texts beside those that Node trusts. */
  readonly extraCas?: readonly string[];
  /** HTTPS_PROXY and NO_PROXY are honoured; never for metadata. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly deadlineMs?: number;
  /** Of the decoded body. */
  readonly maxBytes?: number;
  /** For tests: how names become addresses. */
  readonly resolve?: Resolve;
}

export type Resolve = (
  host: string,
  done: (error: Error | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void,
) => void;

export interface GuardedClient {
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

const DEADLINE_MS = 15_000;
const MAX_BYTES = 256 * 1024;

/** Throws a ProxyError where the environment names a proxy that can not be used. */
export function createGuardedClient(options: GuardOptions): GuardedClient {
  const {
    reach,
    allowedOrigins = new Set<string>(),
    allowedNetworks = new BlockList(),
    extraCas = [],
    environment = {},
    resolve = systemResolve,
    deadlineMs = DEADLINE_MS,
    maxBytes = MAX_BYTES,
  } = options;
  const lookUp = reach === 'public' ? oneAtATime(resolve, deadlineMs) : resolve;
  const checked = guardedLookup(lookUp, (address) => mayReach(address, reach, allowedNetworks));
  const direct = agentOf(connectorOf(extraCas, checked));
  const configured = agentOf(
    connectorOf(
      extraCas,
      guardedLookup(resolve, () => true),
    ),
  );
  const proxy = reach === 'metadata' ? undefined : proxyOf(environment);
  const proxied = proxy && agentOf(tunnelThrough(proxy, connectorOf(extraCas))); // the proxy itself is nobody's input

  async function guardedFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const { url, request } = await unpacked(input, init);
    const isConfigured = allowedOrigins.has(url.origin);
    checkUrl(url, { reach, isConfigured, allowedNetworks });
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
    const dispatcher: Dispatcher = proxied && proxy.carries(url) ? proxied : isConfigured ? configured : direct;
    try {
      const response = await undiciFetch(url, { ...(request as object), redirect: 'manual', signal, dispatcher });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        throw new CallError('EREDIRECT');
      }
      return capped(response, maxBytes, signal, deadline);
    } catch (error) {
      throw explained(error, deadline);
    }
  }
  return {
    fetch: guardedFetch,
    close: async () => {
      await Promise.all([direct.destroy(), configured.destroy(), proxied?.destroy()]);
    },
  };
}

function checkUrl(
  url: URL,
  {
    reach,
    isConfigured,
    allowedNetworks,
  }: { readonly reach: Reach; readonly isConfigured: boolean; readonly allowedNetworks: BlockList },
): void {
  if (url.username !== '' || url.password !== '') throw new CallError('EINSECURE');
  if (isConfigured) return;
  if (url.protocol !== 'https:' && !(reach === 'metadata' && url.protocol === 'http:'))
    throw new CallError('EINSECURE');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayReach(host, reach, allowedNetworks)) throw new CallError('EADDRESS');
}

/** SDKs may hand over a Request; its body is read whole, so that it is sent once. */
async function unpacked(
  input: string | URL | Request,
  init: RequestInit,
): Promise<{ readonly url: URL; readonly request: RequestInit }> {
  if (typeof input === 'string' || input instanceof URL) return { url: new URL(input), request: init };
  const body = input.body === null ? undefined : await input.arrayBuffer();
  const { method, headers, signal } = input;
  return {
    url: new URL(input.url),
    request: { method, headers: Object.fromEntries(headers), signal, ...(body ? { body } : {}), ...init },
  };
}

function agentOf(connect: buildConnector.connector): Agent {
  return new Agent({ keepAliveTimeout: 1000, connect });
}

type Lookup = NonNullable<TcpNetConnectOpts['lookup']>;

/** Of each list of CAs: TLS takes 2 MB for one, which all clients of an operator share. */
const contexts = new WeakMap<readonly string[], SecureContext>();

/** Without CAs of our own Node's default serves, which is not copied. Else they are read at the first connection. */
function connectorOf(extraCas: readonly string[], guard?: Lookup): buildConnector.connector {
  const options = guard ? { lookup: guard } : {};
  if (extraCas.length === 0) return createConnector(options);
  let connect: buildConnector.connector | undefined;
  return (target, done) => {
    connect ??= createConnector({ ...options, secureContext: contextOf(extraCas) });
    connect(target, done);
  };
}

/** What Node trusts by itself, NODE_EXTRA_CA_CERTS and --use-system-ca included, and these. */
function contextOf(extraCas: readonly string[]): SecureContext {
  const context = contexts.get(extraCas) ?? createSecureContext({ ca: [...getCACertificates('default'), ...extraCas] });
  contexts.set(extraCas, context);
  return context;
}

/** Resolves once, looks at every address, and connects to one that was looked at. */
function guardedLookup(resolve: Resolve, allows: (address: string) => boolean): Lookup {
  return (host, { all }, callback) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses;
      const isAllowed = addresses.every(({ address }) => allows(address));
      if (error ?? !first) callback(error ?? new CallError('ENOTFOUND'), '', 0);
      else if (!isAllowed) callback(new CallError('EADDRESS'), '', 0);
      else if (all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Node looks up two names at once, for the whole process: were both of tenants whose name servers never answer, no cloud could
 * be called. Whoever waited for so long has gone.
 */
function oneAtATime(resolve: Resolve, longestWaitMs: number): Resolve {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  const next = (): void => {
    const begin = waiting.shift();
    isBusy = begin !== undefined;
    begin?.();
  };
  return (host, done) => {
    const sinceMs = performance.now();
    const end: typeof done = (...answer) => {
      next();
      done(...answer);
    };
    waiting.push(() => {
      if (performance.now() - sinceMs < longestWaitMs) resolve(host, end);
      else end(new CallError('EDEADLINE'), []);
    });
    if (!isBusy) next();
  };
}

const systemResolve: Resolve = (host, done) => {
  lookup(host, { all: true }, (error, addresses) => {
    done(error, error ? [] : addresses);
  });
};

/** Counts decoded bytes as they are read; past the cap, or the deadline, reading fails. */
function capped(
  response: Awaited<ReturnType<typeof undiciFetch>>,
  maxBytes: number,
  signal: AbortSignal,
  deadline: AbortSignal,
): Response {
  const { body, status, statusText, headers } = response;
  const plain = new UndiciHeaders([...headers]);
  plain.delete('content-encoding'); // decoded already
  plain.delete('content-length');
  if (body === null) return newResponse(null, { status, statusText, headers: plain });
  let read = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > maxBytes) controller.error(new CallError('ETOOLARGE'));
      else controller.enqueue(chunk);
    },
  });
  signal.addEventListener(
    'abort',
    () => void counter.writable.abort(explained(signal.reason, deadline)).catch(() => undefined),
    { once: true },
  );
  return newResponse(body.pipeThrough(counter), { status, statusText, headers: plain });
}

/** Undici's own: naming the global class would load Node's copy of undici, for the same behaviour. */
function newResponse(...facts: ConstructorParameters<typeof UndiciResponse>): Response {
  return new UndiciResponse(...facts);
}

function explained(error: unknown, deadline: AbortSignal): Error {
  if (deadline.aborted) return new CallError('EDEADLINE');
  for (let link = error; link instanceof Error; link = link.cause) if (link instanceof CallError) return link;
  return error instanceof Error ? error : new CallError('EUNKNOWN');
}
