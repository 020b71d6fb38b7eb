import assert from 'node:assert/strict';
import { RESOURCE } from '../../src/api/names.ts';
import { configOf, withClient } from '../../src/cli/connect.ts';
import { isKubeError } from '../../src/kube/client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { startCluster } from './cluster.ts';
import { paperIo } from './io.ts';

describe('connect', () => {
  it('reads the options that run knows, from flags and the environment, and leaves others alone', () => {
    const { io } = paperIo({ environment: { REGCRED_SECRET_NAMES: 'a,b' } });

    const config = configOf({ namespace: 'ops', dryRun: true, tenant: 'team-a', yes: undefined }, io);

    assert.equal(config.namespace, 'ops');
    assert.deepEqual(config.secretNames, ['a', 'b']);
  });

  it('hands out a client, may write, and answers what was made of it', async () => {
    const cluster = await startCluster();
    const { io } = paperIo();
    const config = configOf({ kubeconfig: cluster.kubeconfig() }, io);

    const name = await withClient(config, io, async (client) => {
      return (await client.create(RESOURCE.namespaces, undefined, { metadata: { name: 'team-a' } })).metadata.name;
    });

    assert.equal(name, 'team-a');
    await cluster.stop();
  });

  it('lets failures through', async () => {
    const cluster = await startCluster();
    const { io } = paperIo();
    const config = configOf({ kubeconfig: cluster.kubeconfig([]) }, io);
    const read = (client: KubeClient) => client.list(RESOURCE.namespaces);

    await assert.rejects(withClient(config, io, read), (thrown) => isKubeError(thrown, 'Forbidden'));
    await cluster.stop();
  });
});
