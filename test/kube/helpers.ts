// Shared by the tests of src/kube: a client on a stub server, objects as the API server sends them, a scripted watch cache.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import type { ClusterConfig, TlsSettings } from '../../src/kube/cluster-config.ts';
import type { KubeClientOptions, KubeConnection } from '../../src/kube/transport.ts';
import { createKubeClient } from '../../src/kube/transport.ts';
import { eventually } from '../support/eventually.ts';
import type { HttpStub, StubHandler, StubRequest } from '../support/http-stub.ts';
import { json, startHttpStub } from '../support/http-stub.ts';

/** Undoes what a test opened, last first. */
export function createCleanup(): { add(undo: () => unknown): void; run(): Promise<void> } {
  const undos: (() => unknown)[] = [];
  return {
    add: (undo) => undos.push(undo),
    async run() {
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}

export function clusterAt(server: URL, tls: TlsSettings = {}, token = 'token-1'): ClusterConfig {
  const credentials = { headers: { Authorization: `Bearer ${token}` }, tls };
  return { server, credentials: () => Promise.resolve(credentials) };
}

export function connectTo(server: URL, options: Partial<KubeClientOptions> & { clock?: Clock } = {}): KubeConnection {
  return createKubeClient({
    cluster: clusterAt(server),
    mayWrite: () => true,
    clock: systemClock,
    random: () => 0,
    ...options,
  });
}

export function secret(name: string, resourceVersion: string, more: object = {}): KubeObject {
  const metadata = { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion };
  return { apiVersion: 'v1', kind: 'Secret', metadata, ...more };
}

export function status(code: number, more: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, ...more };
}

/** One open watch, from the server's side. */
export interface OpenWatch {
  readonly request: StubRequest;
  send(...events: object[]): void;
  sendText(text: string): void;
  /** Ends cleanly. */
  end(): void;
  /** Cuts the connection. */
  cut(): void;
  readonly isOpen: boolean;
}

/** An API server that is told what to answer: a list handler, and watches that the test holds in its hands. */
export interface ApiStub {
  readonly http: HttpStub;
  readonly lists: readonly StubRequest[];
  readonly watches: readonly OpenWatch[];
  /** From now on: how lists are answered. */
  onList(handler: StubHandler): void;
  /** From now on: how watches are answered; undefined: accepted and held open. */
  onWatch(handler: StubHandler | undefined): void;
  /** Waits for the nth watch (from 0). */
  watch(index: number): Promise<OpenWatch>;
}

export function bookmark(resourceVersion: string): object {
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } };
}

export function listOf(items: readonly object[], resourceVersion: string, continueToken = ''): object {
  return { kind: 'List', metadata: { resourceVersion, continue: continueToken }, items };
}

export async function startApiStub(items: readonly object[] = [], resourceVersion = '100'): Promise<ApiStub> {
  const lists: StubRequest[] = [];
  const watches: OpenWatch[] = [];
  let answerList: StubHandler = (_request, response) => json(response, 200, listOf(items, resourceVersion));
  let answerWatch: StubHandler | undefined;
  const http = await startHttpStub((request, response) => {
    if (!request.url.searchParams.has('watch')) {
      lists.push(request);
      return answerList(request, response);
    }
    const watch = holdOpen(request, response);
    watches.push(watch);
    if (answerWatch) return answerWatch(request, response);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
  });
  return {
    http,
    lists,
    watches,
    onList(handler) {
      answerList = handler;
    },
    onWatch(handler) {
      answerWatch = handler;
    },
    watch: (index) => eventually(() => watches[index]),
  };
}

function holdOpen(request: StubRequest, response: ServerResponse): OpenWatch {
  return {
    request,
    send: (...events) => response.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    sendText: (text) => response.write(text),
    end: () => response.end(),
    cut: () => request.socket.destroy(),
    get isOpen() {
      return !response.destroyed && !response.writableEnded;
    },
  };
}
