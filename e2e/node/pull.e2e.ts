// A real kubelet pulls from a registry that asks for a password: the harness by itself, with pull Secrets made by hand.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok } from '../support/api.ts';
import { sharedCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import type { Daemon } from '../support/daemon.ts';
import { deleteNamespace, makeNamespace } from '../support/namespaces.ts';
import { startNode } from './node.ts';
import { makePod, removePods, untilPod } from './pods.ts';
import { startRegistry } from './registry.ts';
import type { Registry } from './registry.ts';
import { missingForNode } from './requirements.ts';

describe('A real node', function () {
  let folder: string;
  let cluster: Cluster;
  let registry: Registry;
  let node: Daemon;
  let namespace: string;
  const missing = missingForNode(sharedCluster().access);
  if (missing.length > 0) {
    it(`is skipped: this machine lacks ${missing.join(', ')}`);
    return;
  }

  before(async () => {
    cluster = sharedCluster();
    folder = mkdtempSync(join(tmpdir(), 'regcred-node-'));
    registry = await startRegistry(join(folder, 'registry'));
    node = await startNode(cluster, registry, join(folder, 'node'));
  });
  after(async () => {
    await node.stop();
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    namespace = await makeNamespace(cluster, 'pull');
  });
  afterEach(async () => {
    await removePods(cluster.admin, namespace);
    await deleteNamespace(cluster, namespace);
  });

  it('does not pull without a credential', async () => {
    const pod = await makePod(cluster.admin, namespace, registry.image);

    await untilPod(cluster.admin, namespace, pod, 'ErrImagePull', 'ImagePullBackOff');
  });

  it('pulls with a pull Secret in the imagePullSecrets of the ServiceAccount', async () => {
    await giveSecret(registry.dockerConfig());

    const pod = await makePod(cluster.admin, namespace, registry.image);

    await untilPod(cluster.admin, namespace, pod, 'Running');
    const events = await ok(cluster.admin.get(`/api/v1/namespaces/${namespace}/events`));
    assert.match(JSON.stringify(events['items']), /Successfully pulled image/);
  });

  it('does not pull with a password that is no longer good', async () => {
    await giveSecret(registry.dockerConfig());
    await registry.rotate();

    const pod = await makePod(cluster.admin, namespace, registry.image);

    await untilPod(cluster.admin, namespace, pod, 'ErrImagePull', 'ImagePullBackOff');
  });

  async function giveSecret(dockerConfig: string): Promise<void> {
    const data = { '.dockerconfigjson': Buffer.from(dockerConfig).toString('base64') };
    const secret = { metadata: { name: 'by-hand' }, type: 'kubernetes.io/dockerconfigjson', data };
    await ok(cluster.admin.post(`/api/v1/namespaces/${namespace}/secrets`, secret));
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    await ok(cluster.admin.patch(account, { imagePullSecrets: [{ name: 'by-hand' }] }));
  }
});
