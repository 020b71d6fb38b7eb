import assert from 'node:assert/strict';

import { DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE } from '../../src/api/names.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually } from '../support/eventually.ts';

const HOME = '/api/v1/namespaces/team-a';

for (const auth of ['Basic', 'Bearer'] as const) {
  describe(`pull, from a registry that wants ${auth}`, () => {
    let sandbox: Sandbox;
    before(async () => {
      const registry = { auth, accounts: { robot: 'right' }, publicRepositories: ['public/app'] };
      sandbox = await startSandbox({ tls: true, registry });
      await sandbox.admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });
      await eventually(() => sandbox.admin.get(`${HOME}/serviceaccounts/default`));
    });
    after(() => sandbox.stop());
    const attach = async (...names: readonly string[]): Promise<void> => {
      const imagePullSecrets = names.map((name) => ({ name }));
      await sandbox.admin.patch(`${HOME}/serviceaccounts/default`, { imagePullSecrets });
    };
    const store = async (name: string, config: object | string): Promise<void> => {
      const text = typeof config === 'string' ? config : JSON.stringify({ auths: { [sandbox.registry.host]: config } });
      const stringData = { [DOCKER_CONFIG_KEY]: text };
      await sandbox.admin.delete(`${HOME}/secrets/${name}`);
      await sandbox.admin.create(`${HOME}/secrets`, { metadata: { name }, type: DOCKER_CONFIG_TYPE, stringData });
    };

    it('is anonymous without credentials, which is enough for public images only', async () => {
      await attach();

      const [open, closed] = [await sandbox.pull('team-a', 'public/app:1'), await sandbox.pull('team-a', 'team/app:1')];

      assert.deepEqual(open, { pulled: true, via: 'anonymous' });
      assert.ok(!closed.pulled && closed.reason.startsWith('ErrImagePull: ') && closed.reason.includes('401'));
    });

    it('uses what the Secrets of the ServiceAccount hold, and skips a Secret that is missing', async () => {
      await store('right', { username: 'robot', password: 'right' });
      await attach('missing', 'right');

      assert.deepEqual(await sandbox.pull('team-a', 'team/app:1'), { pulled: true, via: 'robot' });
    });

    it('tries all credentials that match before it gives up', async () => {
      await store('wrong', { username: 'robot', password: 'wrong' });
      await store('right', { username: 'robot', password: 'right' });
      await attach('wrong', 'right');

      assert.deepEqual(await sandbox.pull('team-a', 'team/app:1'), { pulled: true, via: 'robot' });
    });

    // With Basic the first request, which carries no login, has succeeded already.
    it(
      auth === 'Basic'
        ? 'pulls public images whatever the Secrets hold'
        : 'does not pull anonymously when a credential matches',
      async () => {
        await store('wrong', { username: 'robot', password: 'wrong' });
        await attach('wrong');

        assert.equal((await sandbox.pull('team-a', 'public/app:1')).pulled, auth === 'Basic');
      },
    );

    it('fails because of one malformed Secret, whatever the others hold', async () => {
      await store('right', { username: 'robot', password: 'right' });
      await store('broken', '{"auths":{"reg.example":{"auth":"%%%"}}}');
      await attach('right', 'broken');

      const result = await sandbox.pull('team-a', 'team/app:1');

      assert.ok(!result.pulled && result.reason.startsWith('ErrImagePull: '));
    });

    it('needs its ServiceAccount', async () => {
      const result = await sandbox.pull('team-a', 'team/app:1', 'nobody');

      assert.ok(!result.pulled && result.reason.includes('error looking up service account team-a/nobody'));
    });
  });
}
