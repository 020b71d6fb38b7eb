// A real HTTP server for tests: it answers by a handler and remembers what it was asked, down to the sockets.
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface StubRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly socket: Socket;
}

export type StubHandler = (request: StubRequest, response: ServerResponse) => void | Promise<void>;

export interface HttpStub {
  readonly url: URL;
  readonly port: number;
  readonly requests: readonly StubRequest[];
  /** Connections accepted so far, and those open now. */
  connections(): { readonly accepted: number; readonly open: number };
  /** Called with each connection as it is accepted, before TLS. */
  onConnection(listener: (socket: Socket) => void): void;
  /** Answers by another handler from now on. */
  use(handler: StubHandler): void;
  close(): Promise<void>;
}

export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How a stub serves TLS: with which certificate, and up to which version. */
export interface StubTls extends TlsFiles {
  readonly maxVersion?: 'TLSv1.1';
}

/** Certificates of unrelated authorities, valid for localhost and 127.0.0.1; the third's is also good for cloud.example.com. */
export function tlsFixture(authority: 'one' | 'two' | 'three'): TlsFiles {
  const read = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
  return {
    ca: read(`ca-${authority}.pem`),
    cert: read(`server-${authority}.pem`),
    key: read(`server-${authority}.key`),
  };
}

/** Certificates that a client must refuse although it trusts the third authority. */
export function badTlsFixture(fault: 'expired' | 'wrong-name' | 'self-signed'): TlsFiles {
  const read = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
  return { ca: read('ca-three.pem'), cert: read(`server-${fault}.pem`), key: read(`server-${fault}.key`) };
}

/** Longer than any test: a client never sends on a connection that the stub is about to close. */
const KEEP_ALIVE_MS = 120_000;

/** Listens on a free port of 127.0.0.1. The handler is called when the request's body is complete. */
export async function startHttpStub(
  handler: StubHandler,
  { tls, port = 0 }: { tls?: StubTls; port?: number } = {},
): Promise<HttpStub> {
  const requests: StubRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let current = handler;
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    void answer(message, response, { requests, handler: (...both) => current(...both) });
  };
  const server: Server = tls ? createTlsServer(serverTls(tls), listener) : createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`),
    port: address.port,
    requests,
    connections: () => ({ accepted, open: sockets.size }),
    onConnection: (listener) => void server.on('connection', listener),
    use(next) {
      current = next;
    },
    close: () => closeServer(server, sockets),
  };
}

function serverTls({ cert, key, maxVersion }: StubTls): ServerOptions {
  const old = { maxVersion, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  return { cert, key, ...(maxVersion === undefined ? {} : { ...old, maxVersion }) };
}

/** Answers JSON with a status. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  { requests, handler }: { requests: StubRequest[]; handler: StubHandler },
): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return; // the client went away
  }
  const path = message.url ?? '/';
  const request: StubRequest = {
    method: message.method ?? '',
    path,
    url: new URL(path, 'http://stub.invalid'),
    headers: message.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    socket: message.socket,
  };
  requests.push(request);
  await handler(request, response);
}

async function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
