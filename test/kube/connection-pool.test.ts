import assert from 'node:assert/strict';
import Client from 'undici/lib/dispatcher/client.js';
import { createConnectionPool } from '../../src/kube/connection-pool.ts';
import type { Sender } from '../../src/kube/wire.ts';
import { exchange } from '../../src/kube/wire.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startHttpStub, tlsFixture } from '../support/http-stub.ts';
import { createCleanup } from './helpers.ts';

const BOUND = 4;

describe('the connections of a pool', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(tls?: { readonly ca: string; readonly servername?: string }) {
    const stub = await startHttpStub(
      (_request, response) => void response.end(),
      tls ? { tls: tlsFixture('one') } : {},
    );
    const pool = createConnectionPool(() => new Client(stub.url, { connect: { ...tls } }), BOUND);
    cleanup.add(() => stub.close());
    cleanup.add(() => pool.destroy());
    const call = (dispatcher: Sender, path = '/', headers: string[] = []): Promise<unknown> => {
      const given = { dispatcher, method: 'GET', path, headers, clock: fakeClock(), deadlineMs: 60_000 } as const;
      return exchange({ ...given, maySend: () => true }, 1_000_000);
    };
    return { stub, pool, call };
  }

  it('are bounded: more calls than connections wait for each other', async () => {
    const { stub, pool, call } = await start();

    await Promise.all(Array.from({ length: 40 }, () => call(pool)));

    assert.equal(stub.requests.length, 40);
    assert(stub.connections().accepted <= 4);
  });

  it('stay within their bound, and go on, while every other one can not be made', async () => {
    const { stub, pool, call } = await start({ ca: tlsFixture('one').ca });
    let most = 0;
    let made = 0;
    stub.onConnection((socket) => {
      most = Math.max(most, stub.connections().open);
      if (made++ % 2 === 0) socket.resetAndDestroy();
    });

    const calls = await Promise.allSettled(Array.from({ length: 60 }, () => call(pool)));

    assert(most <= 4, `${most} connections`);
    assert(calls.some(({ status }) => status === 'fulfilled'));
    pool.destroy();
    await eventually(() => stub.connections().open === 0);
  });

  it('tell each call that waited for them why there are none', async () => {
    const { pool, call } = await start({ ca: tlsFixture('one').ca, servername: 'other.example.com' });

    const calls = Array.from({ length: 10 }, () =>
      assert.rejects(call(pool), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    );

    await Promise.all(calls);
  });

  it('are there for others after calls that could not be sent at all', async () => {
    const { pool, call } = await start();

    for (let index = 0; index < 8; index += 1)
      await assert.rejects(call(pool, '/', ['Authorization', 'Bearer a\n']), { fault: 'Lost' });

    await call(pool);
  });
});
