// The bare HTTP client: node:https with kept connections, and nothing between a body and the wire.
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

export interface WireAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly uid: string;
      readonly resourceVersion: string;
    };
    readonly [field: string]: unknown;
  };
}

export interface Wire {
  /** Reads the answer to its end; throws on a refusal. */
  send(request: WireRequest): Promise<Buffer>;
  /** Calls back as each event arrives; resolves when the watch stands. */
  watch(path: string, onLine: (line: WatchLine) => void): Promise<void>;
  close(): void;
}

export const CONNECTIONS = 16;
const USER_AGENT = 'bare-client/1';

export function openWire({ server, ca, token }: WireAccess): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  const streams = new Agent({ ca });
  const { hostname, port } = new URL(server);
  const open = ({ method, path, contentType, body }: WireRequest, through: Agent): Promise<IncomingMessage> => {
    const headers = {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      'User-Agent': USER_AGENT,
      ...(body !== undefined && { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      request({ hostname, port, method, path, headers, agent: through }, resolve).on('error', reject).end(body);
    });
  };
  return {
    send: async (wireRequest) => readAnswer(await open(wireRequest, agent), wireRequest),
    watch: async (path, onLine) => {
      const response = await open({ method: 'GET', path }, streams);
      if (response.statusCode !== 200) throw new Error(`GET ${path}: HTTP ${response.statusCode ?? 0}`);
      createInterface({ input: response })
        .on('line', (line) => onLine(JSON.parse(line) as WatchLine))
        .on('error', () => undefined); // it ends with the agent
    },
    close: () => {
      agent.destroy();
      streams.destroy();
    },
  };
}

function readAnswer(response: IncomingMessage, { method, path }: WireRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const { statusCode = 0 } = response;
      const body = Buffer.concat(chunks);
      if (statusCode < 300) resolve(body);
      else reject(new Error(`${method} ${path}: HTTP ${statusCode}: ${body.toString('utf8').slice(0, 300)}`));
    });
  });
}
