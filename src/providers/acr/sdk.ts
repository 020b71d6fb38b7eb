// The cloud's package, loaded on first use: it builds Entra's requests, our own client sends them.
import { ClientAssertionCredential, ClientSecretCredential } from '@azure/identity';
import type { ClientSecretCredentialOptions } from '@azure/identity';
import type { Identity } from './identity.ts';

type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>;
type SdkResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;
type SdkHeaders = SdkResponse['headers'];

/** Sends a request of the package; null: no answer came. */
export type Send = (request: {
  readonly url: string;
  readonly body: string | undefined;
}) => Promise<{ readonly status: number; readonly text: string } | null>;

export interface EntraRequest {
  readonly identity: Exclude<Identity, { kind: 'managed' }>;
  readonly authority: URL;
  readonly scope: string;
  readonly send: Send;
}

/** A new credential at each call, so that nothing is cached and no identity meets another's token. */
export async function requestEntraToken({ identity, authority, scope, send }: EntraRequest): Promise<string> {
  const options = {
    authorityHost: authority.origin,
    disableInstanceDiscovery: true,
    // one more try after a 5xx; throttling and all longer waits are the operator's own
    retryOptions: { maxRetries: 1, retryDelayInMs: 200 },
    httpClient: clientOver(send),
  };
  const { tenantId, clientId } = identity;
  const credential =
    identity.kind === 'secret'
      ? new ClientSecretCredential(tenantId, clientId, identity.secret.reveal(), options)
      : new ClientAssertionCredential(tenantId, clientId, () => Promise.resolve(identity.assertion.reveal()), options);
  return (await credential.getToken(scope)).token;
}

function clientOver(send: Send): HttpClient {
  return {
    async sendRequest(request): Promise<SdkResponse> {
      const body = typeof request.body === 'string' ? request.body : undefined;
      const answer = await send({ url: request.url, body });
      if (!answer) throw new Error('no answer');
      return {
        request,
        status: answer.status,
        headers: headersOf([['content-type', 'application/json']]),
        bodyAsText: answer.text,
      };
    },
  };
}

function headersOf(entries: readonly (readonly [string, string])[]): SdkHeaders {
  const headers = new Headers(entries.map(([name, value]) => [name, value]));
  return {
    get: (name) => headers.get(name) ?? undefined,
    has: (name) => headers.has(name),
    set: (name, value) => headers.set(name, String(value)),
    delete: (name) => headers.delete(name),
    toJSON: () => Object.fromEntries(headers),
    [Symbol.iterator]: () => headers.entries(),
  };
}
