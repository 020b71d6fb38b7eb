// An HTTP or HTTPS server on loopback that can be stopped at once, with all its connections.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Certificate } from './certificate.ts';

export interface LoopbackServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface LoopbackOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate?: Certificate;
}

export async function startLoopbackServer(
  options: LoopbackOptions,
  listener: RequestListener,
): Promise<LoopbackServer> {
  const { host, certificate } = options;
  const server: Server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${certificate ? 'https' : 'http'}://${host}:${port}`, port, stop: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
