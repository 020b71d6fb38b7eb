// Contract: ServiceAccounts, whose imagePullSecrets is one atomic list.
import assert from 'node:assert/strict';

import { eventually } from '../support/eventually.ts';
import type { Body } from '../support/raw-client.ts';
import { accountsOf, expectCode, type Fixture } from './fixture.ts';

export function describeServiceAccounts(fixture: () => Fixture): void {
  describe('ServiceAccounts', () => {
    it('named "default" appear in every new namespace', async () => {
      const { path, account } = await defaultAccount(fixture());

      assert.equal(account.metadata.name, 'default');
      assert.ok(path.endsWith('/default'));
      assert.equal(account.imagePullSecrets, undefined);
    });

    it('named "default" come back with another uid and without entries', async () => {
      const { admin } = fixture();
      const { path, account } = await defaultAccount(fixture());
      expectCode(await admin.merge(path, { imagePullSecrets: [{ name: 'a' }] }), 200);

      expectCode(await admin.delete(path), 200);

      const again = await eventually(async () => {
        const { code, body } = await admin.get(path);
        return code === 200 && body.metadata.uid !== account.metadata.uid && body;
      });
      assert.equal(again.imagePullSecrets, undefined);
    });

    it('have their whole list replaced by a merge patch, duplicates and empty entries in their places', async () => {
      const { admin } = fixture();
      const { path } = await defaultAccount(fixture());
      expectCode(await admin.merge(path, { imagePullSecrets: [{ name: 'theirs' }] }), 200);
      const list = [{ name: 'b' }, {}, { name: 'a' }, { name: 'b' }];

      const patched = expectCode(await admin.merge(path, { imagePullSecrets: list }), 200);

      assert.deepEqual(patched.imagePullSecrets, list);
    });

    it('lose an empty list', async () => {
      const { admin } = fixture();
      const { path } = await defaultAccount(fixture());
      expectCode(await admin.merge(path, { imagePullSecrets: [{ name: 'a' }] }), 200);

      const patched = expectCode(await admin.merge(path, { imagePullSecrets: [] }), 200);

      assert.equal(patched.imagePullSecrets, undefined);
    });

    it('take a first entry by a tested JSON Patch, and none at the end of an absent list', async () => {
      const { admin } = fixture();
      const { path, account } = await defaultAccount(fixture());

      const blind = await admin.jsonPatch(path, [{ op: 'add', path: '/imagePullSecrets/-', value: { name: 'a' } }]);
      const tested = await admin.jsonPatch(path, [
        { op: 'test', path: '/metadata/uid', value: account.metadata.uid },
        { op: 'test', path: '/imagePullSecrets', value: null },
        { op: 'add', path: '/imagePullSecrets', value: [{ name: 'a' }] },
      ]);

      expectCode(blind, 422);
      assert.deepEqual(expectCode(tested, 200).imagePullSecrets, [{ name: 'a' }]);
    });

    it('tell which field manager wrote the list last, if they were created with one', async () => {
      const { admin, namespace } = fixture();
      const path = accountsOf(await namespace());
      const body = { metadata: { name: 'listed' }, imagePullSecrets: [{ name: 'a' }] };
      expectCode(await admin.post(`${path}?fieldManager=first`, body), 201);

      const patched = expectCode(
        await admin.merge(`${path}/listed?fieldManager=second`, { imagePullSecrets: [{ name: 'b' }] }),
        200,
      );

      const fields = patched.metadata.managedFields;
      const owners = fields.filter(({ fieldsV1 }) => 'f:imagePullSecrets' in fieldsV1).map(({ manager }) => manager);
      assert.deepEqual(owners, ['second']);
    });

    it('that were created bare, as "default" is, never tell who patched them', async () => {
      const { admin } = fixture();
      const { path } = await defaultAccount(fixture());

      const patched = expectCode(await admin.merge(path, { imagePullSecrets: [{ name: 'a' }] }), 200);

      assert.deepEqual((patched.metadata.managedFields as unknown[] | undefined) ?? [], []);
    });

    it('are replaced without their version, and lose what the body does not name', async () => {
      const { admin } = fixture();
      const { path } = await defaultAccount(fixture());
      expectCode(await admin.merge(path, { imagePullSecrets: [{ name: 'a' }] }), 200);

      const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
      const replaced = expectCode(await admin.put(path, body), 200);

      assert.equal(replaced['imagePullSecrets'], undefined);
    });
  });
}

async function defaultAccount({ admin, namespace }: Fixture): Promise<{ path: string; account: Body }> {
  const path = accountsOf(await namespace(), 'default');
  const account = await eventually(async () => {
    const { code, body } = await admin.get(path);
    return code === 200 && body;
  });
  return { path, account };
}
