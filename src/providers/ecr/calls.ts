// One call of an issue as people need to hear of it, and what AWS answered to it.
import type { Location } from './hosts.ts';
import type { Wire } from './transport.ts';

/** Which call failed, and what people need to know about it. */
export type Call = { readonly url: URL } & (
  | { readonly kind: 'webIdentity'; readonly roleArn: string; readonly subject: string; readonly issuer: string }
  | ({ readonly kind: 'assumeRole'; readonly roleArn: string; readonly externalId: string | undefined } & Who)
  | ({ readonly kind: 'token'; readonly at: Pick<Location, 'service' | 'region'> } & Who)
);

interface Who {
  readonly principal: string;
  /** Keys of a Secret that end by themselves: nothing fresh can be had for them. */
  readonly isTemporary?: true;
}

/** An answer that is no success, or none at all. */
export interface Refusal {
  readonly code: string;
  /** For matching alone: it may quote what was sent. */
  readonly message: string;
  readonly requestId: string | undefined;
  readonly wire: Wire;
}

const CALLER = /^User: (arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\w+=,.@/-]{1,200}) is not authorized to perform: /;

/** The caller as AWS names it, by an anchored pattern. */
export function callerIn({ message }: Refusal): string | undefined {
  return CALLER.exec(message)?.[1];
}

export function principalOf(call: Call): string {
  return call.kind === 'webIdentity' ? call.roleArn : call.principal;
}

export function roleOf(call: Call): string {
  return call.kind === 'token' ? call.principal : call.roleArn;
}

export function issuerOf(call: Call): string {
  return call.kind === 'webIdentity' ? call.issuer : 'the cluster';
}

/** Of the role, else "of ID". */
export function accountOf(call: Call): string {
  return /^arn:aws[a-z-]*:iam::([0-9]{12}):/.exec(roleOf(call))?.[1] ?? `of ${principalOf(call)}`;
}

export function regionOf(call: Call): string {
  return call.kind === 'token' ? call.at.region : (/^sts[^.]*\.([^.]+)\./.exec(call.url.host)?.[1] ?? 'unknown');
}

/** The thrown value is read here and dropped: the SDK's errors hold bodies. */
export function readError(thrown: unknown): Omit<Refusal, 'wire'> {
  const { name, message, $metadata } = (thrown ?? {}) as ThrownBySdk;
  const requestId = $metadata?.requestId;
  return {
    code: typeof name === 'string' && /^\w{1,64}$/.test(name) ? name.replace(/(?<=.)Exception$/, '') : 'Unknown',
    message: typeof message === 'string' ? message.slice(0, 2048) : '',
    requestId: typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? requestId : undefined,
  };
}

interface ThrownBySdk {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly requestId?: unknown };
}
