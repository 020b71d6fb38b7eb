// A bare HTTP client for the API server: what a test sends and gets is in plain sight, and none of the tested code is in between.
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

export const MERGE_PATCH = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';

/** How to reach an API server as one user. */
export interface ApiAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Any JSON object of the API: tests look at what they know is there. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: ApiObject;
  /** The Status message of a refusal; empty otherwise. */
  readonly message: string;
}

/** One user's view of the API server; no call throws for a status code. */
export interface Api {
  get(path: string): Promise<ApiAnswer>;
  post(path: string, body: object): Promise<ApiAnswer>;
  put(path: string, body: object): Promise<ApiAnswer>;
  /** A merge patch, unless `type` says otherwise. */
  patch(path: string, body: object, type?: string): Promise<ApiAnswer>;
  delete(path: string, body?: object): Promise<ApiAnswer>;
  /** Ends the kept connections. */
  close(): void;
}

/** Opens the API as the user of `access.token`. */
export function openApi(access: ApiAccess): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: access.ca });
  const call = (method: string, path: string, body?: object, type = 'application/json'): Promise<ApiAnswer> =>
    send(access, agent, { method, path, type, ...(body && { payload: JSON.stringify(body) }) });
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body, type = MERGE_PATCH) => call('PATCH', path, body, type),
    delete: (path, body) => call('DELETE', path, body),
    close: () => agent.destroy(),
  };
}

/** The answer's body; throws with the server's message where the status is not 2xx. */
export async function ok(answer: Promise<ApiAnswer>): Promise<ApiObject> {
  const { status, body, message } = await answer;
  if (status < 200 || status > 299) throw new Error(`HTTP ${status}: ${message}`);
  return body;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly payload?: string;
}

function send(access: ApiAccess, agent: Agent, call: Call): Promise<ApiAnswer> {
  const headers = { authorization: `Bearer ${access.token}`, accept: 'application/json', 'content-type': call.type };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(call.path, access.server), { method: call.method, agent, headers }, (response) => {
      const { statusCode = 0 } = response;
      text(response).then((answer) => resolve(read(statusCode, answer)), reject);
    });
    sent.setTimeout(60_000, () => sent.destroy(new Error(`No answer to ${call.method} ${call.path} for 60 s`)));
    sent.on('error', reject);
    sent.end(call.payload);
  });
}

/** Some answers are plain text: "404 page not found", "ok". */
function read(status: number, answer: string): ApiAnswer {
  try {
    const body = JSON.parse(answer) as ApiObject;
    return { status, body, message: typeof body['message'] === 'string' ? body['message'] : '' };
  } catch {
    return { status, body: {}, message: answer };
  }
}
