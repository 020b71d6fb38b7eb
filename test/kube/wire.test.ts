import assert from 'node:assert/strict';
import Client from 'undici/lib/dispatcher/client.js';
import type { Sender, WireCall, WireFault } from '../../src/kube/wire.ts';
import { exchange, openAnswer, readWhole, WireError } from '../../src/kube/wire.ts';
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
    const dispatcher = new Client(stub.url);
    cleanup.add(() => stub.close());
    cleanup.add(() => dispatcher.destroy());
    const call = {
      method: 'POST',
      path: '/x',
      headers: [],
      body: 'body',
      dispatcher,
      clock,
      deadlineMs: 1_000,
    } as const;
    return { stub, clock, call: { ...call, headers: [], maySend: () => true } };
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

  it('goes on with the next call on the same connection after one that may not be sent', async () => {
    const { stub, call } = await start((_request, response) => void response.end());
    await exchange(call, 10);

    await assertFails(exchange({ ...call, maySend: () => false }, 10), { fault: 'Fenced', sent: false });
    await exchange(call, 10);

    assert.deepEqual([stub.requests.length, stub.connections().accepted], [2, 1]);
  });

  it('says in known words that the other side closed', async () => {
    const { call } = await start((request) => void request.socket.end());

    await assert.rejects(exchange(call, 10), { message: 'Lost (ECONNRESET)' });
  });

  describe('of a stream', () => {
    async function startStream(handler: StubHandler) {
      const { call, ...started } = await start(handler);
      let received = 0;
      const count = (chunk: Buffer): void => void (received += chunk.length);
      const begin = (signal?: AbortSignal) =>
        openAnswer({ ...call, signal, dispatcher: counting(new Client(started.stub.url), count) });
      return { ...started, begin, received: () => received };
    }

    /** Nothing more comes, or is sent: the other side waits. */
    async function standsStill(amount: () => number, above: number): Promise<void> {
      const last = { amount: 0, polls: 0 };
      await eventually(() => {
        last.polls = amount() === last.amount ? last.polls + 1 : 0;
        last.amount = amount();
        return last.polls === 20 && last.amount > above;
      });
    }

    it('brings the head at once, then the body as it comes', async () => {
      let more: (text: string) => void = () => undefined;
      let end: () => void = () => undefined;
      const { begin, clock } = await startStream((_request, response) => {
        response.writeHead(200, { 'X-Test': 'yes' });
        response.write('one');
        more = (text) => void response.write(text);
        end = () => void response.end();
      });

      const { status, headers, body, stopDeadline, close } = await begin();
      stopDeadline();
      const chunks = body[Symbol.asyncIterator]();

      assert.deepEqual([status, headers['x-test'], clock.pendingMs()], [200, 'yes', []]);
      assert.equal(String((await chunks.next()).value), 'one');
      const next = chunks.next();
      more('two');
      assert.equal(String((await next).value), 'two');
      end();
      assert.equal((await chunks.next()).done, true);
      close();
    });

    it('lets the server wait while nobody reads, and loses nothing', async () => {
      const whole = Buffer.alloc(32 * 1024 * 1024, 'abcdefgh'); // more than both kernels' buffers take
      let sent = 0;
      const { begin } = await startStream((_request, response) => {
        const more = (): void => {
          if (sent === whole.length) response.end();
          else response.write(whole.subarray(sent, (sent += 64 * 1024)), more);
        };
        more();
      });

      const answer = await begin();
      await standsStill(() => sent, MANY_WAITING_BYTES);
      assert(sent < whole.length);

      assert((await readWhole(answer, whole.length)).equals(whole));
    });

    for (const [what, end, close] of [
      ['its end', '0\r\n\r\n', false],
      ['a silence', '', true],
    ] as const)
      it(`brings what came while its reader was away, up to ${what}`, async () => {
        const { begin, received } = await startStream(({ socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS_OF_300_000}${end}`);
        });
        const answer = await begin();
        await standsStill(received, MANY_WAITING_BYTES);
        assert(received() < 300_000, 'the rest waits behind the pause');

        let size = 0;
        for await (const chunk of answer.body) {
          size += chunk.length;
          if (close && size === 300_000) break;
        }

        assert.equal(size, 300_000);
      });

    it('ends where the server hangs up afterwards, and resets it while its reader is away', async () => {
      const { stub, begin, received } = await startStream(({ socket }) => {
        const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
        socket.write(`${head}${CHUNKS_OF_300_000}`);
      });
      const answer = await begin();
      await standsStill(received, MANY_WAITING_BYTES);

      stub.requests[0]?.socket.resetAndDestroy();
      await standsStill(received, MANY_WAITING_BYTES); // the reset arrives before the reader is back

      await assertFails(readWhole(answer, 1_000_000), { fault: 'Lost', sent: true });
    });

    it('ends when more waits than memory has room for, and the server can not be made to wait', async () => {
      const { stub, begin } = await startStream((_request, response) => {
        response.writeHead(200, { Connection: 'close' });
        response.end(Buffer.alloc(16 * 1024 * 1024));
      });
      const answer = await begin();
      let size = 0;

      const read = async (): Promise<void> => {
        for await (const chunk of answer.body) {
          size += chunk.length;
          await eventually(() => stub.connections().open === 0);
        }
      };

      await assertFails(read(), { fault: 'Lost', sent: true });
      assert(size > 8 * 1024 * 1024 && size < 10 * 1024 * 1024);
    });

    it('fails its reader when it is cut, given up or too long', async () => {
      const { stub, begin } = await startStream((_request, response) => {
        response.writeHead(200);
        response.write('half');
      });
      const read = async (signal?: AbortSignal): Promise<Buffer> => readWhole(await begin(signal), 100);
      const controller = new AbortController();

      const cut = assertFails(read(), { fault: 'Lost', sent: true });
      await eventually(() => stub.requests.length === 1);
      stub.requests[0]?.socket.destroy();
      await cut;
      const givenUp = assertFails(read(controller.signal), { fault: 'Aborted', sent: true });
      await eventually(() => stub.requests.length === 2);
      controller.abort();
      await givenUp;
      await assertFails(readWhole(await begin(), 2), { fault: 'TooLarge', sent: true });
      await eventually(() => stub.connections().open === 0);
    });

    it('takes its connection with it', async () => {
      const { stub, begin } = await startStream((_request, response) => void response.end('all'));

      for (let i = 0; i < 3; i++) await readWhole(await begin(), 10);

      assert.equal(stub.connections().accepted, 3);
      await eventually(() => stub.connections().open === 0);
    });

    it('ends with its reader, who may leave at any time', async () => {
      const { stub, begin } = await startStream((_request, response) => {
        response.writeHead(200);
        response.write('half');
      });

      const answer = await begin();
      for await (const chunk of answer.body) {
        assert.equal(String(chunk), 'half');
        break;
      }
      answer.close();

      await eventually(() => stub.connections().open === 0);
    });
  });
});

const CHUNKS_OF_300_000 = `3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(300);

/** As wire.ts has it: from then on the server waits. */
const MANY_WAITING_BYTES = 256 * 1024;

/** Tells of each chunk that arrives, whether it is read or not. */
function counting(client: Client, count: (chunk: Buffer) => void): Sender {
  return {
    dispatch: (options, handler) =>
      client.dispatch(options, {
        ...handler,
        onResponseData(controller, chunk) {
          count(chunk);
          handler.onResponseData?.(controller, chunk);
        },
      }),
    destroy: () => client.destroy(),
  };
}
