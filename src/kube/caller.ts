// One call to the API server with its manners: pause, login, fence, retries of reads, and what a failure means.
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { TransportMetrics } from '../lib/metrics-port.ts';
import type { KubeErrorKind } from './client.ts';
import { KubeError } from './client.ts';
import type { ClusterConfig, Credentials } from './cluster-config.ts';
import type { Connections } from './connections.ts';
import type { Pause } from './pause.ts';
import { errorOfAnswer } from './status-errors.ts';
import type { Head, OpenAnswer, WireCall } from './wire.ts';
import { exchange, openAnswer, readWhole, WireError } from './wire.ts';

export interface CallSpec {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** For errors: "patch secrets \"a\" in namespace \"b\"". */
  readonly request: string;
  readonly path: string;
  readonly name?: string | undefined;
  readonly namespaced: boolean;
  readonly body?: string | undefined;
  readonly contentType?: string;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Caller {
  /** The body of a 2xx answer; throws a KubeError. */
  call(spec: CallSpec): Promise<Buffer>;
  /** Begins a stream: resolves when the server accepted it. The reader closes it. */
  open(spec: CallSpec): Promise<OpenAnswer>;
  /** How long every answer has been a 401; 0 when the last one was not. */
  readonly unauthorizedForMs: () => number;
}

export interface CallerOptions {
  readonly cluster: ClusterConfig;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly userAgent: string;
  readonly deadlineMs: number;
  readonly mayWrite: () => boolean;
  readonly metrics: TransportMetrics;
  readonly logger: Logger;
  readonly random: () => number;
}

const MAX_BYTES = 8 * 1024 * 1024;
const READ_RETRIES = 3;
const READ_RETRY_MS = 100;

export function createCaller(options: CallerOptions): Caller {
  const { cluster, connections, clock, pause, metrics, logger } = options;
  const basePath = cluster.server.pathname.replace(/\/+$/, '');
  const host = cluster.server.host;
  let unauthorizedSinceMs: number | undefined;

  const login = async (spec: CallSpec, force: boolean): Promise<Credentials> => {
    try {
      return await cluster.credentials(force ? { force: true } : {});
    } catch (cause) {
      throw errorOf(spec, 'Unreachable', { cause });
    }
  };
  const prepare = (spec: CallSpec, { headers, tls }: Credentials, isStream: boolean): WireCall => ({
    dispatcher: isStream ? connections.single(tls) : connections.pooled(tls),
    method: spec.method,
    path: basePath + spec.path,
    headers: headersOf(spec, { userAgent: options.userAgent, login: headers }),
    body: spec.body,
    clock,
    deadlineMs: options.deadlineMs,
    signal: spec.signal,
    maySend: spec.method === 'GET' ? always : options.mayWrite,
  });
  const note = (spec: CallSpec, code: string, startedMs: number): void => {
    if (code === '401') unauthorizedSinceMs ??= clock.monotonicMs();
    else if (code !== '<error>') unauthorizedSinceMs = undefined;
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    metrics.request({ method: spec.method, verb: spec.method, host, code, seconds });
    if (logger.debugEnabled) logger.debug('Asked the API server', { request: spec.request, code, seconds });
  };

  /** Once over the wire, whatever the status; `send` says how the answer is read. */
  async function attempt<T>(spec: CallSpec, send: Send<T>, force = false): Promise<Sent<T>> {
    const paused = pause.wait(spec.signal);
    if (paused) await paused;
    if (spec.signal?.aborted) throw errorOf(spec, 'Aborted');
    if (spec.method !== 'GET' && !options.mayWrite()) throw errorOf(spec, 'Fenced');
    const wireCall = prepare(spec, await login(spec, force), send.isStream);
    const startedMs = clock.monotonicMs();
    try {
      const sent = await send.run(wireCall, spec);
      note(spec, String(sent.status), startedMs);
      return sent;
    } catch (thrown) {
      note(spec, '<error>', startedMs);
      throw thrown;
    }
  }

  async function withReadRetries<T>(spec: CallSpec, send: Send<T>, force = false): Promise<Sent<T>> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt(spec, send, force);
      } catch (thrown) {
        if (!(thrown instanceof WireError)) throw thrown;
        if (!isRepeatable(spec, send) || !isReset(thrown) || tries >= READ_RETRIES) throw errorOfWire(spec, thrown);
        metrics.requestRetry('<error>', spec.method, host);
        // At once the first time: most often the server had just closed an idle connection.
        const delayMs = tries === 0 ? 0 : options.random() * READ_RETRY_MS * 2 ** tries;
        if (delayMs > 0) await sleep(clock, delayMs, spec.signal);
      }
    }
  }

  async function accepted<T>(spec: CallSpec, send: Send<T>): Promise<T> {
    let sent = await withReadRetries(spec, send);
    if (sent.status === 401) sent = await withReadRetries(spec, send, true);
    if (sent.status >= 200 && sent.status < 300 && sent.value !== undefined) return sent.value;
    const error = errorOfAnswer(
      { status: sent.status, headers: sent.headers, body: sent.refusal?.toString('utf8') ?? '' },
      { ...spec, isWrite: spec.method !== 'GET', name: spec.name },
    );
    if (error.kind === 'TooManyRequests' && error.retryAfterMs !== undefined) pause.begin(error.retryAfterMs);
    throw error;
  }

  return {
    call: (spec) => accepted(spec, wholeAnswer),
    open: (spec) => accepted(spec, streamStart),
    unauthorizedForMs: () => (unauthorizedSinceMs === undefined ? 0 : clock.monotonicMs() - unauthorizedSinceMs),
  };
}

interface Sent<T> extends Head {
  readonly value?: T;
  readonly refusal?: Buffer;
}

interface Send<T> {
  readonly isStream: boolean;
  readonly run: (call: WireCall, spec: CallSpec) => Promise<Sent<T>>;
}

const wholeAnswer: Send<Buffer> = {
  isStream: false,
  async run(call, spec) {
    const { status, headers, body } = await exchange(call, spec.maxBytes ?? MAX_BYTES);
    return { status, headers, value: body, refusal: body };
  },
};

const streamStart: Send<OpenAnswer> = {
  isStream: true,
  async run(call) {
    const answer = await openAnswer(call);
    const { status, headers } = answer;
    if (status !== 200) return { status, headers, refusal: await readWhole(answer, MAX_BYTES) };
    answer.stopDeadline();
    return { status, headers, value: answer };
  },
};

const always = (): boolean => true;

function headersOf(
  spec: CallSpec,
  { userAgent, login }: { readonly userAgent: string; readonly login: Readonly<Record<string, string>> },
): string[] {
  const headers = ['User-Agent', userAgent, 'Accept', 'application/json'];
  for (const [name, value] of Object.entries(login)) headers.push(name, value);
  if (spec.body !== undefined) headers.push('Content-Type', spec.contentType ?? 'application/json');
  return headers;
}

/** Writes never: nobody knows what became of them. Watches are started again by who reads them. */
function isRepeatable({ method }: CallSpec, { isStream }: { readonly isStream: boolean }): boolean {
  return method === 'GET' && !isStream;
}

function isReset({ fault, sent }: WireError): boolean {
  return fault === 'Lost' && sent;
}

/** What it means that there is no answer: only a write that may have arrived is of unknown result. */
export function errorOfWire(spec: CallSpec, cause: WireError): KubeError {
  const isWrite = spec.method !== 'GET';
  if (cause.fault === 'Aborted' && !(isWrite && cause.sent)) return errorOf(spec, 'Aborted', { cause });
  if (cause.fault === 'Fenced') return errorOf(spec, 'Fenced', { cause });
  if (cause.fault === 'TooLarge') return errorOf(spec, 'Malformed', { cause, detail: 'the answer is too large' });
  const detail = cause.fault === 'Deadline' ? 'no answer in time' : (cause.code ?? '');
  return errorOf(spec, isWrite && cause.sent ? 'Unknown' : 'Unreachable', { cause, detail });
}

export function errorOf(
  spec: CallSpec,
  kind: KubeErrorKind,
  { cause, detail = '' }: { cause?: unknown; detail?: string } = {},
): KubeError {
  return new KubeError({ kind, status: 0, request: spec.request, detail }, { cause });
}
