import assert from 'node:assert/strict';

import { startApiServer, type ApiServer } from '../../src/sandbox/api-server.ts';
import { eventually } from './eventually.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { rawClient, type RawClient } from './raw-client.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const one = { metadata: { name: 'one' } };

describe('startFaultProxy', () => {
  let server: ApiServer;
  let proxy: FaultProxy;
  let client: RawClient;
  beforeEach(async () => {
    server = await startApiServer({ tls: true });
    const access = { token: server.adminToken };
    proxy = await startFaultProxy({ url: server.url, ...(server.ca === undefined ? {} : { ca: server.ca }) });
    client = rawClient({ url: proxy.url, ...access, ...(proxy.ca === undefined ? {} : { ca: proxy.ca }) });
  });
  afterEach(async () => {
    client.close();
    await proxy.stop();
    await server.stop();
  });

  it('passes everything on and counts it', async () => {
    const created = await client.post(SECRETS, one);
    const found = await client.get(`${SECRETS}/one`);

    assert.deepEqual([created.code, found.code], [201, 200]);
    assert.equal(proxy.count({ verb: 'create', resource: 'secrets' }), 1);
    assert.equal(proxy.count({ name: 'one', namespace: 'default' }), 1);
  });

  it('answers the nth match itself', async () => {
    const rule = proxy.on(
      { verb: 'get', nth: 2 },
      { kind: 'answer', code: 503, body: '<html>', headers: { 'retry-after': '7' } },
    );

    const codes = [];
    for (let time = 0; time < 3; time += 1) codes.push((await client.get(`${SECRETS}/one`)).code);

    assert.deepEqual(codes, [404, 503, 404]);
    assert.deepEqual([rule.matches, rule.hits], [3, 1]);
  });

  it('resets before the server sees anything, or after it has done it', async () => {
    proxy.on({ verb: 'create', nth: 1 }, { kind: 'resetBefore' });
    const lost = proxy.on({ verb: 'create', nth: 2 }, { kind: 'resetAfter' });

    await assert.rejects(client.post(SECRETS, one), { code: 'ECONNRESET' });
    assert.equal((await client.get(`${SECRETS}/one`)).code, 404);
    await assert.rejects(client.post(SECRETS, one), { code: 'ECONNRESET' });
    await lost.caught;

    assert.equal((await client.get(`${SECRETS}/one`)).code, 200);
  });

  for (const [kind, codeMeanwhile] of [
    ['hold', 404],
    ['holdAnswer', 200],
  ] as const) {
    it(`holds a request until it is released (${kind})`, async () => {
      const rule = proxy.on({ verb: 'create' }, { kind });
      const answer = client.post(SECRETS, one);
      await rule.caught;

      const meanwhile = await client.get(`${SECRETS}/one`);
      rule.release();

      assert.equal(meanwhile.code, codeMeanwhile);
      assert.equal((await answer).code, 201);
    });
  }

  it('delays, and forgets its rules when told to', async () => {
    const rule = proxy.on({}, { kind: 'delay', delayMs: 30 });
    const started = performance.now();

    await client.get(SECRETS);
    const elapsedMs = performance.now() - started;
    proxy.removeRules();
    await client.get(SECRETS);

    assert.ok(elapsedMs >= 25, String(elapsedMs));
    assert.equal(rule.hits, 1);
  });

  it('rewrites a list', async () => {
    await client.post(SECRETS, one);
    proxy.on({ verb: 'list' }, { kind: 'rewriteBody', rewrite: (list: object) => ({ ...list, items: [] }) });

    assert.deepEqual((await client.get(SECRETS)).body.items, []);
  });

  it('cuts an answer in half', async () => {
    proxy.on({ verb: 'list' }, { kind: 'cut' });

    await assert.rejects(client.get(SECRETS));
  });

  it('drops, doubles and changes watch events', async () => {
    proxy.on(
      { verb: 'watch' },
      {
        kind: 'rewriteEvents',
        rewrite: (event) => (event.object.metadata?.name === 'dropped' ? [] : [event, { ...event, type: 'MODIFIED' }]),
      },
    );
    const watch = await client.watch(`${SECRETS}?watch=1`);

    for (const name of ['dropped', 'kept']) await client.post(SECRETS, { metadata: { name } });

    await eventually(() => watch.events.length === 2);
    assert.deepEqual(
      watch.events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      ['ADDED kept', 'MODIFIED kept'],
    );
    watch.close();
  });

  it('silences, feeds and cuts open watches', async () => {
    const watch = await client.watch(`${SECRETS}?watch=1`);
    await eventually(() => proxy.openWatches({ resource: 'secrets' }) === 1);
    const expired = { type: 'ERROR', object: { kind: 'Status', code: 410 } };

    proxy.silenceWatches();
    await client.post(SECRETS, one);
    proxy.inject({ resource: 'secrets' }, expired);
    await eventually(() => watch.events.length === 1);
    proxy.cutWatches({ resource: 'secrets' });

    await eventually(() => watch.isEnded());
    assert.equal(watch.events[0]!.type, 'ERROR');
    assert.equal(proxy.openWatches(), 0);
  });

  it('cuts a stream after so many events, and keeps another silent', async () => {
    proxy.on({ verb: 'watch', nth: 1 }, { kind: 'cut', afterEvents: 1 });
    proxy.on({ verb: 'watch', nth: 2 }, { kind: 'blackHole' });
    const [cut, silent] = [await client.watch(`${SECRETS}?watch=1`), await client.watch(`${SECRETS}?watch=1`)];

    await client.post(SECRETS, one);

    await eventually(() => cut.isEnded());
    assert.equal(cut.events.length, 1);
    assert.deepEqual([silent.events.length, silent.isEnded()], [0, false]);
    silent.close();
  });

  it('tells clients apart by their token', async () => {
    proxy.on({ token: 'unknown' }, { kind: 'answer', code: 500, body: '' });
    const other = rawClient({ ...client.access, token: 'unknown' });

    const codes = [(await client.get(SECRETS)).code, (await other.get(SECRETS)).code];
    other.close();

    assert.deepEqual(codes, [200, 500]);
  });
});
