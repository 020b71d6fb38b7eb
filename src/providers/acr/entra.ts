// The Entra token of an identity, for one cloud: from its authority through the package, or from the node's metadata.
import { issueFailure } from '../../api/reasons.ts';
import { nameOf } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import { callToken } from '../../lib/token-call.ts';
import type { TokenOutcome } from '../../lib/token-call.ts';
import { tokenOf } from '../../lib/token-life.ts';
import { urlUnder } from '../endpoints.ts';
import type { IssueFailure, ProviderContext } from '../provider.ts';
import { entraFailure, metadataFailure } from './errors.ts';
import { authorityOf, isAuthority } from './hosts.ts';
import type { Cloud } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Send } from './sdk.ts';

export interface EntraToken {
  readonly kind: 'entra';
  readonly token: Sensitive;
}

type SdkIdentity = Exclude<Identity, { kind: 'managed' }>;

// The registries' own audience, in all clouds; registries can refuse tokens of the resource manager:
// https://learn.microsoft.com/azure/container-registry/container-registry-disable-authentication-as-arm
const AUDIENCE = 'https://containerregistry.azure.net';
const METADATA = 'http://169.254.169.254';
// A node without a metadata server drops the packets.
const METADATA_DEADLINE_MS = 5_000;

export function entraToken(
  identity: Identity,
  cloud: Cloud,
  context: ProviderContext,
): Promise<EntraToken | IssueFailure> {
  return identity.kind === 'managed' ? fromMetadata(identity, context) : fromAuthority(identity, cloud, context);
}

async function fromAuthority(
  identity: SdkIdentity,
  cloud: Cloud,
  context: ProviderContext,
): Promise<EntraToken | IssueFailure> {
  const sdk = await import('./sdk.ts').catch(() => undefined);
  if (!sdk) return issueFailure('ProviderNotAvailable', [], { provider: 'acr', hint: 'its package does not load' });
  const authority = authorityOf(cloud);
  const wire = createWire(context);
  try {
    const request = { identity, authority, scope: `${audienceOf(context)}/.default`, send: wire.send };
    return held(await unlessAborted(sdk.requestEntraToken(request), context.signal), authority);
  } catch (error) {
    // the package's error is dropped: it embeds texts of the other side
    const facts = { identity, audience: audienceOf(context), authority };
    return wire.last ? entraFailure(wire.last, facts) : unexpected(error);
  }
}

interface Wire {
  readonly send: Send;
  /** What came of the latest request. */
  last: TokenOutcome | undefined;
}

/** Sends by our own client, and to the operator's endpoint where the cloud's own is meant. */
function createWire(context: ProviderContext): Wire {
  const wire: Wire = {
    last: undefined,
    async send({ url, body }) {
      const target = new URL(url);
      if (!isAuthority(target)) throw new Error('not an authority');
      const call = { url: atEndpoint(target, context.endpoint('entra')), ...(body !== undefined && { form: body }) };
      const outcome = await callToken(call, context);
      wire.last = outcome;
      if (outcome.kind !== 'answer') return null;
      // without Retry-After: the package would wait for it, and that wait is ours
      return { status: outcome.status, text: outcome.body === undefined ? '' : JSON.stringify(outcome.body) };
    },
  };
  return wire;
}

function atEndpoint(target: URL, endpoint: URL | undefined): URL {
  return endpoint ? urlUnder(endpoint, `${target.pathname}${target.search}`) : target;
}

async function fromMetadata(
  { query, name }: Extract<Identity, { kind: 'managed' }>,
  context: ProviderContext,
): Promise<EntraToken | IssueFailure> {
  const url = urlUnder(context.endpoint('azure-metadata') ?? new URL(METADATA), '/metadata/identity/oauth2/token');
  const resource = audienceOf(context);
  url.search = new URLSearchParams({ 'api-version': '2018-02-01', resource, ...query }).toString();
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(METADATA_DEADLINE_MS)]);
  const caller = { fetch: context.metadata, now: context.now, signal };
  const outcome = await callToken({ url, headers: { Metadata: 'true' } }, caller);
  const failure = metadataFailure(outcome, { name, audience: resource });
  if (failure) return failure;
  const body = outcome.kind === 'answer' ? outcome.body : undefined;
  return held(isJsonObject(body) ? body['access_token'] : undefined, url);
}

function held(text: unknown, { host }: URL): EntraToken | IssueFailure {
  const token = tokenOf(text);
  return token ? { kind: 'entra', token } : issueFailure('MalformedResponse', [], { endpoint: host });
}

function audienceOf({ endpoint }: ProviderContext): string {
  return (endpoint('acr-audience')?.href ?? AUDIENCE).replace(/\/$/, '');
}

function unexpected(error: unknown): IssueFailure {
  return issueFailure('InternalError', [], { name: nameOf(error), provider: 'Microsoft Entra' });
}

/** The package does not hear our signal everywhere. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
