// "Secrets changed by others", played on the real control plane, and what only that one can do.
import assert from 'node:assert/strict';
import { describeSecrets } from '../../test/journeys/secrets.cases.ts';
import { regcred } from '../../test/cli/io.ts';
import { eventually } from '../../test/support/eventually.ts';
import { HOST, assertUntouched, attached, edit, prepare, publish, secretIn } from '../../test/support/steps.ts';
import { inWorld, login, sourceBody } from '../../test/support/world.ts';
import type { World } from '../../test/support/world.ts';
import { sharedCluster } from '../support/cluster.ts';
import { openReal, openSecondInstallation } from '../support/target.ts';

describeSecrets(openReal);

describe('our Secret among real controllers', () => {
  it('F183: is made again when the garbage collector takes it for an owner that a user gave it', () =>
    inWorld(openReal, {}, async (world) => {
      const namespace = await publish(world);
      const owner = await world.admin.create('ServiceAccount', { metadata: { name: 'owner' } }, namespace);
      const reference = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'owner', uid: owner.metadata.uid };
      const { metadata } = await edit(world, namespace, { metadata: { ownerReferences: [reference] } });

      await world.admin.delete('ServiceAccount', 'owner', namespace);

      await eventually(async () => (await secretIn(world, namespace)).metadata.uid !== metadata.uid, {
        timeoutMs: 60_000,
      });
      assert.equal((await secretIn(world, namespace)).metadata['ownerReferences'], undefined);
    }));

  it('F181: is left alone by a second installation, which makes its own when the first has cleaned up', () =>
    inWorld(openReal, {}, (first) =>
      inWorld(openSecondInstallation, {}, async (second) => {
        const namespace = await first.namespace('a');
        await prepare(first);
        await first.start();
        await attached(first, namespace);
        const ours = await secretIn(first, namespace);
        const account = await first.admin.get('ServiceAccount', 'default', namespace);
        const source = sourceBody(first.name('main'), { [HOST]: login('second') });
        await second.admin.create('Secret', source, second.operatorNamespace);

        await first.stop(); // both would write the status of the one credential, each its own opinion
        await second.start();
        await eventually(() => second.logs().includes('NameConflict'));
        await assertUntouched(second, ours);
        assert.deepEqual(await first.admin.get('ServiceAccount', 'default', namespace), account);
        assert.equal(writesIn(second, namespace), 0);
        await cleanUp(first);

        await attached(second, namespace);
        const theirs = await second.marker(namespace);
        assert.equal(theirs?.installation, second.operatorNamespace);
      }),
    ));
});

function writesIn(world: World, namespace: string): number {
  return world.writes().filter((one) => one.includes(` ${namespace}/`) && !one.startsWith('create')).length;
}

/** `regcred cleanup` of the first installation, as cluster-admin. */
async function cleanUp(world: World): Promise<void> {
  const cluster = sharedCluster();
  const kubeconfig = cluster.kubeconfig(cluster.adminToken);
  const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${world.operatorNamespace}`, '--yes'];
  const { code, err } = await regcred(['cleanup', ...flags]);
  assert.equal(code, 0, err);
}
