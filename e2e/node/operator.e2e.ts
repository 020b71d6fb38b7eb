// The main job, on a real node: the operator gives credentials, and the kubelet pulls with them.
import { randomUUID } from 'node:crypto';
import { eventually } from '../../test/support/eventually.ts';
import { ok } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { OPERATOR_NAMESPACE, install } from '../support/install.ts';
import { deleteNamespace, makeNamespace } from '../support/namespaces.ts';
import { startOperator } from '../support/operator.ts';
import type { Operator } from '../support/operator.ts';
import { describeOnNode } from './fixture.ts';
import type { NodeFixture } from './fixture.ts';
import { makePod, removePods, untilPod } from './pods.ts';
import type { Registry } from './registry.ts';

const API = '/apis/regcred.dev/v1alpha1';

describeOnNode('The operator and a real node', (start) => {
  let fixture: NodeFixture;
  let admin: Api;
  let registry: Registry;
  let operator: Operator;
  const name = `node-${randomUUID().slice(0, 8)}`;
  const namespaces: string[] = [];

  before(async () => {
    fixture = await start();
    admin = fixture.cluster.admin;
    registry = fixture.registry;
    await install(fixture.cluster);
    operator = await startOperator(fixture.cluster, { flags: ['--deletion-grace=0'] });
    await ok(admin.post(secrets(OPERATOR_NAMESPACE), login({ 'regcred.dev/input': 'true' })));
    const selector = { matchLabels: { 'e2e/node': name } };
    await ok(admin.post(`${API}/clusterregistrycredentials`, { ...credential('Cluster'), spec: spec({ selector }) }));
  });
  after(async () => {
    await admin.delete(`${API}/clusterregistrycredentials/${name}`);
    await admin.delete(`${secrets(OPERATOR_NAMESPACE)}/${name}`);
    await operator.stop();
    await fixture.stop();
  });
  afterEach(async () => {
    for (const namespace of namespaces.splice(0)) {
      await removePods(admin, namespace);
      await deleteNamespace(fixture.cluster, namespace);
    }
  });

  it('runs Pods in selected namespaces, and nowhere else', async () => {
    const [selected, other] = [await namespaceOf({ 'e2e/node': name }), await namespaceOf({})];
    await untilAttached(selected);

    const pods = [await makePod(admin, selected, registry.image), await makePod(admin, other, registry.image)] as const;

    await untilPod(admin, selected, pods[0], 'Running');
    await untilPod(admin, other, pods[1], 'ErrImagePull', 'ImagePullBackOff');
  });

  it('runs a Pod in a namespace that is selected later', async () => {
    const namespace = await namespaceOf({});
    await ok(admin.patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { 'e2e/node': name } } }));
    await untilAttached(namespace);

    const pod = await makePod(admin, namespace, registry.image);

    await untilPod(admin, namespace, pod, 'Running');
  });

  it('runs Pods after a rotation', async () => {
    const namespace = await namespaceOf({ 'e2e/node': name });
    await untilAttached(namespace);
    const before = await pullSecretBytes(namespace);
    await registry.rotate();
    await ok(admin.patch(`${secrets(OPERATOR_NAMESPACE)}/${name}`, { data: login({}).data }));
    await eventually(async () => (await pullSecretBytes(namespace)) !== before, { timeoutMs: 30_000 });

    const pod = await makePod(admin, namespace, registry.image);

    await untilPod(admin, namespace, pod, 'Running');
  });

  it("runs a tenant's Pod with the tenant's own credential, in that namespace alone", async () => {
    const [tenant, other] = [await namespaceOf({}), await namespaceOf({})];
    await consent(tenant);
    await ok(admin.post(secrets(tenant), login({})));
    await ok(admin.post(`${API}/namespaces/${tenant}/registrycredentials`, { ...credential(''), spec: spec() }));
    await untilAttached(tenant);

    const pods = [await makePod(admin, tenant, registry.image), await makePod(admin, other, registry.image)] as const;

    await untilPod(admin, tenant, pods[0], 'Running');
    await untilPod(admin, other, pods[1], 'ErrImagePull', 'ImagePullBackOff');
  });

  async function namespaceOf(labels: Readonly<Record<string, string>>): Promise<string> {
    const namespace = await makeNamespace(fixture.cluster, 'node', labels);
    namespaces.push(namespace);
    return namespace;
  }

  function login(labels: Readonly<Record<string, string>>): { metadata: object; type: string; data: object } {
    const data = { username: encode(registry.username), password: encode(registry.password) };
    return { metadata: { name, labels }, type: 'kubernetes.io/basic-auth', data };
  }

  function credential(prefix: 'Cluster' | ''): object {
    return { apiVersion: 'regcred.dev/v1alpha1', kind: `${prefix}RegistryCredential`, metadata: { name } };
  }

  function spec(namespacesOf?: object): object {
    const auth = { basic: { secretRef: { name } } };
    const provider = { static: { registries: [{ prefix: registry.host }], auth } };
    return { provider, ...(namespacesOf && { namespaces: namespacesOf }) };
  }

  /** As a tenant's admin does: the operator may read the inputs of this namespace. */
  async function consent(namespace: string): Promise<void> {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'regcred-operator-inputs' };
    const subjects = [{ kind: 'ServiceAccount', name: 'regcred-operator', namespace: OPERATOR_NAMESPACE }];
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    await ok(admin.post(path, { metadata: { name: 'regcred-inputs' }, roleRef, subjects }));
  }

  async function untilAttached(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    const entries = async (): Promise<string> => JSON.stringify((await admin.get(path)).body['imagePullSecrets'] ?? []);
    await eventually(async () => (await entries()).includes('regcred-managed'), { timeoutMs: 30_000 }).catch(() => {
      throw new Error(`No entry in "${namespace}"; the operator says:\n${operator.log().slice(-4000)}`);
    });
  }

  async function pullSecretBytes(namespace: string): Promise<string> {
    return JSON.stringify((await ok(admin.get(`${secrets(namespace)}/regcred-managed`)))['data']);
  }
});

function secrets(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
