// The cluster's issuer of ServiceAccount tokens: signs them, publishes its keys, and checks tokens as clouds do.
import {
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { startLoopbackServer } from '../loopback-server.ts';

export interface TokenOptions {
  readonly audience: string | readonly string[];
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The ServiceAccount's. */
  readonly uid?: string;
  readonly expiresInS?: number;
  readonly now?: Date;
}

/** Claims of a good token, or the first thing that is wrong with it. */
export type Verified =
  | { readonly ok: true; readonly claims: Readonly<Record<string, unknown>>; readonly subject: string }
  | { readonly ok: false; readonly problem: 'malformed' | 'signature' | 'issuer' | 'audience' | 'expired' };

export interface Issuer {
  readonly url: string;
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
  sign(options: TokenOptions): string;
  verify(token: string, expected: { readonly audience: string | readonly string[]; readonly now?: Date }): Verified;
}

export interface RunningIssuer extends Issuer {
  stop(): Promise<void>;
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly kid: string;
}

const SIGNED_BY_NOBODY: Verified = { ok: false, problem: 'signature' };

/** An issuer with a key of its own; nothing listens. */
export function createIssuer(url = 'https://kubernetes.default.svc.cluster.local'): Issuer {
  const keys = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }), kid: randomUUID() };
  return {
    url,
    jwks: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: keys.kid, alg: 'RS256', use: 'sig' }] },
    sign: (options) => signToken(claimsOf(url, options), keys),
    verify: (token, expected) => verifyToken(token, { ...expected, issuer: url, publicKey: keys.publicKey }),
  };
}

/** The same, with discovery and keys served on loopback; its URL is the issuer. */
export async function startIssuer({ port = 0 }: { port?: number } = {}): Promise<RunningIssuer> {
  let issuer = createIssuer();
  const server = await startLoopbackServer({ host: '127.0.0.1', port }, (request, response) => {
    const found = request.url === '/openid/v1/jwks' ? issuer.jwks : discovery(issuer.url);
    const isKnown = request.url === '/openid/v1/jwks' || request.url === '/.well-known/openid-configuration';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? found : {}));
  });
  issuer = createIssuer(server.url);
  return { ...issuer, stop: () => server.stop() };
}

/** Another cluster's issuer, by what it publishes: clouds know no more of it. */
export function publishedIssuer(url: string, keys: readonly JsonWebKey[]): Pick<Issuer, 'url' | 'verify'> {
  const publicKeys = keys.map((key) => createPublicKey({ key, format: 'jwk' }));
  return {
    url,
    verify(token, expected) {
      const results = publicKeys.map((publicKey) => verifyToken(token, { ...expected, issuer: url, publicKey }));
      return results.find((result) => result.ok || result.problem !== 'signature') ?? SIGNED_BY_NOBODY;
    },
  };
}

/** A JWT by any RSA key, as Google's key files sign theirs. */
export function signJwt(
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'RS256', typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${text}.${signBytes('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

/** Header and claims of an RS256 JWT; undefined unless this key signed it. */
export function readJwt(
  token: string,
  key: KeyObject | JsonWebKey,
):
  | { readonly header: Readonly<Record<string, unknown>>; readonly claims: Readonly<Record<string, unknown>> }
  | undefined {
  const [header, claims, signature, ...more] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return undefined;
  const publicKey = 'kty' in key ? createPublicKey({ key, format: 'jwk' }) : (key as KeyObject);
  const decoded = { header: decode(header), claims: decode(claims) };
  if (decoded.header?.['alg'] !== 'RS256' || !decoded.claims) return undefined;
  const text = Buffer.from(`${header}.${claims}`);
  const isSigned = verifyBytes('RSA-SHA256', text, publicKey, Buffer.from(signature, 'base64url'));
  return isSigned ? { header: decoded.header, claims: decoded.claims } : undefined;
}

/** The document at `/.well-known/openid-configuration`. */
export function discovery(url: string): Readonly<Record<string, unknown>> {
  return {
    issuer: url,
    jwks_uri: `${url}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function claimsOf(issuer: string, options: TokenOptions): Readonly<Record<string, unknown>> {
  const { audience, namespace, serviceAccount, uid, expiresInS = 600, now = new Date() } = options;
  const iat = Math.floor(now.getTime() / 1000);
  return {
    iss: issuer,
    aud: [audience].flat(),
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    iat,
    nbf: iat,
    exp: iat + expiresInS,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, ...(uid === undefined ? {} : { uid }) } },
  };
}

function signToken(claims: Readonly<Record<string, unknown>>, { privateKey, kid }: Keys): string {
  return signJwt(claims, privateKey, { kid });
}

interface Expected {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly publicKey: KeyObject;
  readonly now?: Date;
}

function verifyToken(token: string, { issuer, audience, publicKey, now = new Date() }: Expected): Verified {
  if (token.split('.').length !== 3) return { ok: false, problem: 'malformed' };
  const claims = readJwt(token, publicKey)?.claims;
  if (!claims) return { ok: false, problem: 'signature' };
  if (claims['iss'] !== issuer) return { ok: false, problem: 'issuer' };
  const audiences = [claims['aud']].flat();
  if (![audience].flat().some((one) => audiences.includes(one))) return { ok: false, problem: 'audience' };
  if (Number(claims['exp']) * 1000 <= now.getTime()) return { ok: false, problem: 'expired' };
  return { ok: true, claims, subject: String(claims['sub']) };
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}
