// What the sandbox's registry answers: challenges, refusals in its dialect, and manifests.
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Dialect, Refusal } from './registry-dialects.ts';

/** `wrong`: a login that is not known; `unauthorized`: none, or a token that is not known. */
export type Verdict = 'ok' | 'unauthorized' | 'wrong' | 'denied';

/** Who asks for what, and what was found of the login. */
export interface Question {
  readonly verdict: Verdict;
  readonly origin: string;
  /** Undefined: a bare login at /v2/. */
  readonly repository: string | undefined;
  readonly reference: string;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** 401: says how to log in. */
export function challenge(dialect: Dialect, response: ServerResponse, { origin, repository }: Question): void {
  response.setHeader('WWW-Authenticate', dialect.challenge(origin, repository));
  refuse(response, { status: 401, code: 'UNAUTHORIZED' });
}

/** Of a login, or of its right on the repository. */
export function refuseLogin(
  dialect: Dialect,
  response: ServerResponse,
  { verdict, origin, repository }: Question,
): void {
  const refusal = verdict === 'wrong' ? dialect.wrongLogin : dialect.denied;
  if (refusal.status === 401) {
    const error = verdict === 'denied' ? ',error="insufficient_scope"' : '';
    response.setHeader('WWW-Authenticate', `${dialect.challenge(origin, repository)}${error}`);
  }
  refuse(response, refusal);
}

// Every image exists: what is tried here is who may pull, not what is stored.
export function sendManifest(response: ServerResponse, image: string): void {
  const digest = `sha256:${createHash('sha256').update(image).digest('hex')}`;
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
  const text = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [] });
  response.setHeader('Docker-Content-Digest', `sha256:${createHash('sha256').update(text).digest('hex')}`);
  response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** In the form of the distribution protocol. */
export function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  const text = message ?? code.toLowerCase().replaceAll('_', ' ');
  sendJson(response, status, { errors: [{ code, message: text, detail: null }] });
}

export function sendJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
