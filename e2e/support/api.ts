// The API server as one user sees it: what a test sends and gets is in plain sight, and none of the tested code is in between.
import { rawClient } from '../../test/support/raw-client.ts';
import type { RawAnswer } from '../../test/support/raw-client.ts';

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
  /** A merge patch. */
  patch(path: string, body: object): Promise<ApiAnswer>;
  delete(path: string, body?: object): Promise<ApiAnswer>;
  /** Ends the kept connections. */
  close(): void;
}

/** Opens the API as the user of `access.token`. */
export function openApi({ server, ca, token }: ApiAccess): Api {
  const client = rawClient({ url: server, ca, token });
  return {
    get: async (path) => read(await client.get(path)),
    post: async (path, body) => read(await client.post(path, body)),
    put: async (path, body) => read(await client.put(path, body)),
    patch: async (path, body) => read(await client.merge(path, body)),
    delete: async (path, body) => read(await client.delete(path, body)),
    close: () => client.close(),
  };
}

/** The answer's body; throws with the server's message where the status is not 2xx. */
export async function ok(answer: Promise<ApiAnswer>): Promise<ApiObject> {
  const { status, body, message } = await answer;
  if (status < 200 || status > 299) throw new Error(`HTTP ${status}: ${message}`);
  return body;
}

/** Some answers are plain text: "404 page not found", "ok"; they have no body. */
function read({ code, text, body }: RawAnswer): ApiAnswer {
  const object = body as ApiObject | undefined;
  const message = object === undefined ? text : object['message'];
  return { status: code, body: object ?? {}, message: typeof message === 'string' ? message : '' };
}
