// Who signs: a user with an API signing key.
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { OcirSigningKey } from '../../api/registry-credential.ts';
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
  const key = privateKey(pem, passphrase);
  if (!key) return undefined;
  const keyId = `${tenancyOCID}/${userOCID}/${fingerprint}`;
  const keyHint = `Key ${fingerprint} of user ${userOCID}`;
  return { kind: 'principal', signer: { keyId, key }, id: userOCID, keyHint };
}

/** RSA keys alone; the thrown message may quote the key, so that it is dropped. */
export function privateKey(pem: string, passphrase?: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}
