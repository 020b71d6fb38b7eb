// HTTP calls of the sandbox's own actors (the kubelet, the admin) to the sandbox's own servers.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A server, and as whom. */
export interface Access {
  readonly url: string;
  readonly token?: string;
  /** PEM, for https. */
  readonly ca?: string;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly ca?: string;
}

export interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const DEADLINE_MS = 10_000;

/** Rejects only when no answer came. Redirects are not followed. */
export function call(url: string, { method = 'GET', headers = {}, body, ca }: Call = {}): Promise<Reply> {
  const open = url.startsWith('https:') ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return new Promise((resolve, reject) => {
    const request = open(
      url,
      { method, headers, agent: false, signal, ...(ca === undefined ? {} : { ca }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    request.on('error', reject).end(body);
  });
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
