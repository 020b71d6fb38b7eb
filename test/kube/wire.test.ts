import assert from 'node:assert/strict';
import http from 'node:http';
import type { WireCall, WireFault } from '../../src/kube/wire.ts';
import { exchange, WireError } from '../../src/kube/wire.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { HttpStub, StubHandler } from '../support/http-stub.ts';
import { startHttpStub } from '../support/http-stub.ts';
import { createCleanup } from './helpers.ts';

describe('wire', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(
    handler: StubHandler,
  ): Promise<{ stub: HttpStub; call: WireCall; clock: ReturnType<typeof fakeClock> }> {
    const stub = await startHttpStub(handler);
    const clock = fakeClock();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    cleanup.add(() => stub.close());
    cleanup.add(() => agent.destroy());
    const headers = ['Host', '127.0.0.1', 'Content-Length', '4'];
    const call = { method: 'POST', path: '/x', headers, body: 'body', agent, clock, deadlineMs: 1_000 };
    return { stub, clock, call: { ...call, server: stub.url, maySend: () => true } };
  }

  async function assertFails(work: Promise<unknown>, expected: { fault: WireFault; sent: boolean }): Promise<void> {
    await assert.rejects(work, (error) => {
      assert(error instanceof WireError);
      assert.deepEqual({ fault: error.fault, sent: error.sent }, expected);
      return true;
    });
  }

  it('brings status, headers and the whole body', async () => {
    const { stub, call } = await start((_request, response) => {
      response.writeHead(201, { 'X-Test': 'yes' });
      response.write('one ');
      setImmediate(() => response.end('two'));
    });

    const { status, headers, body } = await exchange(call, 100);

    assert.deepEqual([status, headers['x-test'], body.toString()], [201, 'yes', 'one two']);
    assert.equal(stub.requests[0]?.body, 'body');
  });

  it('leaves no timer and no listener behind', async () => {
    const { call, clock } = await start((_request, response) => void response.end());
    const controller = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);

    await Promise.all(Array.from({ length: 50 }, () => exchange({ ...call, signal: controller.signal }, 100)));
    process.off('warning', onWarning);

    assert.deepEqual(clock.pendingMs(), []);
    assert.deepEqual(warnings, []);
  });

  it('knows that a call that waits for a connection was not sent', async () => {
    const { stub, call, clock } = await start(() => undefined);
    const first = assertFails(exchange({ ...call, deadlineMs: 2_000 }, 100), { fault: 'Deadline', sent: true });
    const second = assertFails(exchange(call, 100), { fault: 'Deadline', sent: false });
    await eventually(() => stub.requests.length === 1);

    clock.advance(2_000);

    await Promise.all([first, second]);
    assert.equal(stub.requests.length, 1);
  });

  it('knows that a call was sent when the answer is cut, late, refused or given up', async () => {
    const { stub, call, clock } = await start((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
    });
    const fail = async (end: () => void, fault: WireFault, signal?: AbortSignal): Promise<void> => {
      const failing = assertFails(exchange({ ...call, signal }, 10), { fault, sent: true });
      const before = stub.requests.length;
      await eventually(() => stub.requests.length > before);
      end();
      await failing;
    };
    const controller = new AbortController();

    await fail(() => stub.requests.at(-1)?.socket.destroy(), 'Lost');
    await fail(() => clock.advance(1_000), 'Deadline');
    await fail(() => controller.abort(), 'Aborted', controller.signal);
    stub.use((_request, response) => void response.end('more than ten bytes'));
    await fail(() => undefined, 'TooLarge');
  });

  it('sends nothing when it may not, or was given up before', async () => {
    const { stub, call } = await start((_request, response) => void response.end());

    await assertFails(exchange({ ...call, maySend: () => false }, 10), { fault: 'Fenced', sent: false });
    await assertFails(exchange({ ...call, signal: AbortSignal.abort() }, 10), { fault: 'Aborted', sent: false });
    await exchange(call, 10);

    assert.equal(stub.requests.length, 1);
  });
});
