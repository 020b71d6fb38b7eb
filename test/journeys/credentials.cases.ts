// Journeys of "Credentials over their life" (docs/faults.md), on either API server.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET } from '../support/world.ts';

export function describeCredentials(open: OpenTarget): void {
  describe('credentials over their life', () => {
    it('F214: cleans after the grace, entry and Secret, once the credential is proven gone', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { 'registry.example.com': login('bot') });
        await world.cluster('main');
        await world.start();
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));

        await world.admin.delete('ClusterRegistryCredential', world.name('main'));

        await world.inTime(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), []);
      }));
  });
}
