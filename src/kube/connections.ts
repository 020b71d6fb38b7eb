// Connections to the API server: kept alive, few, not older than ten minutes, and renewed when the CA or a client key changes.
import { createSecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import createConnector from 'undici/lib/core/connect.js';
import Client from 'undici/lib/dispatcher/client.js';
import type { Clock } from '../lib/clock.ts';
import type { TlsSettings } from './cluster-config.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { Sender } from './wire.ts';

export interface Connections {
  /** For calls: a bounded number, given from one to the next. */
  pooled(tls: TlsSettings): Sender;
  /** For one stream: a connection of its own, which its reader ends by destroy(). */
  single(tls: TlsSettings): Sender;
  /** Ends all, also those in use, for good: who comes later is told so. */
  close(): void;
}

export interface ConnectionsOptions {
  readonly clock: Clock;
  /** Bounds how many calls run at the same time; the others wait. */
  readonly sockets: number;
  /** TCP and TLS shall stand within this time. */
  readonly connectMs: number;
}

const LIFE_MS = 10 * 60_000; // so that load spreads over API servers that came later
const IDLE_MS = 30_000; // well under the API server's 90 s: else it hangs up just when we write
const TCP_PROBE_MS = 30_000;

export function createConnections(server: URL, { clock, sockets, connectMs }: ConnectionsOptions): Connections {
  const clientOptions = (tls: TlsSettings): Client.Options => ({
    keepAliveTimeout: IDLE_MS,
    headersTimeout: 0, // wire.ts has the deadlines
    bodyTimeout: 0,
    allowH2: false,
    connect: connectorOf(server, tls, connectMs),
  });
  const pools = createGenerations(clock, (tls) => {
    const options = clientOptions(tls); // once: the connections share what TLS makes of the settings
    return createConnectionPool(() => new Client(server.origin, options), sockets);
  });
  const streams = new Set<Client>();
  let isClosed = false;
  return {
    pooled: pools.get,
    single(tls) {
      for (const stream of streams) if (stream.destroyed) streams.delete(stream);
      const stream = new Client(server.origin, clientOptions(tls));
      if (isClosed) void stream.destroy();
      streams.add(stream);
      return stream;
    },
    close() {
      isClosed = true;
      pools.close();
      for (const stream of streams) void stream.destroy();
    },
  };
}

/** Connections share what TLS makes of the settings: each would keep a copy. Settings that are no good fail each connection. */
function connectorOf({ protocol }: URL, tls: TlsSettings, timeout: number): buildConnector.connector {
  const options = { ...tls, timeout, keepAliveInitialDelay: TCP_PROBE_MS };
  if (protocol === 'http:') return createConnector(options);
  let connect: buildConnector.connector | undefined;
  return (target, done) => {
    try {
      connect ??= createConnector({ ...options, secureContext: createSecureContext(tls) });
    } catch (error) {
      done(error instanceof Error ? error : new Error('bad TLS settings'), null);
      return;
    }
    connect(target, done);
  };
}

/** One pool for each generation of TLS settings, and of ten minutes; older ones finish what they carry and keep nothing. */
function createGenerations(
  clock: Clock,
  create: (tls: TlsSettings) => ConnectionPool,
): { readonly get: (tls: TlsSettings) => ConnectionPool; readonly close: () => void } {
  let current: { readonly tls: TlsSettings; readonly pool: ConnectionPool; readonly bornAtMs: number } | undefined;
  const older = new Set<ConnectionPool>();
  let isClosed = false;
  const retire = (pool: ConnectionPool): void => {
    for (const one of older) if (one.isEmpty()) older.delete(one);
    older.add(pool);
    pool.retire();
  };
  return {
    get(tls) {
      const nowMs = clock.monotonicMs();
      if (current?.tls !== tls || nowMs - current.bornAtMs > LIFE_MS) {
        if (current) retire(current.pool);
        current = { tls, pool: create(tls), bornAtMs: nowMs };
        if (isClosed) current.pool.destroy();
      }
      return current.pool;
    },
    close() {
      isClosed = true;
      for (const pool of older) pool.destroy();
      current?.pool.destroy();
    },
  };
}
