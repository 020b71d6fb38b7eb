// Reads an RSA private key that somebody else chose. Opening it and signing with it stand the whole process still, so that the
// work its writer may ask for is bounded: rounds of the passphrase, bits of the key.
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** As OWASP recommends for passwords; OpenSSL writes 2048. */
const MOST_ROUNDS = 600_000;
/** Signing takes eight times as long with each doubling. */
const MOST_BITS = 8192;

const BLOCK = /^[^-]*-----BEGIN ([A-Z0-9 ]+)-----((?:[^-]|-(?!----))*)-----END [^-]*-----[^-]*$/;
/** The older way to encrypt: one round. */
const HEADERS = /^\s*Proc-Type: 4,ENCRYPTED\s+DEK-Info: [A-Z0-9,-]+\s/;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
/** PBES2 and PBKDF2 (RFC 8018). */
const PBES2 = Buffer.from('06092a864886f70d01050d', 'hex');
const PBKDF2 = Buffer.from('06092a864886f70d01050c', 'hex');

/** Undefined: no PEM of an RSA key, not its passphrase, or too much work. A thrown message may quote the key, so none is. */
export function rsaPrivateKey(pem: string, passphrase?: string): KeyObject | undefined {
  if (!isCheap(pem)) return undefined;
  try {
    const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
    const { modulusLength = Infinity } = key.asymmetricKeyDetails ?? {};
    return key.asymmetricKeyType === 'rsa' && modulusLength <= MOST_BITS ? key : undefined;
  } catch {
    return undefined;
  }
}

/** What is read another way than OpenSSL may read it is refused, too. */
function isCheap(pem: string): boolean {
  const [, label, body = ''] = BLOCK.exec(pem) ?? [];
  if (HEADERS.test(body)) return label === 'RSA PRIVATE KEY';
  if (!BASE64.test(body)) return false;
  const whole = elementOf(Buffer.from(body, 'base64'), SEQUENCE);
  if (!whole) return false;
  const algorithm = elementOf(whole.content, SEQUENCE); // else the version of a plain key
  return algorithm ? roundsOf(algorithm.content) <= MOST_ROUNDS : whole.content[0] === INTEGER;
}

/** PBES2, { { PBKDF2, { salt, rounds, ... } }, ... }; nobody can say of another scheme. */
function roundsOf(algorithm: Buffer): number {
  const scheme = elementOf(after(algorithm, PBES2), SEQUENCE);
  const derivation = elementOf(scheme?.content, SEQUENCE);
  const fields = elementOf(after(derivation?.content, PBKDF2), SEQUENCE);
  const salt = elementOf(fields?.content, OCTETS);
  const { content: rounds } = elementOf(salt?.rest, INTEGER) ?? { content: Buffer.alloc(0) };
  return rounds.length >= 1 && rounds.length <= 4 ? rounds.readUIntBE(0, rounds.length) : Infinity;
}

function after(bytes: Buffer | undefined, start: Buffer): Buffer | undefined {
  return bytes?.subarray(0, start.length).equals(start) ? bytes.subarray(start.length) : undefined;
}

/** The element of DER at the beginning, if it is of this kind and whole, and what follows it. */
function elementOf(
  bytes: Buffer | undefined,
  tag: number,
): { readonly content: Buffer; readonly rest: Buffer } | undefined {
  if (bytes === undefined) return undefined;
  const [found, first = 0x80] = bytes;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const begin = 2 + lengthBytes;
  if (found !== tag || first === 0x80 || lengthBytes > 4 || bytes.length < begin) return undefined;
  const end = begin + (lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes));
  return bytes.length < end ? undefined : { content: bytes.subarray(begin, end), rest: bytes.subarray(end) };
}
