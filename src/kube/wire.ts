// One HTTP exchange: the fence asked at the first byte, a deadline, a size cap, and certainty whether anything was sent.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, Agent } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';

export interface WireCall {
  readonly server: URL;
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value: Node checks and keeps a map of anything else. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
  readonly agent: Agent;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked when the connection stands, just before the first byte; on false nothing is sent. */
  readonly maySend: () => boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why there is no answer. `Lost` covers every end that the other side or the network made. */
export type WireFault = 'Lost' | 'Deadline' | 'Aborted' | 'Fenced' | 'TooLarge';

/** No whole answer came. Its message names the fault and code only. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly fault: WireFault;
  /** False when certainly no byte reached the server. */
  readonly sent: boolean;
  readonly code: string | undefined;
  /** The connection had served an earlier call: the server may have closed it just then. */
  readonly reused: boolean;

  constructor(fault: WireFault, { sent, code, reused = false }: { sent: boolean; code?: string; reused?: boolean }) {
    super(code ? `${fault} (${code})` : fault);
    this.fault = fault;
    this.sent = sent;
    this.code = code;
    this.reused = reused;
  }
}

/** A call under way. Whatever fails on it or on its body is told by failure(). */
export interface OpenCall {
  readonly response: Promise<IncomingMessage>;
  /** The answer began: from now on time is the reader's business. */
  stopDeadline(): void;
  /** The WireError behind what was thrown while waiting or reading. */
  failure(thrown: unknown): WireError;
  /** Ends it: frees timer and listener, and closes the connection unless the body was read to its end. */
  settle(): void;
}

/** Sends, reads the whole body, throws a WireError. */
export async function exchange(call: WireCall, maxBytes: number): Promise<Answer> {
  const open = openCall(call);
  try {
    const response = await open.response;
    const body = await readBody(response, maxBytes);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (thrown) {
    throw open.failure(thrown);
  } finally {
    open.settle();
  }
}

export function openCall(call: WireCall): OpenCall {
  const { server, method, path, headers, agent, clock, deadlineMs, signal } = call;
  const send = server.protocol === 'http:' ? http.request : https.request;
  const { hostname, port } = server;
  const request = send({ host: bare(hostname), port: port || undefined, method, path, headers, agent });
  let fault: WireFault | undefined;
  let sent = false;

  const stop = (why: WireFault): void => {
    fault ??= why;
    request.destroy();
  };
  const onAbort = (): void => stop('Aborted');
  let deadline: Timer | undefined = clock.after(deadlineMs, () => stop('Deadline'));
  const stopDeadline = (): void => {
    deadline?.cancel();
    deadline = undefined;
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort);
  whenConnected(request, () => {
    if (!call.maySend()) {
      stop('Fenced');
      return;
    }
    sent = true;
    request.end(call.body);
  });
  let answered: IncomingMessage | undefined;
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (begun: IncomingMessage) => resolve((answered = begun)));
    request.on('close', () => {
      if (!answered) reject(new Error('closed')); // destroyed before a socket was there
    });
  });

  return {
    response,
    stopDeadline,
    failure: (thrown) => failureOf(thrown, { fault, sent, reused: request.reusedSocket }),
    settle() {
      stopDeadline();
      signal?.removeEventListener('abort', onAbort);
      if (!answered?.complete) request.destroy();
    },
  };
}

/** Node wants an IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Headers and body go out together, and only once the (TLS) connection stands: before that nothing is "sent". */
function whenConnected(request: ClientRequest, run: () => void): void {
  request.on('socket', (socket: Socket) => {
    if (request.destroyed) return;
    if (isPending(socket)) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', run);
    else run();
  });
}

function isPending(socket: Socket): boolean {
  return socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true);
}

export function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      reject(new WireError('TooLarge', { sent: true }));
      response.destroy();
    });
    let isWhole = false;
    response.on('end', () => {
      isWhole = true;
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    });
    response.on('error', reject);
    response.on('close', () => {
      if (!isWhole) reject(new Error('cut')); // an error that nobody hears still takes its stack trace
    });
  });
}

function failureOf(
  thrown: unknown,
  { fault, sent, reused }: { fault: WireFault | undefined; sent: boolean; reused: boolean },
): WireError {
  if (fault) return new WireError(fault, { sent });
  if (thrown instanceof WireError) return thrown;
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return new WireError('Lost', { sent, reused, ...(typeof code === 'string' ? { code } : {}) });
}
