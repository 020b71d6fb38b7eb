// What the manifests mean to a real API server: for the operator's own Pod and Lease, and for the people who get its roles.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { eventually } from '../test/support/eventually.ts';
import { basicSpec } from '../test/api/objects.ts';
import { renderManifests } from '../test/support/manifests.ts';
import { ok } from './support/api.ts';
import type { Api } from './support/api.ts';
import { sharedCluster } from './support/cluster.ts';
import type { Cluster } from './support/cluster.ts';
import { OPERATOR_NAMESPACE, install, operatorToken } from './support/install.ts';
import { deleteNamespace, makeNamespace } from './support/namespaces.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const FLOW_SCHEMA = 'regcred-operator-leader-election';

describe('The manifests on a real API server', () => {
  let cluster: Cluster;
  let namespace: string;

  before(async () => {
    cluster = sharedCluster();
    await install(cluster);
  });
  beforeEach(async () => {
    namespace = await makeNamespace(cluster, 'manifests');
  });
  afterEach(() => deleteNamespace(cluster, namespace));
  after(() => cluster.admin.close());

  it("the operator's Pod is allowed by the restricted pod security of its namespace", async () => {
    const deployment = renderManifests().find(({ kind }) => kind === 'Deployment');
    const { template } = deployment?.['spec'] as { template: { metadata: object; spec: object } };
    const pods = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods?dryRun=All`;
    const pod = { metadata: { ...template.metadata, name: 'operator' }, spec: template.spec };

    const allowed = await cluster.admin.post(pods, pod);
    const refused = await cluster.admin.post(pods, { ...pod, spec: { ...template.spec, hostNetwork: true } });

    assert.equal(allowed.status, 201, allowed.message);
    assert.match(refused.message, /violates PodSecurity "restricted/);
  });

  it('the Lease of the operator has the priority of leader election, its other calls do not', async () => {
    const schema = await ok(cluster.admin.get(`/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/${FLOW_SCHEMA}`));
    const token = await operatorToken(cluster);
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/none`;

    // A new FlowSchema takes a moment.
    await eventually(async () => (await flowSchemaOf(cluster, token, lease)) === schema.metadata?.uid);

    assert.notEqual(await flowSchemaOf(cluster, token, '/api/v1/namespaces'), schema.metadata?.uid);
  });

  it("an admin of a namespace can consent to the operator's reading of inputs there, an editor can not", async () => {
    const [admin, editor] = [await person('admin'), await person('edit')];
    const path = `${RBAC}/namespaces/${namespace}/rolebindings`;
    const operator = { kind: 'ServiceAccount', name: 'regcred-operator', namespace: OPERATOR_NAMESPACE };
    const consent = { ...binding('regcred-operator-inputs'), subjects: [operator] };

    assert.equal((await editor.post(path, consent)).status, 403);
    const consented = await admin.post(path, consent);

    assert.equal(consented.status, 201, consented.message);
    const inputs = cluster.as(await operatorToken(cluster));
    await eventually(async () => (await inputs.get(`/api/v1/namespaces/${namespace}/secrets/any`)).status === 404);
    assert.equal((await inputs.get(`/api/v1/namespaces/${namespace}/secrets`)).status, 403);
    inputs.close();
  });

  it('who may view or edit a namespace may read its credentials, and only regcred-editor may write them', async () => {
    const [viewer, editor, owner] = [await person('view'), await person('edit'), await person('regcred-editor')];
    const path = `/apis/regcred.dev/v1alpha1/namespaces/${namespace}/registrycredentials`;
    const body = { kind: 'RegistryCredential', apiVersion: 'regcred.dev/v1alpha1', metadata: { name: 'mine' } };
    const credential = { ...body, spec: basicSpec('ghcr.io') };

    // Aggregation is a controller's work.
    for (const reader of [viewer, editor]) await eventually(async () => (await reader.get(path)).status === 200);
    assert.equal((await viewer.post(path, credential)).status, 403);
    assert.equal((await editor.post(path, credential)).status, 403);
    const made = await owner.post(path, credential);

    assert.equal(made.status, 201, made.message);
    assert.equal((await owner.patch(`${path}/mine/status`, { status: { provider: 'forged' } })).status, 403);
    assert.equal((await owner.get('/apis/regcred.dev/v1alpha1/clusterregistrycredentials')).status, 403);
  });

  /** Somebody with one role in this namespace. */
  async function person(role: string): Promise<Api> {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await ok(cluster.admin.post(accounts, { metadata: { name: role } }));
    const subjects = [{ kind: 'ServiceAccount', name: role, namespace }];
    await ok(cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, { ...binding(role), subjects }));
    return cluster.as(await cluster.tokenFor(namespace, role));
  }
});

function binding(role: string): object {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  return { metadata: { name: role }, roleRef };
}

/** The API server says in a header which FlowSchema a request fell into. */
function flowSchemaOf({ server, ca }: Cluster, token: string, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server), { ca, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.headers['x-kubernetes-pf-flowschema-uid']);
    });
    sent.on('error', reject).end();
  });
}
