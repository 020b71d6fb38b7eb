import assert from 'node:assert/strict';
import { createConnections } from '../../src/kube/connections.ts';
import type { Sender } from '../../src/kube/wire.ts';
import { exchange } from '../../src/kube/wire.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { startHttpStub, tlsFixture } from '../support/http-stub.ts';
import { createCleanup } from './helpers.ts';

describe('connections', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(handler: StubHandler = (_request, response) => void response.end(), tls?: 'one' | 'two') {
    const stub = await startHttpStub(handler, tls ? { tls: tlsFixture(tls) } : {});
    const clock = fakeClock();
    const connections = createConnections(stub.url, { clock, sockets: 4, connectMs: 1_000 });
    cleanup.add(() => stub.close());
    cleanup.add(() => connections.close());
    const call = (dispatcher: Sender, path = '/', headers: string[] = []): Promise<unknown> =>
      exchange({ dispatcher, method: 'GET', path, headers, clock, deadlineMs: 60_000, maySend: () => true }, 1_000_000);
    return { stub, clock, connections, call };
  }

  it('stay the same for the same settings, and are new for new ones', async () => {
    const { connections } = await start();
    const settings = { ca: 'one' };

    assert.equal(connections.pooled(settings), connections.pooled(settings));
    assert.notEqual(connections.pooled(settings), connections.pooled({ ca: 'one' }));
    assert.notEqual(connections.single(settings), connections.single(settings));
  });

  it('F56: close idle ones at new settings, and those in use after their answer', async () => {
    let answer: () => void = () => undefined;
    const { stub, connections, call } = await start((request, response) => {
      if (request.path === '/') response.end();
      else answer = () => void response.end();
    });
    const [before, after] = [{ ca: 'one' }, { ca: 'two' }];
    const slow = call(connections.pooled(before), '/slow');
    await call(connections.pooled(before));
    await eventually(() => stub.requests.length === 2);
    assert.equal(stub.connections().open, 2);

    connections.pooled(after);
    await eventually(() => stub.connections().open === 1);
    answer();
    await slow;

    await eventually(() => stub.connections().open === 0);
  });

  it('are new after ten minutes, so that load spreads', async () => {
    const { stub, clock, connections, call } = await start();

    await call(connections.pooled(NONE));
    clock.advance(9 * 60_000);
    await call(connections.pooled(NONE));
    const before = stub.connections().accepted;
    clock.advance(2 * 60_000);
    await call(connections.pooled(NONE));

    await eventually(() => stub.connections().open === 1);
    assert.equal(stub.connections().accepted, before + 1);
  });

  it('end with those in use when all is over, retired ones too, and for good', async () => {
    const { stub, clock, connections, call } = await start(() => undefined);
    const inUse = [connections.pooled({}), connections.pooled(NONE), connections.single(NONE)];
    const calls = inUse.map((one) => assert.rejects(call(one), { fault: 'Lost', sent: true }));
    await eventually(() => stub.requests.length === 3);

    connections.close();

    await Promise.all(calls);
    await eventually(() => stub.connections().open === 0);
    clock.advance(11 * 60_000);
    for (const late of [connections.pooled(NONE), connections.pooled({}), connections.single(NONE)])
      await assert.rejects(call(late), { fault: 'Lost', sent: false });
  });

  it('believe the authority of the settings, and the name in them', async () => {
    const { connections, call } = await start(undefined, 'one');
    const { ca } = tlsFixture('one');

    await call(connections.pooled({ ca }));
    await call(connections.pooled({ ca, servername: 'localhost' }));
    await assert.rejects(call(connections.pooled({ ca: tlsFixture('two').ca })), { fault: 'Lost', sent: false });
    await assert.rejects(call(connections.pooled({ ca, servername: 'other.example.com' })), {
      fault: 'Lost',
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    await assert.rejects(call(connections.pooled({ ca, cert: 'no PEM', key: 'no PEM' })), {
      fault: 'Lost',
      sent: false,
      code: /^ERR_OSSL/,
    });
  });
});

const NONE = {};
