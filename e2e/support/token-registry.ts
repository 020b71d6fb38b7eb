// A real docker-registry that asks for Bearer tokens, the small server that signs them, and one image; all over TLS on loopback.
// https://distribution.github.io/distribution/spec/auth/jwt/
import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signJwt } from '../../src/sandbox/cloud/issuer.ts';
import { instanceCertificate, loopbackCertificate } from '../../src/sandbox/certificate.ts';
import { startLoopbackServer } from '../../src/sandbox/loopback-server.ts';
import { freePort } from './control-plane.ts';
import { startDaemon, untilReady } from './daemon.ts';

export const REPOSITORY = 'team/app';

const SERVICE = 'e2e registry';
const ISSUER = 'e2e token server';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** Who may log in, and which repositories each may pull. */
export type Accounts = Readonly<
  Record<string, { readonly password: string; readonly repositories: readonly string[] }>
>;

export interface TokenRegistry {
  /** HOST:PORT */
  readonly host: string;
  /** PEM of the authority behind both servers. */
  readonly ca: string;
  /** What the token server was asked: its query, and who asked. */
  readonly asked: readonly { readonly query: URLSearchParams; readonly username: string; readonly isRight: boolean }[];
  stop(): Promise<void>;
}

interface Signer {
  readonly key: KeyObject;
  /** DER, base64: what the header `x5c` holds. */
  readonly certificate: string;
}

/** Starts both in `folder` and pushes the image. */
export async function startTokenRegistry(folder: string, accounts: Accounts): Promise<TokenRegistry> {
  mkdirSync(folder, { recursive: true });
  const tls = loopbackCertificate(new Date());
  const { cert, key } = instanceCertificate([ISSUER], new Date());
  const signer = { key: createPrivateKey(key), certificate: cert.replace(/-----[A-Z ]+-----|\s/g, '') };
  const asked: { query: URLSearchParams; username: string; isRight: boolean }[] = [];
  const tokens = await startLoopbackServer({ host: '127.0.0.1', port: 0, certificate: tls }, (message, response) =>
    answer({ accounts, signer, asked }, message, response),
  );
  const host = `127.0.0.1:${await freePort()}`;
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const settings = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'blobs') } },
    http: { addr: host, tls: { certificate: write('tls.crt', tls.cert), key: write('tls.key', tls.key) } },
    auth: {
      token: {
        realm: `${tokens.url}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: write('root.crt', cert),
      },
    },
  };
  const config = write('config.json', JSON.stringify(settings)); // JSON is YAML
  const daemon = startDaemon('docker-registry', ['docker-registry', 'serve', config], { logFile: join(folder, 'log') });
  const send = sender(`https://${host}`, tls.cert);
  await untilReady(daemon, async () => (await send('GET', '/v2/')).status === 401);
  await push(send, tokenFor(signer, 'pusher', ['pull', 'push'], [REPOSITORY]));
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await tokens.stop();
  };
  return { host, ca: tls.cert, asked, stop };
}

interface Server {
  readonly accounts: Accounts;
  readonly signer: Signer;
  readonly asked: { query: URLSearchParams; username: string; isRight: boolean }[];
}

/** A right login gets a token for what it may pull of what it asks for, which may be nothing. */
function answer(
  { accounts, signer, asked }: Server,
  { url, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const query = new URL(url ?? '/', 'https://loopback').searchParams;
  const basic = Buffer.from(/^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64').toString();
  const [username = '', password] = basic.split(':');
  const account = accounts[username];
  const isRight = account !== undefined && account.password === password && query.get('service') === SERVICE;
  asked.push({ query, username, isRight });
  const wanted = query.getAll('scope').flatMap((scope) => /^repository:(.+):pull$/.exec(scope)?.[1] ?? []);
  const granted = wanted.filter((repository) => account?.repositories.includes(repository));
  const body = isRight ? { token: tokenFor(signer, username, ['pull'], granted), expires_in: 300 } : {};
  response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function tokenFor(signer: Signer, sub: string, actions: readonly string[], repositories: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const access = repositories.map((name) => ({ type: 'repository', name, actions }));
  const times = { iat: now, nbf: now - 10, exp: now + 300 };
  const claims = { iss: ISSUER, sub, aud: SERVICE, ...times, jti: randomUUID(), access };
  return signJwt(claims, signer.key, { x5c: [signer.certificate] });
}

type Send = (
  method: string,
  path: string,
  headers?: object,
  body?: string,
) => Promise<{ status: number; location: string }>;

/** An image of one configuration and no layers. */
async function push(send: Send, token: string): Promise<void> {
  const authorization = `Bearer ${token}`;
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  const upload = await send('POST', `/v2/${REPOSITORY}/blobs/uploads/`, { authorization });
  const place = `${upload.location}&digest=${encodeURIComponent(digest)}`;
  const blob = await send('PUT', place, { authorization, 'content-type': 'application/octet-stream' }, config);
  const described = { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: described, layers: [] });
  const path = `/v2/${REPOSITORY}/manifests/latest`;
  const { status } = await send('PUT', path, { authorization, 'content-type': MANIFEST }, manifest);
  if (status !== 201) throw new Error(`Cannot push the image: HTTP ${upload.status}, ${blob.status}, ${status}`);
}

function sender(base: string, ca: string): Send {
  return (method, path, headers = {}, body = '') =>
    new Promise((resolve, reject) => {
      const length = { 'content-length': Buffer.byteLength(body) };
      const sent = request(new URL(path, base), { method, ca, headers: { ...length, ...headers } }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' });
      });
      sent.on('error', reject).end(body);
    });
}
