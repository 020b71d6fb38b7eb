// Oracle's request signature: https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm
import { createHash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface Signer {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** Headers of a signed GET. The host that is signed is the URL's, since fetch sends that one whatever is set. */
export function signedGet(signer: Signer, url: URL, date: Date): Readonly<Record<string, string>> {
  const xDate = date.toUTCString();
  const target = `get ${url.pathname}${url.search}`;
  const authorization = signature(signer, [
    ['x-date', xDate],
    ['(request-target)', target],
    ['host', url.host],
  ]);
  return { 'x-date': xDate, authorization };
}

/** Headers of a signed POST of JSON. */
export function signedPost(signer: Signer, url: URL, body: string, at: Date): Readonly<Record<string, string>> {
  const date = at.toUTCString();
  const contentType = 'application/json';
  const hash = createHash('sha256').update(body).digest('base64');
  const authorization = signature(signer, [
    ['date', date],
    ['(request-target)', `post ${url.pathname}${url.search}`],
    ['host', url.host],
    ['content-type', contentType],
    ['content-length', String(Buffer.byteLength(body))],
    ['x-content-sha256', hash],
  ]);
  return { date, 'Content-Type': contentType, 'x-content-sha256': hash, authorization };
}

function signature({ keyId, key }: Signer, lines: readonly (readonly [string, string])[]): string {
  const text = lines.map(([name, value]) => `${name}: ${value}`).join('\n');
  const names = lines.map(([name]) => name).join(' ');
  const value = sign('RSA-SHA256', Buffer.from(text), key).toString('base64');
  return `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="${names}",signature="${value}"`;
}
