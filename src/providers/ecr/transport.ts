// The AWS SDK's requests over the guarded client: one small handler, and what its answers told besides their bodies.
import { causeOf, pauseOf } from '../../lib/token-call.ts';
import type { ProviderContext } from '../provider.ts';

/** As much as is used of the SDK's request. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What the SDK takes as `requestHandler`. */
export interface SdkHandler {
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** What became of the last request of a step. */
export interface Wire {
  readonly host: string;
  /** No answer came: DNS, connection, TLS or the deadline. */
  readonly failed?: { readonly kind: 'unreachable' | 'tls'; readonly cause: string };
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The server's clock less ours; 0 where it says nothing. */
  readonly skewMs: number;
}

export interface Transport {
  readonly handler: SdkHandler;
  last(): Wire;
}

/** HTTP dates have no fractions and travel for a while: less is no skew. */
const LEAST_SKEW_MS = 60_000;
const LARGEST_BODY = 256 * 1024;

type Context = Pick<ProviderContext, 'fetch' | 'signal' | 'now'>;

/** One for each step, since it remembers what became of the last request. */
export function createTransport({ host }: URL, context: Context): Transport {
  let last: Wire = { host, skewMs: 0 };
  const handle = async (request: SdkRequest): Promise<{ response: SdkResponse }> => {
    try {
      const { response, body } = await exchange(request, context);
      last = wireOf(host, response, context.now());
      return { response: { statusCode: response.status, headers: Object.fromEntries(response.headers), body } };
    } catch (error) {
      last = { host, skewMs: 0, failed: causeOf(error) };
      throw error;
    }
  };
  const handler = { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) };
  return { handler, last: () => last };
}

async function exchange(
  request: SdkRequest,
  { fetch, signal }: Context,
): Promise<{ response: Response; body: Uint8Array }> {
  const response = await fetch(urlOf(request), {
    method: request.method,
    headers: headersOf(request),
    body: request.body as string | Uint8Array<ArrayBuffer>,
    redirect: 'error', // a credential never follows
    signal,
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return { response, body: body.length > LARGEST_BODY ? new Uint8Array() : body };
}

function urlOf({ protocol, hostname, port, path }: SdkRequest): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}

/** fetch sets these two by itself, to the same values. */
function headersOf({ headers }: SdkRequest): [string, string][] {
  return Object.entries(headers).filter(([name]) => !['host', 'content-length'].includes(name.toLowerCase()));
}

function wireOf(host: string, { status, headers }: Response, now: Date): Wire {
  const skewMs = Date.parse(headers.get('date') ?? '') - now.getTime();
  const retryAfterMs = pauseOf(headers.get('retry-after'), now);
  return {
    host,
    status,
    skewMs: Math.abs(skewMs) > LEAST_SKEW_MS ? skewMs : 0, // NaN is no skew either
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
