import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { createAgents } from '../../src/kube/agents.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { HttpStub, StubHandler } from '../support/http-stub.ts';
import { startHttpStub } from '../support/http-stub.ts';
import { createCleanup } from './helpers.ts';

describe('agents', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(handler: StubHandler = (_request, response) => void response.end()) {
    const stub = await startHttpStub(handler);
    const agents = createAgents('http:', { clock: fakeClock(), sockets: 4 });
    cleanup.add(() => stub.close());
    cleanup.add(() => agents.close());
    return { stub, agents };
  }

  function call(stub: HttpStub, agent: http.Agent): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = http.get(stub.url, { agent }, (response) => response.resume().on('end', resolve));
      request.on('error', reject);
    });
  }

  it('are of TLS for https', () => {
    const agents = createAgents('https:', { clock: fakeClock(), sockets: 4 });

    assert(agents.pooled({}) instanceof https.Agent);
    assert(!(createAgents('http:', { clock: fakeClock(), sockets: 4 }).pooled({}) instanceof https.Agent));
  });

  it('stay the same for the same settings, and are new for new ones', () => {
    const agents = createAgents('https:', { clock: fakeClock(), sockets: 4 });
    const settings = { ca: 'one' };

    assert.equal(agents.pooled(settings), agents.pooled(settings));
    assert.notEqual(agents.pooled(settings), agents.pooled({ ca: 'one' }));
    assert.notEqual(agents.pooled(settings), agents.single(settings));
  });

  it('F56: close idle connections at new settings, and those in use after their answer', async () => {
    let answer: () => void = () => undefined;
    const { stub, agents } = await start((request, response) => {
      if (request.path === '/') response.end();
      else answer = () => void response.end();
    });
    const [before, after] = [{ ca: 'one' }, { ca: 'two' }];
    const slow = new Promise((resolve) =>
      http.get(new URL('/slow', stub.url), { agent: agents.pooled(before) }, (response) =>
        response.resume().on('end', resolve),
      ),
    );
    await call(stub, agents.pooled(before));
    await eventually(() => stub.requests.length === 2);
    assert.equal(stub.connections().open, 2);

    agents.pooled(after);
    await eventually(() => stub.connections().open === 1);
    answer();
    await slow;

    await eventually(() => stub.connections().open === 0);
  });

  it('give each single call a connection of its own', async () => {
    const { stub, agents } = await start();

    await call(stub, agents.single({}));
    await call(stub, agents.single({}));

    assert.equal(stub.connections().accepted, 2);
    await eventually(() => stub.connections().open === 0);
  });
});
