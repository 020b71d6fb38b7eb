// Contract: who is asked in, what RBAC by name allows, and the words of a refusal.
import assert from 'node:assert/strict';

import { skipBecause } from '../support/skip.ts';
import { accountsOf, expectCode, secret, secretsOf, unique, type Fixture } from './fixture.ts';

export function describeAccess(fixture: () => Fixture): void {
  describe('access', () => {
    it('is refused to an unknown token', async () => {
      const { as, cluster } = fixture();

      const refused = expectCode(await as({ ...cluster.access, token: 'unknown' }).get('/api/v1/namespaces'), 401);

      assert.equal(refused.kind, 'Status');
      assert.equal(refused.reason, 'Unauthorized');
    });

    it('by name reaches one name in all namespaces, and nothing else', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const name = unique('mine');
      const home = await withSecrets(fixture(), [name, 'other']);
      const user = await byName(fixture(), name);

      const selected = await user.get(`/api/v1/secrets?fieldSelector=metadata.name=${name}`);
      const inside = await user.get(`${secretsOf(home)}?fieldSelector=metadata.name=${name}`);
      const other = await user.get('/api/v1/secrets?fieldSelector=metadata.name=other');
      const all = await user.get('/api/v1/secrets');

      assert.equal(expectCode(selected, 200).items.length, 1);
      expectCode(inside, 200);
      expectCode(other, 403);
      expectCode(all, 403);
      expectCode(await user.get(secretsOf(home, name)), 200);
      expectCode(await user.get(secretsOf(home, 'other')), 403);
    });

    it('by name covers pages and watches only with the selector', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const name = unique('mine');
      await withSecrets(fixture(), [name]);
      await withSecrets(fixture(), [name]);
      const user = await byName(fixture(), name);
      const selected = `fieldSelector=metadata.name=${name}`;

      const first = expectCode(await user.get(`/api/v1/secrets?limit=1&${selected}`), 200);
      const next = `/api/v1/secrets?limit=1&continue=${encodeURIComponent(first.metadata.continue)}`;
      expectCode(await user.get(`${next}&${selected}`), 200);
      expectCode(await user.get(next), 403);
      const watch = await fixture().watch(user, `/api/v1/secrets?watch=1&${selected}`);
      const unselected = await fixture().watch(user, '/api/v1/secrets?watch=1');

      assert.equal(watch.code, 200);
      assert.equal(unselected.code, 403);
    });

    it('by name does not reach deletecollection', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const name = unique('mine');
      const home = await withSecrets(fixture(), [name]);
      const user = await byName(fixture(), name);

      expectCode(await user.delete(`${secretsOf(home)}?fieldSelector=metadata.name=${name}`), 403);
      expectCode(await fixture().admin.get(secretsOf(home, name)), 200);
    });

    it('is refused in words that name user, verb, resource and namespace', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const home = await withSecrets(fixture(), ['one']);
      const user = await byName(fixture(), 'two');

      const patched = expectCode(await user.merge(secretsOf(home, 'one'), {}), 403);
      const created = expectCode(await user.post(accountsOf(home), { metadata: { name: 'x' } }), 403);
      const listed = expectCode(await user.get('/apis/regcred.dev/v1alpha1/registrycredentials'), 403);

      const who = `User "${user.userName}" cannot`;
      const inside = `in API group "" in the namespace "${home}"`;
      assert.equal(patched.reason, 'Forbidden');
      assert.equal(patched.message, `secrets "one" is forbidden: ${who} patch resource "secrets" ${inside}`);
      assert.deepEqual(patched.details, { name: 'one', kind: 'secrets' });
      assert.equal(created.message, `serviceaccounts is forbidden: ${who} create resource "serviceaccounts" ${inside}`);
      assert.equal(
        listed.message,
        `registrycredentials.regcred.dev is forbidden: ${who} list resource "registrycredentials" in API group "regcred.dev" at the cluster scope`,
      );
      assert.deepEqual(listed.details, { group: 'regcred.dev', kind: 'registrycredentials' });
    });

    it('in one namespace ends there', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const [home, foreign] = [await withSecrets(fixture(), ['one']), await withSecrets(fixture(), ['one'])];
      const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create'], namespaces: [home] };
      const user = await fixture().user([rule]);

      expectCode(await user.get(secretsOf(home)), 200);
      expectCode(await user.post(secretsOf(home), secret('two')), 201);
      expectCode(await user.get(secretsOf(foreign)), 403);
      expectCode(await user.get('/api/v1/secrets'), 403);
    });

    it('to a resource is none to its status', async function () {
      if (!fixture().cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const path = '/apis/regcred.dev/v1alpha1/clusterregistrycredentials/absent';
      const rule = { apiGroups: ['regcred.dev'], resources: ['clusterregistrycredentials'], verbs: ['get', 'patch'] };
      const user = await fixture().user([rule]);

      expectCode(await user.merge(path, {}), 404);
      const refused = expectCode(await user.merge(`${path}/status`, {}), 403);

      assert.match(refused.message, /cannot patch resource "clusterregistrycredentials\/status" in API group/);
    });
  });
}

async function withSecrets({ admin, namespace }: Fixture, names: readonly string[]): Promise<string> {
  const home = await namespace();
  for (const name of names) expectCode(await admin.post(secretsOf(home), secret(name)), 201);
  return home;
}

function byName({ user }: Fixture, name: string): ReturnType<Fixture['user']> {
  const verbs = ['get', 'list', 'watch', 'patch', 'update', 'delete', 'deletecollection'];
  return user([{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs }]);
}
