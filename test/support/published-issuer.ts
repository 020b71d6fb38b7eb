// The cluster's issuer as a cloud comes to know it: by the discovery document and the keys that the API server publishes.
import type { JsonWebKey } from 'node:crypto';
import { publishedIssuer } from '../../src/sandbox/cloud/issuer.ts';
import type { Issuer } from '../../src/sandbox/cloud/issuer.ts';
import type { RawClient } from './raw-client.ts';

export async function readIssuer(client: Pick<RawClient, 'get' | 'request'>): Promise<Pick<Issuer, 'url' | 'verify'>> {
  const { body } = await client.get('/.well-known/openid-configuration');
  const { issuer } = body as unknown as { issuer: string };
  const keys = await client.request('GET', '/openid/v1/jwks', { headers: { accept: 'application/jwk-set+json' } });
  return publishedIssuer(issuer, (JSON.parse(keys.text) as { keys: readonly JsonWebKey[] }).keys);
}
