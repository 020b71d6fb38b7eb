// Pure: what becomes of an entry whose login has expired. A dead entry also blocks anonymous pulls of public images on its
// host, since the kubelet never falls back from a refused login to none.
import type { CredentialSpec } from '../../api/registry-credential.ts';

/** Registries that serve anonymous pulls; their entries are removed under `expiryPolicy: Auto`. */
const ANONYMOUS =
  /^(docker\.io|ghcr\.io|quay\.io|public\.ecr\.aws|ecr-public\.aws\.com|([a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

export function removesExpired(policy: CredentialSpec['expiryPolicy'], key: string): boolean {
  if (policy !== 'Auto') return policy === 'Remove';
  return ANONYMOUS.test(key.split('/', 1)[0] ?? '');
}
