// Checks AWS's request signature as AWS does: recomputed from what arrived and the key's secret.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CloudRequest } from './cloud-server.ts';

/** What stands in the Authorization header and beside it. */
export interface Signature {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** X-Amz-Date, such as 20261122T024500Z. */
  readonly time: string;
  readonly sessionToken: string | undefined;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(\w+)\/([0-9]{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Undefined: not signed, or not in this form. */
export function readSignature({ headers }: CloudRequest): Signature | undefined {
  const [, accessKeyId = '', date = '', region = '', service = '', signed = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const time = headerOf(headers, 'x-amz-date');
  if (signature === '' || !/^[0-9]{8}T[0-9]{6}Z$/.test(time) || !time.startsWith(date)) return undefined;
  const sessionToken = headerOf(headers, 'x-amz-security-token');
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signed.split(';'),
    signature,
    time,
    sessionToken: sessionToken === '' ? undefined : sessionToken,
  };
}

/** Whether this secret made the signature of this request, over all that has to be signed. */
export function isSignedBy(secret: string, request: CloudRequest, signature: Signature): boolean {
  const needed = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  if (!needed.every((name) => signature.signedHeaders.includes(name))) return false;
  const expected = hmac(signingKey(secret, signature), textToSign(request, signature));
  return timingSafeEqual(expected, Buffer.from(signature.signature, 'hex'));
}

/** When it was signed. */
export function signedAt({ time }: Signature): Date {
  return new Date(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}

function textToSign(request: CloudRequest, signature: Signature): string {
  const { time, date, region, service } = signature;
  const scope = `${date}/${region}/${service}/aws4_request`;
  return ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signature))].join('\n');
}

function canonicalRequest({ method, url, headers, body }: CloudRequest, { signedHeaders }: Signature): string {
  const lines = signedHeaders.map((name) => `${name}:${headerOf(headers, name).trim().replace(/ +/g, ' ')}\n`);
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  return [method, url.pathname, query.join('&'), lines.join(''), signedHeaders.join(';'), sha256(body)].join('\n');
}

function signingKey(secret: string, { date, region, service }: Signature): Buffer {
  const parts = [date, region, service, 'aws4_request'];
  return parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

function headerOf(headers: CloudRequest['headers'], name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
