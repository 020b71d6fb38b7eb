import assert from 'node:assert/strict';
import type { CallerOptions, CallSpec } from '../../src/kube/caller.ts';
import { createCaller } from '../../src/kube/caller.ts';
import { createConnections } from '../../src/kube/connections.ts';
import { noPause } from '../../src/kube/pause.ts';
import { createLogger, silentLogger } from '../../src/lib/logger.ts';
import { silentMetrics } from '../../src/lib/metrics-port.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { startHttpStub } from '../support/http-stub.ts';
import { clusterAt, createCleanup } from './helpers.ts';

const read: CallSpec = { method: 'GET', request: 'get x', path: '/x', name: 'x', namespaced: false };

describe('caller', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(handler: StubHandler, options: Partial<CallerOptions> = {}) {
    const stub = await startHttpStub(handler);
    const clock = fakeClock();
    const connections = createConnections(stub.url, { clock, sockets: 2, connectMs: 1_000 });
    cleanup.add(() => stub.close());
    cleanup.add(() => connections.close());
    const heard: string[] = [];
    const caller = createCaller({
      cluster: clusterAt(stub.url),
      connections,
      clock,
      pause: noPause,
      userAgent: 'test',
      deadlineMs: 1_000,
      mayWrite: () => true,
      random: () => 0,
      logger: silentLogger,
      metrics: {
        ...silentMetrics,
        request: ({ method, code }) => heard.push(`${method} ${code}`),
        requestRetry: (code, verb) => heard.push(`retry ${verb} ${code}`),
      },
      ...options,
    });
    return { stub, caller, heard };
  }

  it('counts each answer, each failure and each retry', async () => {
    let resets = 1;
    const { caller, heard } = await start((request, response) => {
      if (resets-- > 0) request.socket.destroy();
      else response.writeHead(request.method === 'GET' ? 200 : 409).end('{}');
    });

    await caller.call(read);
    await assert.rejects(caller.call({ ...read, method: 'POST', body: '{}' }));

    assert.deepEqual(heard, ['GET <error>', 'retry GET <error>', 'GET 200', 'POST 409']);
  });

  it('tells of each call at level debug, in our own words', async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
    const { caller } = await start((_request, response) => void response.writeHead(201).end('{"data":"CANARY"}'), {
      logger,
    });

    await caller.call({ ...read, method: 'POST', request: 'create secrets "a"', body: '{"data":"CANARY"}' });

    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"Asked the API server".*create secrets \\"a\\".*"code":"201"/);
    assert.doesNotMatch(lines[0] ?? '', /CANARY/);
  });

  it('settles a stream that was refused, and hands on one that was not', async () => {
    const { stub, caller } = await start((_request, response) => void response.writeHead(410).end('{}'));
    await assert.rejects(caller.open(read), { kind: 'Expired' });
    stub.use((_request, response) => void response.end('text'));

    const open = await caller.open(read);
    let text = '';
    for await (const chunk of open.body) text += String(chunk);
    open.close();

    assert.equal(text, 'text');
  });

  it('does not repeat a stream: who reads it starts again', async () => {
    const { stub, caller } = await start((request) => void request.socket.destroy());

    await assert.rejects(caller.open(read), { kind: 'Unreachable' });

    assert.equal(stub.requests.length, 1);
  });

  it('asks the login again only once when it is refused twice', async () => {
    const asked: boolean[] = [];
    const { stub, caller } = await start((_request, response) => void response.writeHead(401).end());
    const cluster = {
      server: stub.url,
      credentials: (options?: { force?: true }) => {
        asked.push(options?.force === true);
        return Promise.resolve({ headers: {}, tls: {} });
      },
    };
    const clock = fakeClock();
    const connections = createConnections(stub.url, { clock, sockets: 2, connectMs: 1_000 });
    cleanup.add(() => connections.close());
    const common = { clock, pause: noPause, metrics: silentMetrics, logger: silentLogger, userAgent: 'test' };
    const options = { ...common, cluster, connections };
    const refused = createCaller({ ...options, deadlineMs: 1_000, mayWrite: () => true, random: () => 0 });

    await assert.rejects(refused.call(read), { kind: 'Unauthorized' });
    await assert.rejects(caller.call(read), { kind: 'Unauthorized' });

    assert.deepEqual(asked, [false, true]);
  });
});
