// Connections to the API server: kept alive, few, not older than ten minutes, and renewed when the CA or a client key changes.
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import type { TlsSettings } from './cluster-config.ts';

export interface Agents {
  /** For calls: pooled. */
  pooled(tls: TlsSettings): http.Agent;
  /** For watches: a connection for each stream, never given to others. */
  single(tls: TlsSettings): http.Agent;
  close(): void;
}

const SOCKET_LIFE_MS = 10 * 60_000; // so that load spreads over API servers that came later
const IDLE_MS = 30_000; // well under the API server's 90 s: else it hangs up just when we write
const TCP_PROBE_MS = 30_000;

/** `sockets` bounds how many calls run at the same time. */
export function createAgents(protocol: string, { clock, sockets }: { clock: Clock; sockets: number }): Agents {
  const shared = {
    keepAliveMsecs: TCP_PROBE_MS,
    scheduling: 'lifo' as const,
    timeout: IDLE_MS,
    maxSockets: sockets,
    maxFreeSockets: sockets,
  };
  const pooled = createGenerations((tls) => oneHost(newAgent(protocol, { ...shared, ...tls, keepAlive: true }), clock));
  const single = createGenerations((tls) => newAgent(protocol, { ...tls, keepAlive: false }));
  return {
    pooled: pooled.get,
    single: single.get,
    close() {
      pooled.close();
      single.close();
    },
  };
}

function newAgent(protocol: string, options: https.AgentOptions): http.Agent {
  return protocol === 'http:' ? new http.Agent(options) : new https.Agent(options);
}

/** One agent for each generation of TLS settings; the older ones finish what they carry and keep nothing. */
function createGenerations(create: (tls: TlsSettings) => http.Agent): {
  get: (tls: TlsSettings) => http.Agent;
  close: () => void;
} {
  let current: { readonly tls: TlsSettings; readonly agent: http.Agent } | undefined;
  const older = new Set<WeakRef<http.Agent>>();
  return {
    get(tls) {
      if (current?.tls !== tls) {
        if (current) {
          retire(current.agent);
          older.add(new WeakRef(current.agent));
        }
        current = { tls, agent: create(tls) };
      }
      return current.agent;
    },
    close() {
      current?.agent.destroy();
      for (const agent of older) agent.deref()?.destroy();
    },
  };
}

function retire(agent: http.Agent): void {
  agent.keepSocketAlive = refuse;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

const refuse = (): boolean => false;

/** Node names a connection by all its TLS options, on every call; here all go to one host with one set of options. */
function oneHost(agent: http.Agent, clock: Clock): http.Agent {
  const bornAtMs = new WeakMap<Duplex, number>();
  const keepSocketAlive = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean | undefined;
  agent.getName = () => 'api';
  agent.on('free', (socket: Duplex) => {
    if (!bornAtMs.has(socket)) bornAtMs.set(socket, clock.monotonicMs()); // its first answer: near enough
  });
  agent.keepSocketAlive = (socket: Duplex): boolean => {
    const isOld = clock.monotonicMs() - (bornAtMs.get(socket) ?? clock.monotonicMs()) > SOCKET_LIFE_MS;
    return !isOld && keepSocketAlive(socket) !== false;
  };
  return agent;
}
