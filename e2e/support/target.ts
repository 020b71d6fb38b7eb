// Where a journey plays on the real control plane: the operator in this process, as its own ServiceAccount, never as admin.
import type { PermittedNames } from '../../src/api/permitted-names.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { OpenTarget } from '../../test/support/target.ts';
import { ok } from './api.ts';
import { sharedCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { OPERATOR_NAMESPACE, OPERATOR_SERVICE_ACCOUNT, kubectl, operatorToken } from './install.ts';
import { deleteNamespace, makeNamespace } from './namespaces.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const INPUTS_ROLE = 'regcred-operator-inputs';
const OPERATOR = { kind: 'ServiceAccount', name: OPERATOR_SERVICE_ACCOUNT, namespace: OPERATOR_NAMESPACE };

/** The shared control plane with the manifests in place; names beyond the default install are permitted until stop(). */
export const openReal: OpenTarget = async ({ secretNames, serviceAccountNames } = {}) => {
  const cluster = sharedCluster();
  const { server: url, ca } = cluster;
  const token = await operatorToken(cluster);
  const undo: (() => Promise<void>)[] = [];
  if (secretNames !== undefined) undo.push(await permitSecretNames(cluster, token, secretNames));
  if (serviceAccountNames !== undefined) undo.push(await permitServiceAccountNames(cluster, serviceAccountNames));
  return {
    admin: { url, ca, token: cluster.adminToken },
    operator: { url, ca, token },
    namespace: OPERATOR_NAMESPACE,
    grantInputs: (namespace) => grantInputs(cluster, token, namespace),
    stop: async () => {
      for (const one of undo) await one();
      cluster.admin.close();
    },
  };
};

/** A second installation beside the first, with its own namespace and ServiceAccount; the fence is not around its user. */
export const openSecondInstallation: OpenTarget = async () => {
  const cluster = sharedCluster();
  const { server: url, ca, admin } = cluster;
  const name = await makeNamespace(cluster, 'regcred-second');
  const subjects = [{ ...OPERATOR, namespace: name }];
  const bindings = `${RBAC}/clusterrolebindings`;
  await ok(admin.post(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: OPERATOR.name } }));
  for (const role of ['pull-secrets', 'service-accounts', 'credentials']) {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `regcred-operator-${role}` };
    await ok(admin.post(bindings, { metadata: { name: `${name}-${role}` }, roleRef, subjects }));
  }
  const home = `${RBAC}/namespaces/${name}`;
  const { rules } = await ok(admin.get(`${RBAC}/namespaces/${OPERATOR_NAMESPACE}/roles/${OPERATOR.name}`));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: OPERATOR.name };
  await ok(admin.post(`${home}/roles`, { metadata: { name: OPERATOR.name }, rules }));
  await ok(admin.post(`${home}/rolebindings`, { metadata: { name: OPERATOR.name }, roleRef, subjects }));
  const token = await cluster.tokenFor(name, OPERATOR.name);
  return {
    admin: { url, ca, token: cluster.adminToken },
    operator: { url, ca, token },
    namespace: name,
    grantInputs: () => Promise.reject(new Error('nobody consents to the second installation')),
    stop: async () => {
      for (const role of ['pull-secrets', 'service-accounts', 'credentials'])
        await admin.delete(`${bindings}/${name}-${role}`);
      await deleteNamespace(cluster, name);
      admin.close();
    },
  };
};

/** As an admin of that namespace does it; the binding goes with the namespace. */
async function grantInputs(cluster: Cluster, token: string, namespace: string): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: INPUTS_ROLE };
  const binding = { metadata: { name: INPUTS_ROLE }, roleRef, subjects: [OPERATOR] };
  await ok(cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, binding));
  const operator = cluster.as(token);
  await eventually(async () => (await operator.get(`/api/v1/namespaces/${namespace}/secrets/none`)).status === 404);
  operator.close();
}

/** What the comment in manifests/rbac.yaml tells a user to change: the role, and the names in the fence. */
async function permitSecretNames(cluster: Cluster, token: string, names: PermittedNames): Promise<() => Promise<void>> {
  const revoke = await addRole(cluster, 'regcred-e2e-secret-names', 'secrets', names, [
    ...['get', 'list', 'watch', 'patch', 'update', 'delete'],
  ]);
  const permitted =
    names === '*' ? 'true' : `variables.secret.metadata.name in [${names.map((name) => `'${name}'`).join(', ')}]`;
  for (const policy of ['regcred-operator-pull-secrets', 'regcred-operator-home-secrets']) {
    const found = await ok(cluster.admin.get(`${POLICIES}/${policy}`));
    const text = JSON.stringify(found).replaceAll("variables.secret.metadata.name in ['regcred-managed']", permitted);
    await ok(cluster.admin.put(`${POLICIES}/${policy}`, JSON.parse(text) as object));
  }
  const operator = cluster.as(token);
  const secret = {
    metadata: { name: names === '*' ? 'any' : names.at(-1), annotations: { 'regcred.dev/managed': 'probe' } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
  };
  const isPassed = async (): Promise<boolean> =>
    (await operator.post('/api/v1/namespaces/default/secrets?dryRun=All', secret)).status === 201;
  await eventually(isPassed, { timeoutMs: 60_000, everyMs: 100 });
  operator.close();
  return async () => {
    kubectl(cluster, 'apply', '-f', 'manifests/fence.yaml');
    await revoke();
  };
}

function permitServiceAccountNames(cluster: Cluster, names: PermittedNames): Promise<() => Promise<void>> {
  const verbs = ['get', 'list', 'watch', 'patch'];
  return addRole(cluster, 'regcred-e2e-service-account-names', 'serviceaccounts', names, verbs);
}

/** A ClusterRole of the operator's, in force when this returns; the answer takes it away. */
async function addRole(
  cluster: Cluster,
  name: string,
  resource: string,
  names: PermittedNames,
  verbs: readonly string[],
): Promise<() => Promise<void>> {
  const rule = { apiGroups: [''], resources: [resource], verbs, ...(names === '*' ? {} : { resourceNames: names }) };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  await ok(cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules: [rule] }));
  await ok(cluster.admin.post(`${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef, subjects: [OPERATOR] }));
  const operator = cluster.as(await operatorToken(cluster));
  const one = names === '*' ? 'any' : names.at(-1);
  await eventually(async () => (await operator.get(`/api/v1/namespaces/default/${resource}/${one}`)).status !== 403);
  operator.close();
  return async () => {
    await cluster.admin.delete(`${RBAC}/clusterrolebindings/${name}`);
    await cluster.admin.delete(`${RBAC}/clusterroles/${name}`);
  };
}
