// A self-signed certificate for loopback, made anew at each start: Node has no function for it, so the DER is written here
// (RFC 5280; a few fixed fields and a public key).
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM; also the CA that clients trust. */
  readonly cert: string;
  readonly key: string;
}

const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME_OID = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME_OID = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS_OID = Buffer.from('0603551d13', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');
const LIFE_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/** For "localhost" and 127.0.0.1. */
export function loopbackCertificate(now: Date): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = toBeSigned(now, publicKey.export({ type: 'spki', format: 'der' }));
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { cert: pem(certificate), key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

function toBeSigned(now: Date, publicKey: Buffer): Buffer {
  const version = tagged(0xa0, Buffer.from('020102', 'hex'));
  const serial = tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const name = sequence(tagged(0x31, sequence(COMMON_NAME_OID, tagged(0x0c, Buffer.from('regcred sandbox')))));
  const validity = sequence(time(new Date(now.getTime() - LIFE_MS)), time(new Date(now.getTime() + LIFE_MS)));
  return sequence(version, serial, ECDSA_WITH_SHA256, name, validity, name, publicKey, extensions());
}

function extensions(): Buffer {
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)));
  const alternative = sequence(SUBJECT_ALT_NAME_OID, tagged(0x04, names));
  const authority = sequence(BASIC_CONSTRAINTS_OID, TRUE, tagged(0x04, sequence(TRUE)));
  return tagged(0xa3, sequence(authority, alternative));
}

// GeneralizedTime: YYYYMMDDHHMMSSZ.
function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
