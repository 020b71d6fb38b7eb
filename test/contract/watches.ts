// Contract: watches, from where they start, what they tell and how they end.
import assert from 'node:assert/strict';

import { versionIn } from '../../src/kube/known-line.ts';
import { eventually } from '../support/eventually.ts';
import type { Body, RawWatch } from '../support/raw-client.ts';
import { skipBecause } from '../support/skip.ts';
import { base64, expectCode, secret, secretsOf, unique, type Fixture } from './fixture.ts';

export function describeWatches(fixture: () => Fixture): void {
  describe('watches', () => {
    it('tell what happened since the version of a list, in order', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();
      const start = expectCode(await admin.get(secretsOf(home)), 200).metadata.resourceVersion;
      const created = expectCode(await admin.post(secretsOf(home), secret('one')), 201);

      const stream = await watch(admin, `${secretsOf(home)}?watch=1&resourceVersion=${start}`);
      const patched = expectCode(await admin.merge(secretsOf(home, 'one'), { data: { key: base64('new') } }), 200);
      expectCode(await admin.delete(secretsOf(home, 'one')), 200);

      const [added, modified, deleted] = await eventsOf(stream, 3);
      assert.deepEqual(typesOf(stream), ['ADDED', 'MODIFIED', 'DELETED']);
      assert.deepEqual(added!.object, created);
      assert.deepEqual(modified!.object, patched);
      assert.equal(deleted!.object.data['key'], base64('new'));
      assert.ok(BigInt(deleted!.object.metadata.resourceVersion) > BigInt(patched.metadata.resourceVersion));
    });

    it('begin each line with the kind, and who and which version it is about', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();
      const created = expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      const stream = await watch(admin, `${secretsOf(home)}?watch=1`);

      const [event] = await eventsOf(stream, 1);

      const { name, namespace: inNamespace, uid, resourceVersion } = created.metadata;
      const line = Buffer.from(JSON.stringify(event)); // in the order in which it came
      assert.deepEqual(versionIn(line), { name, namespace: inNamespace, uid, resourceVersion });
    });

    it('say nothing of a patch that changed nothing', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();
      const created = expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      const from = created.metadata.resourceVersion;
      const stream = await watch(admin, `${secretsOf(home)}?watch=1&resourceVersion=${from}`);

      expectCode(await admin.merge(secretsOf(home, 'one'), { data: { key: base64('value') } }), 200);
      expectCode(await admin.merge(secretsOf(home, 'one'), { data: { key: base64('new') } }), 200);

      const [first] = await eventsOf(stream, 1);
      assert.equal(first!.object.data['key'], base64('new'));
    });

    for (const version of ['', '&resourceVersion=0']) {
      it(`without a version to start from${version === '' ? '' : ' ("0")'} begin with all that is there`, async () => {
        const { admin, namespace, watch } = fixture();
        const home = await namespace();
        for (const name of ['a', 'b']) expectCode(await admin.post(secretsOf(home), secret(name)), 201);

        const stream = await watch(admin, `${secretsOf(home)}?watch=true${version}`);
        const present = await eventsOf(stream, 2);
        expectCode(await admin.post(secretsOf(home), secret('c')), 201);

        const names = [...present, ...(await eventsOf(stream, 3)).slice(2)].map(({ object }) => object.metadata.name);
        assert.deepEqual(names.sort(), ['a', 'b', 'c']);
        assert.deepEqual(typesOf(stream), ['ADDED', 'ADDED', 'ADDED']);
      });
    }

    it('of one name go over all namespaces and hear of no other', async () => {
      const { admin, namespace, watch } = fixture();
      const homes = [await namespace(), await namespace()];
      const name = unique('named');
      const selector = `fieldSelector=metadata.name=${name}`;
      const start = expectCode(await admin.get(`/api/v1/secrets?${selector}`), 200).metadata.resourceVersion;

      const stream = await watch(admin, `/api/v1/secrets?watch=1&resourceVersion=${start}&${selector}`);
      for (const home of homes)
        for (const one of ['other', name]) expectCode(await admin.post(secretsOf(home), secret(one)), 201);

      const events = await eventsOf(stream, 2);
      assert.deepEqual(
        events.map(({ object }) => [object.metadata.namespace, object.metadata.name]),
        homes.map((home) => [home, name]),
      );
    });

    it('by label tell of entering as ADDED and of leaving as DELETED', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();
      const created = expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      const from = created.metadata.resourceVersion;
      const stream = await watch(admin, `${secretsOf(home)}?watch=1&resourceVersion=${from}&labelSelector=a`);

      for (const labels of [{ a: '1' }, { a: '2' }, { a: null }])
        expectCode(await admin.merge(secretsOf(home, 'one'), { metadata: { labels } }), 200);

      const [, , left] = await eventsOf(stream, 3);
      assert.deepEqual(typesOf(stream), ['ADDED', 'MODIFIED', 'DELETED']);
      assert.deepEqual(left!.object.metadata.labels, { a: '2' });
    });

    // Measured: a real server sends them 2 s before the end of a watch of 70 s, and none in one of 25 s or less.
    it('may send bookmarks while nothing happens, if asked to, then end cleanly', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();
      const start = expectCode(await admin.get(secretsOf(home)), 200).metadata.resourceVersion;
      const query = `watch=1&resourceVersion=${start}&timeoutSeconds=4&allowWatchBookmarks=true`;

      const stream = await watch(admin, `${secretsOf(home)}?${query}`);
      await eventually(() => stream.isEnded(), { timeoutMs: 20_000 });

      for (const { type, object } of stream.events) {
        assert.equal(type, 'BOOKMARK');
        assert.equal(object.kind, 'Secret');
        assert.ok(BigInt(object.metadata.resourceVersion) >= BigInt(start));
      }
    });

    it('send no bookmark to who did not ask', async () => {
      const { admin, namespace, watch } = fixture();
      const home = await namespace();

      const stream = await watch(admin, `${secretsOf(home)}?watch=1&timeoutSeconds=1`);
      await eventually(() => stream.isEnded(), { timeoutMs: 20_000 });

      assert.deepEqual(stream.events, []);
    });

    it('from a version that is too old tell so and end', async function () {
      const { admin, cluster, namespace, watch } = fixture();
      if (!cluster.tooOldVersion) return skipBecause(this, 'no version of this cluster is too old');
      const home = await namespace();
      const version = await cluster.tooOldVersion();

      const stream = await watch(admin, `${secretsOf(home)}?watch=1&resourceVersion=${version}`);
      await eventually(() => stream.isEnded());

      // Either at once, as an answer, or as the stream's only event: clients must take both.
      const status = stream.code === 410 ? (JSON.parse(stream.text()) as Body) : stream.events[0]!.object;
      assert.equal(status.kind, 'Status');
      assert.equal(status.code, 410);
      assert.ok(['Expired', 'Gone'].includes(status.reason));
      if (stream.code === 200) assert.deepEqual(typesOf(stream), ['ERROR']);
    });

    it('refuse a version that is no number', async () => {
      const { admin, namespace } = fixture();

      expectCode(await admin.get(`${secretsOf(await namespace())}?watch=1&resourceVersion=abc`), 500);
    });
  });
}

async function eventsOf(stream: RawWatch, count: number): Promise<RawWatch['events']> {
  return eventually(() => stream.events.length >= count && stream.events.slice(0, count));
}

function typesOf(stream: RawWatch): string[] {
  return stream.events.map(({ type }) => type);
}
