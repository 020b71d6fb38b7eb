// A cloud for journeys of the engine: a token endpoint on loopback that does as it is told, one behaviour a request, and a
// provider that talks to it. What real clouds check, and how providers talk to them, has stubs and tests of its own.
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { issueFailure } from '../../src/api/reasons.ts';
import type { EcrSpec, GarSpec, IcrSpec } from '../../src/api/registry-credential.ts';
import { callToken } from '../../src/lib/token-call.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import { lifeOf, tokenOf } from '../../src/lib/token-life.ts';
import { commonFailure } from '../../src/providers/answers.ts';
import type { IssueRequest, IssueResult, Provider, ProviderRegistry } from '../../src/providers/provider.ts';
import { staticProvider } from '../../src/providers/static.ts';
import { createGuardedClient } from '../../src/lib/http.ts';
import type { GuardOptions } from '../../src/lib/http.ts';
import { parseOperatorConfig } from '../../src/operator-config.ts';
import { startHttpStub } from './http-stub.ts';
import type { StubRequest, StubTls } from './http-stub.ts';
import type { OpenTarget } from './target.ts';
import { inWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

/** What the endpoint is asked. */
export interface Asked {
  /** The API key, the ServiceAccount's token, or `ambient`. */
  readonly secret: string;
  readonly hosts: readonly string[];
}

export type Script = (asked: Asked, response: ServerResponse, call: number) => void;

export interface Cloud {
  readonly url: URL;
  readonly providers: ProviderRegistry;
  /** Connections that it accepted. */
  connections(): number;
  /** Every call so far. */
  readonly calls: readonly Asked[];
  /** Passwords that were given out, newest last. */
  readonly tokens: readonly string[];
  readonly inFlight: { readonly most: number };
  /** From now on; without an argument: a good token that lives an hour. */
  script(script?: Script): void;
  /** A good token, of this life. */
  give(response: ServerResponse, fields?: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

export interface CloudOptions {
  readonly tls?: StubTls;
  /** The name in its URL; absent: its address. */
  readonly host?: string;
}

export async function startCloud({ tls, host }: CloudOptions = {}): Promise<Cloud> {
  const calls: Asked[] = [];
  const tokens: string[] = [];
  const inFlight = { now: 0, most: 0 };
  let current: Script = (_, response) => give(response);
  const give = (response: ServerResponse, fields: Readonly<Record<string, unknown>> = {}): void => {
    const token = `CANARY-${randomBytes(12).toString('hex')}`;
    const body = { username: 'iambearer', token, expires_in: 3600, ...fields };
    if (typeof body.token === 'string') tokens.push(body.token);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const stub = await startHttpStub(
    (request: StubRequest, response) => {
      const asked = JSON.parse(request.body) as Asked;
      calls.push(asked);
      inFlight.now += 1;
      inFlight.most = Math.max(inFlight.most, inFlight.now);
      response.on('close', () => (inFlight.now -= 1));
      current(asked, response, calls.length);
    },
    tls === undefined ? {} : { tls },
  );
  const url = new URL('/token', stub.url);
  if (host !== undefined) url.hostname = host;
  return {
    url,
    connections: () => stub.connections().accepted,
    providers: { icr: icrAt(url), ecr: ecrAt(url), gar: garAt(url), static: staticProvider },
    calls,
    tokens,
    inFlight,
    script: (script = (_, response) => give(response)) => void (current = script),
    give,
    close: () => stub.close(),
  };
}

/** How the cloud of a journey is reached. */
export interface CloudWorldOptions extends WorldOptions, CloudOptions {
  /** The file of `--config`: calls go through the operator's own guarded client. */
  readonly configFile?: (cloud: Cloud) => string;
  /** Calls go through a guarded client of the test. */
  readonly guard?: Partial<GuardOptions>;
}

/** A journey with a cloud of its own. */
export async function withCloud(
  open: OpenTarget,
  journey: (world: World, cloud: Cloud) => Promise<void>,
  { tls, host, configFile, guard, ...options }: CloudWorldOptions = {},
): Promise<void> {
  const cloud = await startCloud({ ...(tls && { tls }), ...(host !== undefined && { host }) });
  const guarded = guard && createGuardedClient({ reach: 'provider', ...guard });
  try {
    // a cloud on loopback, which the guarded client would refuse; its registries do not exist
    const outside = { fetch: guarded?.fetch ?? globalThis.fetch };
    const verifier = { verify: () => Promise.resolve(undefined) };
    const reached = configFile ? { operatorConfig: await parseOperatorConfig(configFile(cloud)) } : { outside };
    const parts = { providers: cloud.providers, verifier, ...reached, ...options.parts };
    await inWorld(open, { ...options, parts }, async (world) => {
      await journey(world, cloud);
      const events = await world.admin.list('Event');
      const shown = JSON.stringify(events) + world.logs();
      for (const token of cloud.tokens) if (shown.includes(token)) throw new Error('a token stands in an output');
    });
  } finally {
    await guarded?.close();
    await cloud.close();
  }
}

/** `spec.provider` of an API key in a Secret. */
export function byKey(secret: string, ...prefixes: readonly string[]): object {
  return {
    icr: { registries: prefixes.map((prefix) => ({ prefix })), auth: { apiKey: { secretRef: { name: secret } } } },
  };
}

/** `spec.provider` of a ServiceAccount. */
export function byServiceAccount(name: string, prefix: string): object {
  const workloadIdentity = { serviceAccountRef: { name }, profileID: 'Profile-1' };
  return { icr: { registries: [{ prefix }], auth: { workloadIdentity } } };
}

/** The same at Google. */
export function byGoogleAmbient(prefix: string): object {
  return { gar: { registries: [{ prefix }], auth: { ambient: {} } } };
}

/** `spec.provider` of the operator's own identity, at AWS. */
export function byAmbient(prefix: string): object {
  return { ecr: { registries: [{ prefix }], auth: { ambient: {} } } };
}

function icrAt(url: URL): Provider<IcrSpec> {
  return {
    inputs: ({ auth }) =>
      auth.apiKey
        ? { secret: { kind: 'SecretKey', name: auth.apiKey.secretRef.name, key: auth.apiKey.keys.apiKey } }
        : {
            secret: {
              kind: 'ServiceAccountToken',
              name: auth.workloadIdentity.serviceAccountRef.name,
              audience: 'iam',
            },
          },
    groups: ({ registries }) =>
      [...Map.groupBy(registries, ({ prefix }) => hostOf(prefix))].map(([scope, members]) => ({
        scope,
        prefixes: members.map(({ prefix }) => prefix),
      })),
    issue: (request) => ask(url, request, request.inputs['secret']?.reveal() ?? ''),
  };
}

function ecrAt(url: URL): Provider<EcrSpec> {
  return { inputs: () => ({ ambient: { kind: 'AmbientIdentity' } }), issue: (request) => ask(url, request, 'ambient') };
}

function garAt(url: URL): Provider<GarSpec> {
  return { inputs: () => ({ ambient: { kind: 'AmbientIdentity' } }), issue: (request) => ask(url, request, 'ambient') };
}

type Request = Pick<
  IssueRequest<{ readonly registries: readonly { readonly prefix: string }[] }, string>,
  'spec' | 'context'
>;

async function ask(url: URL, { spec, context }: Request, secret: string): Promise<readonly IssueResult[]> {
  const prefixes = spec.registries.map(({ prefix }) => prefix);
  const hosts = prefixes.map(hostOf);
  const outcome = await callToken({ url, json: { secret, hosts } }, context);
  const isUnreachable = secret === 'ambient' && outcome.kind !== 'answer';
  if (isUnreachable) return [issueFailure('AmbientUnavailable', prefixes, AMBIENT)];
  const failure = commonFailure(outcome, prefixes, 'Cloud');
  if (failure || outcome.kind !== 'answer') return failure ? [failure] : [];
  if (outcome.status === 401) return [issueFailure('CredentialsRejected', prefixes, { keyHint: 'API key' })];
  if (outcome.status >= 400)
    return [issueFailure('PermissionDenied', prefixes, { id: 'it', host: hosts[0] ?? '', grant: 'Reader' })];
  const body = isJsonObject(outcome.body) ? outcome.body : {};
  const password = tokenOf(body['token']);
  const absolute = body['exp'];
  const life =
    typeof absolute === 'number'
      ? ({ expiresAt: new Date(absolute * 1000 - outcome.skewMs), expirySource: 'response' } as const)
      : lifeOf(body['expires_in'], outcome.sentAt, 3600);
  const username = body['username'];
  if (!password || !life || typeof username !== 'string')
    return [issueFailure('MalformedResponse', prefixes, { endpoint: url.host })];
  return [{ kind: 'token', prefixes, username, password, ...life, principal: 'it' }];
}

const AMBIENT = { cloud: 'Cloud', source: 'Workload', hint: 'set one up' };

function hostOf(prefix: string): string {
  return prefix.split('/')[0] ?? '';
}
