// Who signs: a user with an API signing key.
import type { OcirSigningKey } from '../../api/registry-credential.ts';
import { rsaPrivateKey } from '../../lib/rsa-key.ts';
import type { Signer } from './sign.ts';

/** A signer, and how messages call it. */
export interface Principal {
  readonly kind: 'principal';
  readonly signer: Signer;
  readonly id: string;
  readonly keyHint: string;
}

/** The user of `auth.signingKey`; undefined if that is no PEM of an RSA private key, or not its passphrase. */
export function userPrincipal(
  { tenancyOCID, userOCID, fingerprint }: OcirSigningKey,
  pem: string,
  passphrase: string | undefined,
): Principal | undefined {
  const key = rsaPrivateKey(pem, passphrase);
  if (!key) return undefined;
  const keyId = `${tenancyOCID}/${userOCID}/${fingerprint}`;
  const keyHint = `Key ${fingerprint} of user ${userOCID}`;
  return { kind: 'principal', signer: { keyId, key }, id: userOCID, keyHint };
}
