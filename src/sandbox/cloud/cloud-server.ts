// What all stub clouds share: a server that counts calls, and the ways in which a cloud can fail.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { loopbackCertificate } from '../certificate.ts';
import { startLoopbackServer } from '../loopback-server.ts';

export interface CloudRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly form: URLSearchParams;
}

export interface CloudAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body: object | string;
}

/** One scripted behaviour: a status, one of the named faults, or a change of the good answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object | string }
  | 'hang'
  | 'slow headers'
  | 'endless body'
  | 'truncated'
  | 'html'
  | 'redirect'
  | 'reset'
  | 'echo'
  | { readonly dateOffsetS: number }
  | { readonly change: (answer: CloudAnswer) => CloudAnswer };

export interface CloudServerOptions {
  readonly port?: number;
  readonly tls?: boolean;
}

export interface CloudServer {
  readonly url: string;
  readonly ca?: string;
  /** What was asked, in order. */
  readonly calls: readonly CloudRequest[];
  /** The next calls fail so; `times` undefined: until recover(). Only calls whose path fits, if `path` is given. */
  fail(fault: Fault, options?: { readonly times?: number; readonly path?: RegExp }): void;
  recover(): void;
  stop(): Promise<void>;
}

interface Script {
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  left: number;
}

type Route = (request: CloudRequest) => CloudAnswer;

/** A token that tests hunt for in everything that is shown. */
export function canary(prefix = ''): string {
  return `${prefix}CANARY-${randomBytes(18).toString('hex')}`;
}

export async function startCloudServer(route: Route, options: CloudServerOptions = {}): Promise<CloudServer> {
  const calls: CloudRequest[] = [];
  let scripts: Script[] = [];
  const certificate = options.tls ? loopbackCertificate(new Date()) : undefined;
  const server = await startLoopbackServer(
    { host: '127.0.0.1', port: options.port ?? 0, ...(certificate ? { certificate } : {}) },
    (message, response) => {
      void readRequest(message).then((request) => {
        if (!request) return;
        calls.push(request);
        const script = scripts.find(({ left, path }) => left > 0 && (path?.test(request.path) ?? true));
        if (script) script.left--;
        answer(request, { message, response, route, fault: script?.fault });
      });
    },
  );
  return {
    url: server.url,
    ...(certificate ? { ca: certificate.cert } : {}),
    calls,
    fail: (fault, { times = Infinity, path } = {}) => void scripts.push({ fault, path, left: times }),
    recover: () => void (scripts = []),
    stop: () => server.stop(),
  };
}

async function readRequest(message: IncomingMessage): Promise<CloudRequest | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return undefined; // the client went away
  }
  const path = message.url ?? '/';
  const body = Buffer.concat(chunks).toString('utf8');
  const url = new URL(path, 'http://stub.invalid');
  return { method: message.method ?? '', path, url, headers: message.headers, body, form: new URLSearchParams(body) };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly fault: Fault | undefined;
}

function answer(request: CloudRequest, { message, response, route, fault }: Exchange): void {
  if (fault === undefined) send(response, route(request));
  else if (typeof fault === 'string') misbehave(fault, request, { message, response });
  else if ('status' in fault) send(response, { body: {}, ...fault });
  else if ('change' in fault) send(response, fault.change(route(request)));
  else send(response, withDate(route(request), fault.dateOffsetS));
}

function misbehave(
  fault: Extract<Fault, string>,
  { body, path }: CloudRequest,
  { message, response }: Pick<Exchange, 'message' | 'response'>,
): void {
  if (fault === 'hang') return;
  if (fault === 'reset') message.socket.resetAndDestroy();
  else if (fault === 'slow headers') message.socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
  else if (fault === 'endless body') pour(response);
  else if (fault === 'truncated') send(response, { status: 200, body: '{"access_token":"x' });
  else if (fault === 'html')
    send(response, { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' });
  else if (fault === 'redirect') send(response, { status: 302, headers: { location: '/elsewhere' }, body: {} });
  else send(response, { status: 400, body: { error: 'invalid_request', error_description: `${path} ${body}` } });
}

/** As fast as it is read, and without an end. */
function pour(response: ServerResponse): void {
  const chunk = ' '.repeat(16 * 1024);
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function withDate(answer: CloudAnswer, offsetS: number): CloudAnswer {
  return { ...answer, headers: { ...answer.headers, date: new Date(Date.now() + offsetS * 1000).toUTCString() } };
}

function send(response: ServerResponse, { status, headers = {}, body }: CloudAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
