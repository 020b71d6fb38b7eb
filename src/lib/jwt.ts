// Reads the claims of a token that happens to be a JWT. It proves nothing: the signature is not checked.
import { isJsonObject, parseJson } from './json.ts';

const LONGEST_TOKEN = 65_536;
const LATEST_SECONDS = 8.64e12; // the end of time for Date

/** The claims; undefined for whatever is no JWT. Never throws. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.length > LONGEST_TOKEN ? [] : token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined || !/^[\w-]+$/.test(payload)) return undefined;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  return claims.ok && isJsonObject(claims.value) ? claims.value : undefined;
}

/** The claim `exp`; undefined for whatever is no JWT, or has no usable one. Never throws. */
export function expiryOf(token: string): Date | undefined {
  const seconds = claimsOf(token)?.['exp'];
  const isUsable = typeof seconds === 'number' && seconds > 0 && seconds <= LATEST_SECONDS;
  return isUsable ? new Date(Math.floor(seconds * 1000)) : undefined;
}

/** The claim `iss` where it is a plain URL, for messages. */
export function issuerOf(token: string): string | undefined {
  const issuer = claimsOf(token)?.['iss'];
  return typeof issuer === 'string' && /^https?:\/\/[\w.:/-]{1,200}$/.test(issuer) ? issuer : undefined;
}
