// ECR before a real registry: it lets in whom the stub cloud knows, by the password at every call, and hands them on. ECR's own
// name leads here: containerd is told so.
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { startLoopbackServer } from '../../src/sandbox/loopback-server.ts';
import type { Registry } from './registry.ts';

export interface EcrGate {
  readonly url: string;
  /** Passwords that came, newest last. */
  readonly passwords: readonly string[];
  stop(): Promise<void>;
}

type Accepts = (username: string, password: string) => boolean;

export async function startEcrGate(registry: Registry, accepts: Accepts): Promise<EcrGate> {
  const passwords: string[] = [];
  const server = await startLoopbackServer({ host: '127.0.0.1', port: 0 }, (message, response) => {
    const [username = '', password = ''] = loginIn(message);
    if (password !== '') passwords.push(password);
    if (password === '') refuse(response, 401, 'no basic auth credentials');
    else if (!accepts(username, password)) refuse(response, 403, 'Your authorization token has expired.');
    else handOn(registry, message, response);
  });
  return { url: server.url, passwords, stop: () => server.stop() };
}

/** From now on containerd pulls images of `host` from `url`. */
export function leadTo(certificates: string, host: string, url: string): void {
  mkdirSync(join(certificates, host), { recursive: true });
  writeFileSync(
    join(certificates, host, 'hosts.toml'),
    `server = "${url}"\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
}

function loginIn({ headers }: IncomingMessage): readonly string[] {
  const text = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  return Buffer.from(text, 'base64').toString('utf8').split(':');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="ecr",service="ecr.amazonaws.com"' } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...challenge });
  response.end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
}

/** As the registry's one user. */
function handOn({ host, username, password }: Registry, message: IncomingMessage, response: ServerResponse): void {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const url = new URL(message.url ?? '/', `http://${host}`);
  const headers = { ...message.headers, host, authorization };
  const sent = request(url, { method: message.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', () => response.destroy());
  message.pipe(sent);
}
