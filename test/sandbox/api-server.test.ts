// What only the embedded server has: its switches and its log. What it shares with a real one is in test/contract.
import assert from 'node:assert/strict';

import { startApiServer, type ApiServer } from '../../src/sandbox/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { rawClient, type RawClient } from '../support/raw-client.ts';

const CREDENTIALS = '/apis/regcred.dev/v1alpha1/clusterregistrycredentials';
const SECRETS = '/api/v1/namespaces/default/secrets';

describe('startApiServer', () => {
  let server: ApiServer;
  let admin: RawClient;
  beforeEach(async () => {
    server = await startApiServer();
    admin = rawClient({ url: server.url, token: server.adminToken });
  });
  afterEach(async () => {
    admin.close();
    await server.stop();
  });

  it('logs every request of a resource with who, what and the answer', async () => {
    await admin.post(`${SECRETS}?dryRun=All`, { metadata: { name: 'one' } });
    await admin.merge(`${CREDENTIALS}/x/status`, {});
    await admin.get('/healthz');

    assert.deepEqual(server.requests, [
      {
        user: 'admin',
        verb: 'create',
        group: '',
        resource: 'secrets',
        namespace: 'default',
        code: 201,
        query: { dryRun: 'All' },
      },
      {
        user: 'admin',
        verb: 'patch',
        group: 'regcred.dev',
        resource: 'clusterregistrycredentials',
        name: 'x',
        subresource: 'status',
        code: 404,
        query: {},
      },
    ]);
  });

  it('logs a refused token as nobody', async () => {
    const stranger = rawClient({ url: server.url, token: 'unknown' });

    await stranger.get(SECRETS);
    stranger.close();

    assert.deepEqual(
      server.requests.map(({ user, code }) => [user, code]),
      [['system:anonymous', 401]],
    );
  });

  it('shuts a user out whose token is removed', async () => {
    server.addUser({ token: 't', name: 'u', rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }] });
    const user = rawClient({ url: server.url, token: 't' });

    const before = await user.get(SECRETS);
    server.removeUser('t');
    const after = await user.get(SECRETS);
    user.close();

    assert.deepEqual([before.code, after.code], [200, 401]);
  });

  it('serves a kind, or not, and ends its watches when it stops', async () => {
    const watch = await admin.watch(`${CREDENTIALS}?watch=1`);

    server.setServed('clusterregistrycredentials', false);
    const missing = await admin.get(`${CREDENTIALS}/x`);
    const documents = await admin.get('/apis/regcred.dev/v1alpha1');
    server.setServed('clusterregistrycredentials', true);
    const absent = await admin.get(`${CREDENTIALS}/x`);

    await eventually(() => watch.isEnded());
    assert.equal(missing.text, '404 page not found\n');
    assert.ok(!documents.text.includes('clusterregistrycredentials'));
    assert.equal(absent.body.details.name, 'x');
  });

  it('ends watches and sends bookmarks when told to', async () => {
    const watch = await admin.watch(`${SECRETS}?watch=1&allowWatchBookmarks=true`);

    server.sendBookmarks();
    await eventually(() => watch.events.length === 1);
    server.endWatches('secrets');
    await eventually(() => watch.isEnded());

    assert.equal(watch.events[0]!.type, 'BOOKMARK');
  });

  it('stops although watches are open', async () => {
    const other = await startApiServer({ tls: true });
    const { url, adminToken: token, ca } = other;
    const client = rawClient({ url, token, ...(ca === undefined ? {} : { ca }) });
    const watch = await client.watch(`${SECRETS}?watch=1`);

    await other.stop();

    await eventually(() => watch.isEnded());
    client.close();
  });

  it('refuses strategic merge patch and server-side apply', async () => {
    for (const contentType of ['application/strategic-merge-patch+json', 'application/apply-patch+yaml']) {
      const answer = await admin.request('PATCH', `${SECRETS}/x`, { body: {}, contentType });

      assert.equal(answer.code, 415);
    }
  });
});
