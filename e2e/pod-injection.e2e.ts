// The optional policy that adds our pull Secret to Pods: its expressions, tried on a real API server.
import assert from 'node:assert/strict';
import { eventually } from '../test/support/eventually.ts';
import { ok } from './support/api.ts';
import { sharedCluster } from './support/cluster.ts';
import type { Cluster } from './support/cluster.ts';
import { kubectl } from './support/install.ts';
import { deleteNamespace, makeNamespace } from './support/namespaces.ts';

const FILE = 'manifests/optional/pod-injection.yaml';
const OURS = { name: 'regcred-managed' };

describe('Injection into Pods', () => {
  let cluster: Cluster;
  let labelled: string;
  let other: string;

  before(async () => {
    cluster = sharedCluster();
    kubectl(cluster, 'apply', '-f', FILE);
    labelled = await makeNamespace(cluster, 'inject', { 'regcred.dev/inject': 'true' });
    other = await makeNamespace(cluster, 'inject');
    // A policy takes some seconds to become active.
    await eventually(async () => (await pullSecrets(labelled, {})) !== undefined, { timeoutMs: 30_000, everyMs: 200 });
  });
  after(async () => {
    kubectl(cluster, 'delete', '-f', FILE);
    await deleteNamespace(cluster, labelled);
    await deleteNamespace(cluster, other);
    cluster.admin.close();
  });

  it('adds our Secret to a Pod without pull Secrets', async () => {
    assert.deepEqual(await pullSecrets(labelled, {}), [OURS]);
  });

  it('adds our Secret behind those that a Pod names itself', async () => {
    const spec = { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] };

    assert.deepEqual(await pullSecrets(labelled, spec), [{ name: 'a' }, { name: 'b' }, OURS]);
  });

  it('adds nothing where our Secret is named already', async () => {
    assert.deepEqual(await pullSecrets(labelled, { imagePullSecrets: [OURS, { name: 'a' }] }), [OURS, { name: 'a' }]);
  });

  it('leaves the Pods of other namespaces alone', async () => {
    assert.equal(await pullSecrets(other, {}), undefined);
    assert.deepEqual(await pullSecrets(other, { imagePullSecrets: [{ name: 'a' }] }), [{ name: 'a' }]);
  });

  /** What a Pod with this spec would be stored with. */
  async function pullSecrets(namespace: string, spec: object): Promise<unknown> {
    const containers = [{ name: 'app', image: 'app' }];
    const pod = { metadata: { generateName: 'app-' }, spec: { containers, ...spec } };
    const made = await ok(cluster.admin.post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod));
    return (made['spec'] as { imagePullSecrets?: unknown }).imagePullSecrets;
  }
});
