// An administrator's hands in the sandbox: for the demo and for tests that arrange the world around the operator.
import type { ApiObject, Json } from './api-object.ts';
import { call, type Access, type Reply } from './loopback-client.ts';

/** Paths are the API server's own: "/api/v1/namespaces/team-a/secrets/regcred-managed". Whatever is refused throws. */
export interface Admin {
  /** Undefined: there is no such object. */
  get(path: string): Promise<ApiObject | undefined>;
  list(path: string): Promise<readonly ApiObject[]>;
  create(path: string, body: Json): Promise<ApiObject>;
  /** A merge patch. */
  patch(path: string, body: Json): Promise<ApiObject>;
  /** No complaint when it is gone already. */
  delete(path: string): Promise<void>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: Json;
}

export function adminOf(access: Access): Admin {
  const run = async (request: Request): Promise<Json> => resultOf(request, await send(access, request));
  return {
    get: async (path) => {
      const reply = await send(access, { method: 'GET', path });
      return reply.code === 404 ? undefined : (resultOf({ method: 'GET', path }, reply) as ApiObject);
    },
    list: async (path) => (await run({ method: 'GET', path }))['items'] as readonly ApiObject[],
    create: async (path, body) => (await run({ method: 'POST', path, body })) as ApiObject,
    patch: async (path, body) => (await run({ method: 'PATCH', path, body })) as ApiObject,
    delete: async (path) => {
      const reply = await send(access, { method: 'DELETE', path });
      if (reply.code !== 404) resultOf({ method: 'DELETE', path }, reply);
    },
  };
}

function send({ url, token = '', ca }: Access, { method, path, body }: Request): Promise<Reply> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, 'content-type': contentType, 'user-agent': 'sandbox-admin' };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return call(`${url}${path}`, { method, headers, ...text, ...(ca === undefined ? {} : { ca }) });
}

function resultOf({ method, path }: Request, { code, text }: Reply): Json {
  if (code < 300) return JSON.parse(text) as Json;
  throw new Error(`Cannot ${method} "${path}": refused (HTTP ${code}); ${text.slice(0, 500)}`);
}
