// Contract: namespaces, from their labels to their end.
import assert from 'node:assert/strict';

import { eventually } from '../support/eventually.ts';
import { causeFields, expectCode, secret, secretsOf, unique, type Fixture } from './fixture.ts';

const PATH = '/api/v1/namespaces';
const FINALIZER = 'example.com/hold';

export function describeNamespaces(fixture: () => Fixture): void {
  describe('namespaces', () => {
    it('carry their name as a label that can not be taken off', async () => {
      const { admin, namespace } = fixture();
      const name = await namespace();
      const label = { 'kubernetes.io/metadata.name': null, tier: 'a' };

      const patched = expectCode(await admin.merge(`${PATH}/${name}`, { metadata: { labels: label } }), 200);

      assert.deepEqual(patched.metadata.labels, { 'kubernetes.io/metadata.name': name, tier: 'a' });
      assert.deepEqual(patched.status, { phase: 'Active' });
    });

    it('have a label as their name', async () => {
      const refused = await fixture().admin.post(PATH, { metadata: { name: 'no.dots' } });

      expectCode(refused, 422);
      assert.deepEqual(causeFields(refused), ['metadata.name']);
    });

    it('that the cluster needs can not be deleted', async () => {
      const refused = expectCode(await fixture().admin.delete(`${PATH}/default`), 403);

      assert.equal(refused.message, 'namespaces "default" is forbidden: this namespace may not be deleted');
    });

    it('that are deleted go with all they hold, and come back as others', async () => {
      const { admin, namespace } = fixture();
      const name = await namespace();
      const { uid } = expectCode(await admin.get(`${PATH}/${name}`), 200).metadata;
      expectCode(await admin.post(secretsOf(name), secret('one')), 201);

      const deleted = expectCode(await admin.delete(`${PATH}/${name}`), 200);
      await isGone(fixture(), name);

      assert.match(deleted.metadata.deletionTimestamp, /Z$/);
      expectCode(await admin.get(secretsOf(name, 'one')), 404);
      const again = expectCode(await admin.post(PATH, { metadata: { name } }), 201);
      assert.notEqual(again.metadata.uid, uid);
      expectCode(await admin.get(secretsOf(name, 'one')), 404);
    });

    it('that are going away take nothing new, and wait for finalizers inside', async () => {
      const { admin, namespace } = fixture();
      const name = await namespace();
      const held = secret('held', { metadata: { name: 'held', finalizers: [FINALIZER] } });
      expectCode(await admin.post(secretsOf(name), held), 201);
      expectCode(await admin.delete(`${PATH}/${name}`), 200);

      const refused = await admin.post(secretsOf(name), secret('late'));
      const patched = await admin.merge(secretsOf(name, 'held'), { metadata: { labels: { a: 'b' } } });
      expectCode(await admin.get(`${PATH}/${name}`), 200);
      expectCode(await admin.merge(secretsOf(name, 'held'), { metadata: { finalizers: null } }), 200);

      assert.equal(expectCode(refused, 403).reason, 'Forbidden');
      assert.equal(refused.body.details.causes[0]!.reason, 'NamespaceTerminating');
      assert.deepEqual(causeFields(refused), ['metadata.namespace']);
      expectCode(patched, 200);
      await isGone(fixture(), name);
    });

    it('that are absent answer 404 with their name', async () => {
      const name = unique('absent');

      const refused = expectCode(await fixture().admin.get(`${PATH}/${name}`), 404);

      assert.deepEqual(refused.details, { name, kind: 'namespaces' });
    });
  });
}

async function isGone({ admin }: Fixture, name: string): Promise<void> {
  await eventually(async () => (await admin.get(`${PATH}/${name}`)).code === 404, { timeoutMs: 30_000 });
}
