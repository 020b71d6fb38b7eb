// Contract: merge patch, JSON Patch, PUT and DELETE, and what guards them against overwriting somebody else's work.
import assert from 'node:assert/strict';

import { base64, causeFields, expectCode, secret, secretsOf, type Fixture } from './fixture.ts';

const NO_UID = '00000000-0000-4000-8000-000000000000';

export function describeUpdates(fixture: () => Fixture): void {
  describe('merge patch', () => {
    it('merges maps, removes with null and leaves the rest', async () => {
      const { path, admin } = await stored(fixture());

      const patched = expectCode(
        await admin.merge(path, { metadata: { labels: { b: '2', a: null } }, data: { more: base64('x') } }),
        200,
      );

      assert.deepEqual(patched.metadata.labels, { b: '2' });
      assert.deepEqual(patched.data, { key: base64('value'), more: base64('x') });
    });

    it('with the uid and version that were read is a new version of the same object', async () => {
      const { path, admin, seen } = await stored(fixture());

      const patched = expectCode(await admin.merge(path, { metadata: { ...seen, labels: { c: '3' } } }), 200);

      assert.equal(patched.metadata.uid, seen.uid);
      assert.ok(BigInt(patched.metadata.resourceVersion) > BigInt(seen.resourceVersion));
    });

    it('with an old version is a conflict', async () => {
      const { path, admin, seen } = await stored(fixture());
      expectCode(await admin.merge(path, { metadata: { labels: { c: '3' } } }), 200);

      const refused = expectCode(await admin.merge(path, { metadata: { ...seen, labels: { d: '4' } } }), 409);

      assert.equal(refused.reason, 'Conflict');
      assert.deepEqual(refused.details, { name: 'one', kind: 'secrets' });
      assert.match(refused.message, /^Operation cannot be fulfilled on secrets "one": /);
    });

    it('with another uid is invalid, and its cause is metadata.uid', async () => {
      const { path, admin, seen } = await stored(fixture());

      const refused = await admin.merge(path, { metadata: { ...seen, uid: NO_UID, labels: { d: '4' } } });

      assert.equal(expectCode(refused, 422).reason, 'Invalid');
      assert.deepEqual(new Set(causeFields(refused)), new Set(['metadata.uid'])); // a real server says it twice
    });

    it('looks at the version before the uid', async () => {
      const { path, admin, seen } = await stored(fixture());
      expectCode(await admin.merge(path, { metadata: { labels: { c: '3' } } }), 200);

      expectCode(await admin.merge(path, { metadata: { ...seen, uid: NO_UID } }), 409);
    });

    it('with the uid alone overwrites what changed meanwhile', async () => {
      const { path, admin, seen } = await stored(fixture());
      expectCode(await admin.merge(path, { data: { key: base64('theirs') } }), 200);

      const patched = expectCode(
        await admin.merge(path, { metadata: { uid: seen.uid }, data: { key: base64('ours') } }),
        200,
      );

      assert.equal(patched.data['key'], base64('ours'));
    });

    it('that changes nothing makes no new version', async () => {
      const { path, admin, seen } = await stored(fixture());

      const patched = expectCode(await admin.merge(path, { metadata: { ...seen, labels: { a: '1' } } }), 200);

      assert.equal(patched.metadata.resourceVersion, seen.resourceVersion);
    });

    it('of a dry run changes nothing', async () => {
      const { path, admin, seen } = await stored(fixture());

      const dry = expectCode(await admin.merge(`${path}?dryRun=All`, { metadata: { labels: { c: '3' } } }), 200);

      assert.equal(dry.metadata.labels['c'], '3');
      assert.equal((await admin.get(path)).body.metadata.resourceVersion, seen.resourceVersion);
    });

    it('must be JSON of a known content type', async () => {
      const { path, admin } = await stored(fixture());

      expectCode(await admin.merge(path, '{'), 400);
      expectCode(await admin.request('PATCH', path, { body: {}, contentType: 'text/plain' }), 415);
    });
    // Not here: strategic merge patch and server-side apply. The sandbox refuses both with 415, the product uses neither.
  });

  describe('JSON Patch', () => {
    it('tests, adds and removes', async () => {
      const { path, admin } = await stored(fixture());

      const patched = await admin.jsonPatch(path, [
        { op: 'test', path: '/metadata/labels/a', value: '1' },
        { op: 'add', path: '/metadata/labels/x~1y', value: '2' },
        { op: 'remove', path: '/metadata/labels/a' },
      ]);

      assert.deepEqual(expectCode(patched, 200).metadata.labels, { 'x/y': '2' });
    });

    it('whose test fails is invalid without causes', async () => {
      const { path, admin } = await stored(fixture());

      const refused = await admin.jsonPatch(path, [{ op: 'test', path: '/metadata/uid', value: NO_UID }]);

      assert.equal(expectCode(refused, 422).reason, 'Invalid');
      assert.deepEqual(causeFields(refused), []);
    });

    it('may test that something is still absent', async () => {
      const { path, admin } = await stored(fixture());
      const operations = [
        { op: 'test', path: '/metadata/annotations', value: null },
        { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
      ];

      expectCode(await admin.jsonPatch(path, operations), 200);
      expectCode(await admin.jsonPatch(path, operations), 422);
    });
  });

  describe('PUT', () => {
    it('replaces the object and strips what it does not name', async () => {
      const { path, admin } = await stored(fixture());

      const replaced = expectCode(await admin.put(path, secret('one', { data: { other: base64('x') } })), 200);

      assert.equal(replaced.metadata.labels, undefined);
      assert.deepEqual(replaced.data, { other: base64('x') });
    });

    it('with an old version, or another uid, is a conflict', async () => {
      const { path, admin, seen } = await stored(fixture());
      expectCode(await admin.merge(path, { metadata: { labels: { c: '3' } } }), 200);

      const old = await admin.put(
        path,
        secret('one', { metadata: { name: 'one', resourceVersion: seen.resourceVersion } }),
      );
      const other = await admin.put(path, secret('one', { metadata: { name: 'one', uid: NO_UID } }));

      assert.equal(expectCode(old, 409).reason, 'Conflict');
      assert.equal(expectCode(other, 409).reason, 'Conflict');
    });

    it('of an absent Secret creates nothing', async () => {
      const { home, admin } = await stored(fixture());

      expectCode(await admin.put(secretsOf(home, 'absent'), secret('absent')), 404);
    });

    it('must name the object of its path', async () => {
      const { path, admin } = await stored(fixture());

      expectCode(await admin.put(path, secret('two')), 400);
    });
  });

  describe('DELETE', () => {
    it('answers a Status that names what is gone', async () => {
      const { path, admin, seen } = await stored(fixture());

      const gone = expectCode(await admin.delete(path, preconditions(seen)), 200);

      assert.equal(gone.kind, 'Status');
      assert.equal(gone.status, 'Success');
      assert.deepEqual(gone.details, { name: 'one', kind: 'secrets', uid: seen.uid });
      expectCode(await admin.get(path), 404);
    });

    for (const [what, wrong] of [
      ['version', { resourceVersion: '1' }],
      ['uid', { uid: NO_UID }],
    ] as const) {
      it(`with another ${what} is a conflict and deletes nothing`, async () => {
        const { path, admin, seen } = await stored(fixture());

        const refused = await admin.delete(path, preconditions({ ...seen, ...wrong }));

        assert.equal(expectCode(refused, 409).reason, 'Conflict');
        expectCode(await admin.get(path), 200);
      });
    }

    it('of a dry run deletes nothing', async () => {
      const { path, admin } = await stored(fixture());

      expectCode(await admin.delete(`${path}?dryRun=All`), 200);
      expectCode(await admin.get(path), 200);
    });

    it('waits for finalizers', async () => {
      const { path, admin } = await stored(fixture(), { finalizers: ['example.com/hold'] });

      const marked = expectCode(await admin.delete(path), 200);
      expectCode(await admin.delete(path), 200);
      const held = expectCode(await admin.merge(path, { metadata: { labels: { still: 'here' } } }), 200);
      const more = await admin.merge(path, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
      expectCode(await admin.merge(path, { metadata: { finalizers: null } }), 200);

      assert.match(marked.metadata.deletionTimestamp, /Z$/);
      assert.equal(held.metadata.deletionTimestamp, marked.metadata.deletionTimestamp);
      expectCode(more, 422);
      assert.deepEqual(new Set(causeFields(more)), new Set(['metadata.finalizers']));
      expectCode(await admin.get(path), 404);
    });
  });
}

interface Stored {
  readonly admin: Fixture['admin'];
  readonly home: string;
  readonly path: string;
  readonly seen: { readonly uid: string; readonly resourceVersion: string };
}

/** A Secret "one" with the label a=1. */
async function stored({ admin, namespace }: Fixture, metadata: object = {}): Promise<Stored> {
  const home = await namespace();
  const body = secret('one', { metadata: { name: 'one', labels: { a: '1' }, ...metadata } });
  const { uid, resourceVersion } = expectCode(await admin.post(secretsOf(home), body), 201).metadata;
  return { admin, home, path: secretsOf(home, 'one'), seen: { uid, resourceVersion } };
}

function preconditions(seen: object): object {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: seen };
}
