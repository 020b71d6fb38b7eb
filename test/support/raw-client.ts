// An HTTP client of the tests' own for either API server. It shares no code with the operator's client: a misunderstanding
// that both had would pass its own test.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface Access {
  readonly url: string;
  readonly token?: string;
  /** PEM, for https. */
  readonly ca?: string;
}

/** Any JSON that the API server answers, an object, a list or a Status: tests look at what they know is there. */
export interface Body {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: object }[];
    readonly continue: string;
    readonly remainingItemCount: number;
    readonly [field: string]: unknown;
  };
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: unknown;
  readonly imagePullSecrets: readonly { readonly name?: string }[];
  readonly items: readonly Body[];
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  readonly details: {
    readonly name: string;
    readonly kind: string;
    readonly causes: readonly { readonly reason: string; readonly message: string; readonly field?: string }[];
  };
  readonly [field: string]: unknown;
}

export interface RawAnswer {
  readonly code: number;
  readonly contentType: string;
  readonly text: string;
  /** The parsed body; an empty object when it is not JSON. */
  readonly body: Body;
}

export interface RawRequest {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WatchLine {
  readonly type: string;
  readonly object: Body;
}

/** A watch as it comes over the wire. */
export interface RawWatch {
  readonly code: number;
  /** What came so far; a body that is no JSON lines (an error) is in `text`. */
  readonly events: readonly WatchLine[];
  readonly text: () => string;
  readonly isEnded: () => boolean;
  readonly close: () => void;
}

export interface RawClient {
  readonly access: Access;
  readonly request: (method: string, path: string, options?: RawRequest) => Promise<RawAnswer>;
  readonly get: (path: string) => Promise<RawAnswer>;
  readonly post: (path: string, body: unknown) => Promise<RawAnswer>;
  readonly put: (path: string, body: unknown) => Promise<RawAnswer>;
  /** A merge patch. */
  readonly merge: (path: string, body: unknown) => Promise<RawAnswer>;
  /** A JSON Patch. */
  readonly jsonPatch: (path: string, operations: unknown) => Promise<RawAnswer>;
  readonly delete: (path: string, body?: unknown) => Promise<RawAnswer>;
  readonly watch: (path: string) => Promise<RawWatch>;
  /** Drops connections; watches must be closed by themselves. */
  readonly close: () => void;
}

const JSON_TYPE = 'application/json';

export function rawClient(access: Access): RawClient {
  const agent = newAgent(access);
  const send = (method: string, path: string, options: RawRequest = {}): Promise<IncomingMessage> =>
    sendRequest({ access, agent, method, path, ...options });
  const request: RawClient['request'] = async (method, path, options) => toAnswer(await send(method, path, options));
  return {
    access,
    request,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, { body }),
    put: (path, body) => request('PUT', path, { body }),
    merge: (path, body) => request('PATCH', path, { body, contentType: 'application/merge-patch+json' }),
    jsonPatch: (path, body) => request('PATCH', path, { body, contentType: 'application/json-patch+json' }),
    delete: (path, body) => request('DELETE', path, body === undefined ? {} : { body }),
    watch: async (path) => toWatch(await sendRequest({ access, agent: newAgent(access), method: 'GET', path })),
    close: () => agent.destroy(),
  };
}

interface Sending extends RawRequest {
  readonly access: Access;
  readonly agent: HttpAgent;
  readonly method: string;
  readonly path: string;
}

function newAgent({ url, ca }: Access): HttpAgent {
  const options = { keepAlive: true, maxSockets: 16 };
  return url.startsWith('https:') ? new HttpsAgent({ ...options, ...(ca ? { ca } : {}) }) : new HttpAgent(options);
}

function sendRequest({ access, agent, method, path, body, contentType, headers }: Sending): Promise<IncomingMessage> {
  const url = new URL(path, access.url);
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all = {
    ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
    ...(text === undefined
      ? {}
      : { 'content-type': contentType ?? JSON_TYPE, 'content-length': Buffer.byteLength(text) }),
    accept: JSON_TYPE,
    'user-agent': 'raw-client/1',
    ...headers,
  };
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    open(url, { method, agent, headers: all }, resolve).on('error', reject).end(text);
  });
}

async function toAnswer(response: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const contentType = response.headers['content-type'] ?? '';
  const body = JSON.parse(contentType.startsWith(JSON_TYPE) ? text : '{}') as Body;
  return { code: response.statusCode ?? 0, contentType, text, body };
}

function toWatch(response: IncomingMessage): RawWatch {
  const events: WatchLine[] = [];
  let text = '';
  let rest = '';
  let isEnded = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (response.statusCode === 200) events.push(JSON.parse(line) as WatchLine);
  });
  response.on('close', () => (isEnded = true));
  response.on('error', () => (isEnded = true));
  return {
    code: response.statusCode ?? 0,
    events,
    text: () => text,
    isEnded: () => isEnded,
    close: () => response.destroy(),
  };
}
