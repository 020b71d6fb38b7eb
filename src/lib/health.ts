// The HTTP servers: /healthz and /readyz as the API server spells them (a sub-path per check, ?verbose, ?exclude), /metrics.
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nameOf } from './errors.ts';

/** Undefined while all is well, else the reason. It is shown to nobody: `onFailure` takes it to the log. */
export type Check = () => string | undefined;

export interface Probe {
  readonly checks: Readonly<Record<string, Check>>;
  /** What is worth knowing and fails nothing, a line each under ?verbose. */
  readonly warnings?: () => readonly string[];
  /** Told when a check that was well fails. */
  readonly onFailure?: (name: string, reason: string) => void;
}

/** By path: "/healthz", "/readyz". */
export type Probes = Readonly<Record<string, Probe>>;

export interface Listening {
  /** "127.0.0.1:41234": with the port that port 0 became. */
  readonly address: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** HOST:PORT, :PORT for all addresses, or 0 for off. */
  readonly address: string;
  /** The flag to name when that address can not be had. */
  readonly flag: string;
  readonly handler: RequestListener;
}

/** Answers the probes, each check also under a path of its own. */
export function probeHandler(probes: Probes): RequestListener {
  const failing = new Set<string>();
  return (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    const answer = url ? answerProbe(probes, url, failing) : NOT_FOUND;
    response.writeHead(answer.status, TEXT).end(answer.body);
  };
}

/** Answers /metrics. */
export function metricsHandler(render: () => Promise<string>): RequestListener {
  return (request, response) => {
    const send = (status: number, body: string): unknown => response.writeHead(status, METRICS).end(body);
    if (request.url?.split('?')[0] !== '/metrics') send(404, 'not found\n');
    else
      render().then(
        (text) => send(200, text),
        () => send(500, 'metrics are not available\n'),
      );
  };
}

/** Undefined where the address says off. */
export async function listen({ address, flag, handler }: ListenOptions): Promise<Listening | undefined> {
  if (address === '0') return undefined;
  const { host, port } = parseAddress(address, flag);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(address, flag, error)));
    server.listen({ port, host }, resolve);
  });
  return { address: addressOf(server), close: () => closed(server) };
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
const METRICS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

interface Answer {
  readonly status: number;
  readonly body: string;
}

const NOT_FOUND: Answer = { status: 404, body: 'not found\n' };

function answerProbe(probes: Probes, url: URL, failing: Set<string>): Answer {
  const [, path = '', name] = /^(\/[^/]+)(?:\/([^/]+))?\/?$/.exec(url.pathname) ?? [];
  const probe = Object.hasOwn(probes, path) ? probes[path] : undefined;
  if (!probe || (name !== undefined && !Object.hasOwn(probe.checks, name))) return NOT_FOUND;

  const excluded = url.searchParams.getAll('exclude');
  const names = Object.keys(probe.checks).filter((each) => (name ? each === name : !excluded.includes(each)));
  const failed = names.filter((each) => !isWell(probe, each, { path, failing }));
  const isAllWell = failed.length === 0;
  if (isAllWell && !url.searchParams.has('verbose')) return { status: 200, body: 'ok' };

  const lines = names.map((each) => (failed.includes(each) ? `[-]${each} failed: reason withheld` : `[+]${each} ok`));
  const warnings = name ? [] : (probe.warnings?.() ?? []).map((warning) => `[!]${warning}`);
  const verdict = `${path.slice(1)} check ${isAllWell ? 'passed' : 'failed'}`;
  return { status: isAllWell ? 200 : 500, body: `${[...lines, ...warnings, verdict].join('\n')}\n` };
}

function isWell({ checks, onFailure }: Probe, name: string, { path, failing }: { path: string; failing: Set<string> }) {
  const reason = reasonOf(checks[name]);
  const id = `${path}/${name}`;
  if (reason === undefined) failing.delete(id);
  else if (!failing.has(id)) {
    failing.add(id);
    onFailure?.(name, reason);
  }
  return reason === undefined;
}

function reasonOf(check: Check | undefined): string | undefined {
  try {
    return check?.();
  } catch (thrown) {
    return `the check itself failed (${nameOf(thrown)})`;
  }
}

function parseAddress(address: string, flag: string): { host: string | undefined; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits ?? NaN);
  if (!(port <= 65_535))
    throw new Error(`Cannot listen on "${address}": not HOST:PORT; set ${flag} to HOST:PORT, :PORT or 0`);
  return { host: bracketed ?? (plain === '' ? undefined : plain), port };
}

const STATES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use (EADDRINUSE); free the port',
  EACCES: 'no permission for this port (EACCES); take one above 1024',
  EADDRNOTAVAIL: 'not an address of this host (EADDRNOTAVAIL); correct it',
};

function cannotListen(address: string, flag: string, error: Error): Error {
  const code = nameOf(error);
  return new Error(`Cannot listen on "${address}": ${STATES[code] ?? `failed (${code}); correct it`} or set ${flag}`, {
    cause: error,
  });
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
