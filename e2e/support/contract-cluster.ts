// The real control plane as the contract suite wants it: users with few rights, quotas, and an etcd that forgets.
import { eventually } from '../../test/support/eventually.ts';
import { unique } from '../../test/contract/fixture.ts';
import type { ContractCluster, ContractRule, ContractUser } from '../../test/contract/fixture.ts';
import { ok } from './api.ts';
import type { ApiObject } from './api.ts';
import { sharedCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER, install, operatorToken } from './install.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Opens the shared cluster; what only our own control plane can do is absent on an existing one. */
export async function openContractCluster(): Promise<ContractCluster> {
  const cluster = sharedCluster();
  await install(cluster);
  const made: string[] = [];
  const { etcd } = cluster.access;
  return {
    access: accessOf(cluster, cluster.adminToken),
    operator: {
      access: accessOf(cluster, await operatorToken(cluster)),
      name: OPERATOR_USER,
      namespace: OPERATOR_NAMESPACE,
    },
    addUser: (rules) => addUser(cluster, rules, made),
    setSecretQuota: (namespace, limit) => setSecretQuota(cluster, namespace, limit),
    tooOldVersion: () => Promise.resolve('1'),
    ...(etcd !== undefined && { expireContinueTokens: () => compact(cluster, etcd) }),
    close: async () => {
      for (const path of made) await cluster.admin.delete(path);
      cluster.admin.close();
    },
  };
}

function accessOf({ server, ca }: Cluster, token: string): ContractUser['access'] {
  return { url: server, ca, token };
}

/** A ServiceAccount is a user whom one can make at any time. */
async function addUser(cluster: Cluster, rules: readonly ContractRule[], made: string[]): Promise<ContractUser> {
  const name = unique('contract-user');
  const make = async (path: string, body: object): Promise<void> => {
    await ok(cluster.admin.post(path, body));
    made.push(`${path}/${name}`);
  };
  const grant = async (
    scope: string,
    kind: 'Role' | 'ClusterRole',
    granted: readonly ContractRule[],
  ): Promise<void> => {
    const plural = `${kind.toLowerCase()}s`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
    const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
    const bare = granted.map(({ namespaces: _namespaces, ...rule }) => rule);
    await make(`${RBAC}${scope}/${plural}`, { metadata: { name }, rules: bare });
    await make(`${RBAC}${scope}/${plural.replace('roles', 'rolebindings')}`, { metadata: { name }, roleRef, subjects });
  };
  await make('/api/v1/namespaces/default/serviceaccounts', { metadata: { name } });
  await grant('', 'ClusterRole', [...rules.filter(({ namespaces }) => namespaces === undefined), IN_FORCE]);
  for (const namespace of new Set(rules.flatMap(({ namespaces = [] }) => namespaces))) {
    const there = rules.filter(({ namespaces }) => namespaces?.includes(namespace));
    await grant(`/namespaces/${namespace}`, 'Role', there);
  }
  const token = await cluster.tokenFor('default', name);
  await untilInForce(cluster, token);
  return { access: accessOf(cluster, token), name: `system:serviceaccount:default:${name}` };
}

/** A right that nobody uses and nobody else has: once it is seen, the authorizer knows the rest as well. */
const IN_FORCE = { apiGroups: ['contract.regcred.dev'], resources: ['probes'], verbs: ['get'] };

async function untilInForce(cluster: Cluster, token: string): Promise<void> {
  const user = cluster.as(token);
  const attributes = { group: 'contract.regcred.dev', resource: 'probes', verb: 'get' };
  const review = { spec: { resourceAttributes: attributes } };
  await eventually(async () => {
    const answer = await ok(user.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review));
    return (answer['status'] as { allowed: boolean }).allowed;
  });
  user.close();
}

async function setSecretQuota({ admin }: Cluster, namespace: string, limit: number): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const hard = { 'count/secrets': String(limit) };
  await ok(admin.post(path, { metadata: { name: 'contract' }, spec: { hard } }));
  const isCounted = ({ status }: ApiObject): boolean =>
    (status as { used?: Record<string, string> } | undefined)?.used?.['count/secrets'] !== undefined;
  await eventually(async () => isCounted(await ok(admin.get(`${path}/contract`))), { timeoutMs: 60_000, everyMs: 100 });
}

/**
 * What the API server does to etcd every five minutes, now. Its watch cache keeps pages of its own, and looks only every 15 s for
 * a compaction: a probing list tells when it has seen this one.
 */
async function compact(cluster: Cluster, etcd: string): Promise<void> {
  const { admin } = cluster;
  const page = await ok(admin.get('/api/v1/secrets?limit=1'));
  await ok(admin.post('/api/v1/namespaces/default/secrets', { metadata: { name: unique('newer') } }));
  const key = encode('compact_rev_key');
  const { header } = (await callEtcd(etcd, 'range', { key })) as { header: { revision: string } };
  await callEtcd(etcd, 'put', { key, value: encode(header.revision) });
  await callEtcd(etcd, 'compaction', { revision: header.revision, physical: true });
  const next = `/api/v1/secrets?limit=1&continue=${String(page.metadata?.['continue'])}`;
  await eventually(async () => (await admin.get(next)).status === 410, { timeoutMs: 60_000, everyMs: 500 });
}

async function callEtcd(etcd: string, call: string, body: object): Promise<unknown> {
  const answer = await fetch(`${etcd}/v3/kv/${call}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd refuses ${call}: ${await answer.text()}`);
  return answer.json();
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
