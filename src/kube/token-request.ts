// Asks the API server for a token of a ServiceAccount: one audience, ten minutes, used once and dropped. The uid says which
// ServiceAccount is meant: one made anew under the same name answers a conflict.
import { RESOURCE } from '../api/names.ts';
import { sensitive } from '../lib/sensitive.ts';
import type { Sensitive } from '../lib/sensitive.ts';
import { KubeError } from './client.ts';
import type { CallOptions, KubeClient } from './client.ts';

export interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ServiceAccountToken {
  readonly token: Sensitive;
  /** What the server says: it may give another life than was asked for. */
  readonly expiresAt: Date;
}

const EXPIRATION_SECONDS = 600;

export async function requestToken(
  client: KubeClient,
  { namespace, name, uid }: ServiceAccountIdentity,
  audience: string,
  options: CallOptions,
): Promise<ServiceAccountToken> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { uid },
    spec: { audiences: [audience], expirationSeconds: EXPIRATION_SECONDS },
  };
  const answer = await client.requestToken({ resource: RESOURCE.serviceAccounts, namespace, name }, body, options);
  const status = answer['status'] as { token?: unknown; expirationTimestamp?: unknown } | null | undefined;
  const { token, expirationTimestamp } = status ?? {};
  const expiresAt = new Date(typeof expirationTimestamp === 'string' ? expirationTimestamp : NaN);
  if (typeof token !== 'string' || token === '' || Number.isNaN(expiresAt.getTime())) {
    const request = `create serviceaccounts/token "${name}" in namespace "${namespace}"`;
    throw new KubeError({ kind: 'Malformed', status: 0, request, detail: 'the answer holds no token' });
  }
  return { token: sensitive(token), expiresAt };
}
