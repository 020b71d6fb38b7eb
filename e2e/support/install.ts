// Installs the manifests as a user does, and says when they are in force.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../test/support/eventually.ts';
import type { Api } from './api.ts';
import type { Cluster } from './cluster.ts';

export const OPERATOR_NAMESPACE = 'regcred-system';
export const OPERATOR_SERVICE_ACCOUNT = 'regcred-operator';
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_SERVICE_ACCOUNT}`;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `kubectl apply -k manifests`, as often as one likes; returns when the kinds are served and the fence is active. */
export async function install(cluster: Cluster): Promise<void> {
  kubectl(cluster, 'apply', '-k', 'manifests');
  // Where Deployments run, the one under test must be the only operator.
  kubectl(cluster, 'scale', 'deployment/regcred-operator', `--namespace=${OPERATOR_NAMESPACE}`, '--replicas=0');
  const operator = cluster.as(await operatorToken(cluster));
  await eventually(() => areKindsServed(cluster.admin), { timeoutMs: 60_000, everyMs: 100 });
  await eventually(() => isFenceActive(operator), { timeoutMs: 60_000, everyMs: 100 });
  operator.close();
}

/** The token with which the operator runs: its own ServiceAccount's, never an admin's. */
export function operatorToken(cluster: Cluster): Promise<string> {
  return cluster.tokenFor(OPERATOR_NAMESPACE, OPERATOR_SERVICE_ACCOUNT);
}

/** Runs kubectl as cluster-admin in the project's root and returns what it prints; throws with its words. */
export function kubectl(cluster: Cluster, ...args: readonly string[]): string {
  const kubeconfig = cluster.kubeconfig(cluster.adminToken);
  const { status, stdout, stderr } = spawnSync(cluster.access.kubectl, [`--kubeconfig=${kubeconfig}`, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return stdout;
}

async function areKindsServed(admin: Api): Promise<boolean> {
  const paths = ['registrycredentials', 'clusterregistrycredentials'].map(
    (plural) => `/apis/regcred.dev/v1alpha1/${plural}`,
  );
  const answers = await Promise.all(paths.map((path) => admin.get(path)));
  return answers.every(({ status }) => status === 200);
}

/** As the operator itself asks: each policy takes some seconds to become active, and until then the write would pass. */
async function isFenceActive(operator: Api): Promise<boolean> {
  const secret = { metadata: { name: 'regcred-managed' }, type: 'Opaque' };
  const [outside, home] = await Promise.all(
    ['default', OPERATOR_NAMESPACE].map((namespace) =>
      operator.post(`/api/v1/namespaces/${namespace}/secrets?dryRun=All`, secret),
    ),
  );
  const token = await operator.post(
    `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/default/token?dryRun=All`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['a', 'b'] } },
  );
  const account = await operator.patch('/api/v1/namespaces/default/serviceaccounts/default?dryRun=All', {
    metadata: { labels: { 'regcred.dev/probe': 'refused' } },
  });
  return [outside, home, token, account].every(
    (answer) => answer?.message.includes('ValidatingAdmissionPolicy') === true,
  );
}
