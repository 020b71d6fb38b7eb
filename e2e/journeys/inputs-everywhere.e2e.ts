// The install option that consents for all tenants at once, applied as a user does: nobody binds a role, a label takes its place.
import assert from 'node:assert/strict';
import { tenantIssued } from '../../test/journeys/consent.cases.ts';
import { key, passwordIn } from '../../test/journeys/stored-tokens.cases.ts';
import { eventually } from '../../test/support/eventually.ts';
import { byKey, byServiceAccount, withCloud } from '../../test/support/scripted-cloud.ts';
import { sharedCluster } from '../support/cluster.ts';
import { kubectl, operatorToken } from '../support/install.ts';
import { openReal } from '../support/target.ts';

const FILE = 'manifests/optional/inputs-everywhere.yaml';
const HOST = 'de.icr.io';

describe('consent that is bound everywhere', () => {
  before(async () => {
    const cluster = sharedCluster();
    kubectl(cluster, 'apply', '-f', FILE);
    const operator = cluster.as(await operatorToken(cluster));
    await eventually(async () => (await operator.get('/api/v1/namespaces/default/secrets/none')).status === 404);
    operator.close();
    cluster.admin.close();
  });
  after(() => {
    const cluster = sharedCluster();
    kubectl(cluster, 'delete', '-f', FILE);
    cluster.admin.close();
  });

  it('F126: works without RoleBindings; what is read is named by a credential, and of Secrets labelled', () =>
    withCloud(
      openReal,
      async (world, cloud) => {
        const [first, second] = [await world.namespace('a'), await world.namespace('b')];
        await key(world, 'key', first);
        await key(world, 'other', first);
        const label = (value: string | null): Promise<unknown> =>
          world.admin.patch(
            'Secret',
            world.name('key'),
            { metadata: { labels: { 'regcred.dev/input': value } } },
            first,
          );
        await label(null);
        await world.tenant(first, 'main', { provider: byKey(world.name('key'), HOST) });
        await world.admin.create('ServiceAccount', { metadata: { name: 'puller' } }, second);
        await world.tenant(second, 'main', { provider: byServiceAccount('puller', HOST) });
        await world.start();

        await eventually(async () => (await tenantIssued(world, second))?.reason === 'Issued');
        await eventually(async () => (await tenantIssued(world, first))?.reason === 'InputNotAllowed');
        assert.match((await tenantIssued(world, first))?.message ?? '', /label it regcred\.dev\/input=true/);
        assert.equal(cloud.calls.length, 1);
        await label('true');
        await world.inTime(async () => (await tenantIssued(world, first))?.reason === 'Issued');

        await eventually(async () => cloud.tokens.includes(await passwordIn(world, first)));
        assert.equal(world.proxy.count({ resource: 'secrets', namespace: first, name: world.name('other') }), 0);
      },
      { flags: { tenantInputs: 'labelled' } },
    ));
});
