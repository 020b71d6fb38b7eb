// The calls of one issue, each with a client and a transport of its own; a call that fails can tell why.
import type { IssueFailure, ProviderContext } from '../provider.ts';
import type { Call } from './calls.ts';
import { explain, isExpired } from './errors.ts';
import { stsUrl, tokenUrl } from './hosts.ts';
import type { Location } from './hosts.ts';
import type * as AwsSdk from './sdk.ts'; // a type: the file itself is loaded lazily
import type { Connection, Keys, RoleSession } from './sdk.ts';
import type { EcrLogin } from './token.ts';
import { readToken } from './token.ts';
import { createTransport } from './transport.ts';
import type { Transport } from './transport.ts';
import type { Sensitive } from '../../lib/sensitive.ts';

/** What every step needs. */
export interface Tools {
  readonly sdk: typeof AwsSdk;
  readonly context: ProviderContext;
}

/** Who signs, and how to name it to people. */
export interface Identity {
  readonly keys: Keys;
  readonly principal: string;
  /** Keys of a Secret that end by themselves: nothing fresh can be had for them. */
  readonly isTemporary?: true;
}

export interface WebIdentity extends RoleSession {
  readonly token: Sensitive;
  readonly subject: string;
  readonly issuer: string;
}

export interface NextRole extends RoleSession {
  readonly externalId?: string;
}

/** Holds nothing of the SDK's error: that may quote what was sent. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly failureFor: (prefixes: readonly string[]) => IssueFailure;
  readonly isExpired: boolean;
  constructor(failureFor: (prefixes: readonly string[]) => IssueFailure, expired: boolean) {
    super('a call failed');
    this.failureFor = failureFor;
    this.isExpired = expired;
  }
}

export async function takeWebIdentity(tools: Tools, at: Location, web: WebIdentity): Promise<Identity> {
  const { roleArn, subject, issuer } = web;
  const keys = await attempt(tools, { kind: 'webIdentity', url: stsUrlOf(tools, at), roleArn, subject, issuer }, (to) =>
    tools.sdk.assumeWithWebIdentity({ ...to, region: at.region }, web.token, web),
  );
  return { keys, principal: roleArn };
}

export async function takeRole(tools: Tools, at: Location, hop: { from: Identity; to: NextRole }): Promise<Identity> {
  const { from, to } = hop;
  const { roleArn, externalId } = to;
  const call: Call = { kind: 'assumeRole', url: stsUrlOf(tools, at), ...whoIs(from), roleArn, externalId };
  const keys = await attempt(tools, call, (connection) =>
    tools.sdk.assumeRole({ ...connection, region: at.region }, from.keys, to),
  );
  return { keys, principal: roleArn };
}

export async function takeToken(tools: Tools, at: Location, identity: Identity): Promise<EcrLogin> {
  const { sdk, context } = tools;
  const url = context.endpoint(at.service) ?? tokenUrl(at);
  const get = at.service === 'ecr' ? sdk.getToken : sdk.getPublicToken;
  const sentAt = context.now();
  return attempt(tools, { kind: 'token', url, ...whoIs(identity), at }, async (to, transport) => {
    const login = readToken(await get({ ...to, region: at.region }, identity.keys), sentAt, transport.last().skewMs);
    if (!login) throw new TypeError('no token');
    return login;
  });
}

async function attempt<Result>(
  { context }: Tools,
  call: Call,
  run: (to: Omit<Connection, 'region'>, transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = createTransport(call.url, context);
  const clockOffsetMs = context.now().getTime() - Date.now();
  const isSkewed = (): boolean => transport.last().skewMs !== 0;
  try {
    return await run({ endpoint: call.url, handler: transport.handler, clockOffsetMs, isSkewed }, transport);
  } catch (error) {
    const failure = explain(call, error, transport.last());
    throw new StepFailed((prefixes) => failure(prefixes), isExpired(error) && !('isTemporary' in call));
  }
}

function stsUrlOf({ context }: Tools, at: Location): URL {
  return context.endpoint('sts') ?? stsUrl(at);
}

function whoIs({ principal, isTemporary }: Identity): { principal: string; isTemporary?: true } {
  return { principal, ...(isTemporary && { isTemporary }) };
}
