// A proxy as companies have them, on loopback: it opens tunnels to wherever a test says, and remembers what it was asked for.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsFiles } from './http-stub.ts';

export interface ConnectProxy {
  readonly port: number;
  /** "cloud.example.com:443", as asked for. */
  readonly asked: readonly string[];
  /** `Proxy-Authorization` of each request, '' without. */
  readonly logins: readonly string[];
  /** Sockets that are open now. */
  open(): number;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Where every tunnel ends, whatever its name. */
  readonly to: number;
  /** Of the answer; null: it never answers. */
  readonly status?: number | null;
  /** Speaks TLS itself. */
  readonly tls?: TlsFiles;
}

export async function startConnectProxy({ to, status = 200, tls }: ConnectProxyOptions): Promise<ConnectProxy> {
  const asked: string[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }) : createServer();
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket) => {
    asked.push(url);
    logins.push(headers['proxy-authorization'] ?? '');
    if (status === null) return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`);
      return;
    }
    const host = keep(connect(to, '127.0.0.1', () => client.write('HTTP/1.1 200 Connected\r\n\r\n')));
    client.on('error', () => host.destroy()).on('close', () => host.destroy());
    host.on('close', () => client.destroy());
    client.pipe(host).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    logins,
    open: () => sockets.size,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
