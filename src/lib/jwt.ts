// Reads the end of a token that happens to be a JWT. It proves nothing: the signature is not checked.
import { isJsonObject, parseJson } from './json.ts';

const LONGEST_TOKEN = 65_536;
const LATEST_SECONDS = 8.64e12; // the end of time for Date

/** The claim `exp`; undefined for whatever is no JWT, or has no usable one. Never throws. */
export function expiryOf(token: string): Date | undefined {
  const parts = token.length > LONGEST_TOKEN ? [] : token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined || !/^[\w-]+$/.test(payload)) return undefined;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  const seconds = claims.ok && isJsonObject(claims.value) ? claims.value['exp'] : undefined;
  const isUsable = typeof seconds === 'number' && seconds > 0 && seconds <= LATEST_SECONDS;
  return isUsable ? new Date(Math.floor(seconds * 1000)) : undefined;
}
