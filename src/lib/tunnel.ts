// The way through a proxy: CONNECT, and then TLS with the host itself, so that the proxy learns a name and nothing else. Undici's
// own ProxyAgent would bring SOCKS and a second API along, and works only with all of undici loaded (undici-parts.d.ts).
import { request } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { CallError } from './call-error.ts';
import { nameOf } from './errors.ts';
import type { Proxy } from './proxy.ts';

type Connect = buildConnector.connector;

const ANSWER_MS = 10_000;

/** `connect` opens sockets to the proxy, and makes TLS of a tunnel. The proxy resolves the host's name. */
export function tunnelThrough(proxy: Proxy, connect: Connect): Connect {
  const { protocol, host, hostname, port } = proxy.url;
  const place = { protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port };
  return (target, done) => {
    connect(place, (error, socket) => {
      if (error) done(proxyFailed(nameOf(error)), null);
      else ask(socket);
    });

    function ask(socket: Socket): void {
      const { hostname: name, port: ownPort } = target;
      const path = `${isIPv6(name) ? `[${name}]` : name}:${ownPort === '' ? '443' : ownPort}`;
      const login = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
      const headers = { host: path, connection: 'keep-alive', ...login };
      const asked = request({ createConnection: () => socket, method: 'CONNECT', path, headers });
      asked.setTimeout(ANSWER_MS, () => asked.destroy(new CallError('ETIMEDOUT')));
      asked.on('error', (error) => done(proxyFailed(nameOf(error)), null));
      asked.on('connect', ({ statusCode = 0 }, tunnel: Socket, head) => {
        tunnel.setTimeout(0);
        if (statusCode < 200 || statusCode > 299) {
          tunnel.destroy();
          done(proxyFailed(String(statusCode)), null);
          return;
        }
        tunnel.unshift(head);
        connect({ ...target, httpSocket: tunnel }, done);
      });
      asked.end();
    }
  };
}

/** Without a cause: whoever looks at the chain would take the proxy's failure for the host's. */
function proxyFailed(what: string): CallError {
  return new CallError(/^[A-Z0-9_]+$/.test(what) ? `EPROXY_${what}` : 'EPROXY');
}
