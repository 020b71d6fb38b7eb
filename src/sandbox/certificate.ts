// A self-signed certificate for loopback, made anew at each start: Node has no function for it, so the DER is written here
// (RFC 5280; a few fixed fields and a public key).
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM; also the CA that clients trust. */
  readonly cert: string;
  readonly key: string;
}

const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const RSA_WITH_SHA256 = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'));
const COMMON_NAME_OID = Buffer.from('0603550403', 'hex');
const ORGANIZATIONAL_UNIT_OID = Buffer.from('060355040b', 'hex');
const SUBJECT_ALT_NAME_OID = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS_OID = Buffer.from('0603551d13', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');
const LIFE_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/** For "localhost" and 127.0.0.1. */
export function loopbackCertificate(now: Date): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = nameOf([COMMON_NAME_OID, 'regcred sandbox']);
  return certificate({ now, name, algorithm: ECDSA_WITH_SHA256, privateKey, publicKey });
}

/** With an RSA key and the given organizational units, as clouds give one to an instance. */
export function instanceCertificate(units: readonly string[], now: Date): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = nameOf(...units.map((unit) => [ORGANIZATIONAL_UNIT_OID, unit] as const));
  return certificate({ now, name, algorithm: RSA_WITH_SHA256, privateKey, publicKey });
}

interface Request {
  readonly now: Date;
  readonly name: Buffer;
  readonly algorithm: Buffer;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function certificate(request: Request): Certificate {
  const body = toBeSigned(request);
  const signature = sign('sha256', body, request.privateKey);
  const der = sequence(body, request.algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { cert: pem(der), key: String(request.privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

function nameOf(...parts: readonly (readonly [Buffer, string])[]): Buffer {
  return sequence(...parts.map(([oid, text]) => tagged(0x31, sequence(oid, tagged(0x0c, Buffer.from(text))))));
}

function toBeSigned({ now, name, algorithm, publicKey }: Request): Buffer {
  const version = tagged(0xa0, Buffer.from('020102', 'hex'));
  const serial = tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const validity = sequence(time(new Date(now.getTime() - LIFE_MS)), time(new Date(now.getTime() + LIFE_MS)));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return sequence(version, serial, algorithm, name, validity, name, key, extensions());
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
