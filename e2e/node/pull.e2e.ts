// A real kubelet pulls from a registry that asks for a password: the harness by itself, with pull Secrets made by hand.
import assert from 'node:assert/strict';
import { ok } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { deleteNamespace, makeNamespace } from '../support/namespaces.ts';
import { describeOnNode } from './fixture.ts';
import type { NodeFixture } from './fixture.ts';
import { makePod, removePods, untilPod } from './pods.ts';
import type { Registry } from './registry.ts';

describeOnNode('A real node', (start) => {
  let fixture: NodeFixture;
  let admin: Api;
  let registry: Registry;
  let namespace: string;

  before(async () => {
    fixture = await start();
    admin = fixture.cluster.admin;
    registry = fixture.registry;
  });
  after(() => fixture.stop());
  beforeEach(async () => {
    namespace = await makeNamespace(fixture.cluster, 'pull');
  });
  afterEach(async () => {
    await removePods(admin, namespace);
    await deleteNamespace(fixture.cluster, namespace);
  });

  it('does not pull without a credential', async () => {
    const pod = await makePod(admin, namespace, registry.image);

    await untilPod(admin, namespace, pod, 'ErrImagePull', 'ImagePullBackOff');
  });

  it('pulls with a pull Secret in the imagePullSecrets of the ServiceAccount', async () => {
    await giveSecret(registry.dockerConfig());

    const pod = await makePod(admin, namespace, registry.image);

    await untilPod(admin, namespace, pod, 'Running');
    const events = await ok(admin.get(`/api/v1/namespaces/${namespace}/events`));
    assert.match(JSON.stringify(events['items']), /Successfully pulled image/);
  });

  it('does not pull with a password that is no longer good', async () => {
    await giveSecret(registry.dockerConfig());
    await registry.rotate();

    const pod = await makePod(admin, namespace, registry.image);

    await untilPod(admin, namespace, pod, 'ErrImagePull', 'ImagePullBackOff');
  });

  async function giveSecret(dockerConfig: string): Promise<void> {
    const data = { '.dockerconfigjson': Buffer.from(dockerConfig).toString('base64') };
    const secret = { metadata: { name: 'by-hand' }, type: 'kubernetes.io/dockerconfigjson', data };
    await ok(admin.post(`/api/v1/namespaces/${namespace}/secrets`, secret));
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    await ok(admin.patch(account, { imagePullSecrets: [{ name: 'by-hand' }] }));
  }
});
