// A registry for journeys of verification: a stub on loopback that answers as it is told, and counts who asks. What real
// registries answer, and how, is known to the tests of src/verification/.
import type { ServerResponse } from 'node:http';
import { readOperatorConfig } from '../../src/operator-config.ts';
import { eventually } from './eventually.ts';
import { json, startHttpStub } from './http-stub.ts';
import type { HttpStub, StubRequest, TlsFiles } from './http-stub.ts';
import { startCloud } from './scripted-cloud.ts';
import type { Cloud } from './scripted-cloud.ts';
import type { OpenTarget } from './target.ts';
import { inWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

/** Answers one request; `tried`: how often a login was tried, this time included. */
export type Manner = (request: StubRequest, response: ServerResponse, tried: number) => void;

export interface ScriptedRegistry {
  readonly url: URL;
  readonly stub: HttpStub;
  /** How often a login was tried: each try begins with a question without one. */
  tries(): number;
  /** Nothing is being answered. */
  isIdle(): boolean;
  script(manner: Manner): void;
}

export async function startScriptedRegistry(manner: Manner = good, tls?: TlsFiles): Promise<ScriptedRegistry> {
  let [current, tried, open] = [manner, 0, 0];
  const stub = await startHttpStub(
    (request, response) => {
      open += 1;
      response.on('close', () => (open -= 1));
      if (request.path === '/v2/' && request.headers.authorization === undefined) tried += 1;
      current(request, response, tried);
    },
    tls ? { tls } : {},
  );
  return {
    url: stub.url,
    stub,
    tries: () => tried,
    isIdle: () => open === 0,
    script: (next) => void (current = next),
  };
}

export function challenge(response: ServerResponse, ...headers: readonly string[]): void {
  response.writeHead(401, { 'www-authenticate': [...headers] }).end('{}');
}

/** Asks for Basic, and answers the login and its manifests so. */
export const basic =
  (status: number, { body = '{}', manifest = status }: { body?: string; manifest?: number } = {}): Manner =>
  ({ headers, method }, response) => {
    if (headers.authorization === undefined) challenge(response, 'Basic realm="registry"');
    else if (method === 'HEAD') response.writeHead(manifest).end();
    else response.writeHead(status, status === 401 ? { 'www-authenticate': 'Basic realm="registry"' } : {}).end(body);
  };

export const good = basic(200);
export const wrong = basic(401);
/** The login is good, a pull is not. */
export const deniedPull = basic(200, { manifest: 403 });

export interface BearerManner {
  /** Of the token endpoint; 200 gives a token. */
  readonly token?: number;
  /** The challenge to a token that is no good for /v2/ or a manifest; undefined: it is good. */
  readonly refusal?: string;
  /** The token. */
  readonly text?: string;
}

/** Asks for Bearer from its own token endpoint. */
export const bearer =
  ({ token = 200, refusal, text = 'registry-token' }: BearerManner = {}): Manner =>
  ({ headers, url }, response) => {
    const realm = `Bearer realm="http://${headers.host ?? ''}/token",service="stub"`;
    if (url.pathname === '/token') json(response, token, token === 200 ? { token: text } : {});
    else if (headers.authorization === undefined) challenge(response, realm);
    else if (refusal !== undefined) challenge(response, `${realm},error="${refusal}"`);
    else response.end('{}');
  };

/** A journey under a scripted cloud, with registries of these hosts. */
export async function withRegistries(
  open: OpenTarget,
  hosts: readonly string[],
  journey: (world: World, cloud: Cloud, registries: readonly ScriptedRegistry[]) => Promise<void>,
  options: WorldOptions = {},
): Promise<void> {
  const [cloud, ...registries] = await Promise.all([startCloud(), ...hosts.map(() => startScriptedRegistry())]);
  const bases = Object.fromEntries(hosts.map((host, index) => [host, registries[index]?.url.origin]));
  const parts = {
    providers: cloud.providers,
    outside: { fetch: globalThis.fetch }, // of the cloud, which is on loopback
    operatorConfig: readOperatorConfig({ registries: bases }),
    ...options.parts,
  };
  try {
    await inWorld(open, { ...options, parts }, (world) => journey(world, cloud, registries));
  } finally {
    await Promise.all([cloud.close(), ...registries.map(({ stub }) => stub.close())]);
  }
}

/** Time runs, a second a poll, while the registry has nothing to answer. */
export function whileIdle<T>(world: World, registry: ScriptedRegistry, probe: () => T | Promise<T>) {
  return eventually(
    async () => {
      const value = await probe();
      if (value === false && registry.isIdle()) world.clock.advance(1000);
      return value;
    },
    { everyMs: 30 },
  );
}

/** A refusal is believed after three tries of the login with this password; time runs between them. */
export async function believed(
  world: World,
  registry: ScriptedRegistry,
  password: () => string | undefined | RegExp,
  times = 3,
): Promise<void> {
  const count = (): number =>
    registry.stub.requests.filter(({ headers }) => holds(headers.authorization, password())).length;
  await eventually(() => count() > times - 3);
  await whileIdle(world, registry, () => count() >= times && registry.isIdle());
}

function holds(authorization: string | undefined, password: string | undefined | RegExp): boolean {
  const [scheme, text = ''] = (authorization ?? '').split(' ');
  const login = Buffer.from(text, 'base64').toString();
  const isIt = password instanceof RegExp ? password.test(login) : login.endsWith(`:${password ?? '?'}`);
  return scheme === 'Basic' && isIt;
}
