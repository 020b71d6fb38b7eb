// An existing cluster (KUBECONFIG_E2E) in the shape of our own control plane: one server, one authority, one admin token.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { findKubectl } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';

const ADMIN = 'regcred-e2e-admin';

/** Whatever way the kubeconfig logs in, the tests use the token of a cluster-admin ServiceAccount, which stop() removes. */
export async function openExistingCluster(kubeconfig: string): Promise<ControlPlane> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`Cannot use KUBECONFIG_E2E "${kubeconfig}": it has no current context`);
  const call = await caller(config, cluster.server);
  const folder = mkdtempSync(join(tmpdir(), 'regcred-e2e-'));
  const access = {
    server: cluster.server,
    ca: Buffer.from(cluster.caData ?? '', 'base64').toString(),
    tokens: { admin: await makeAdmin(call) },
    folder,
    kubectl: await findKubectl(),
  };
  const stop = async (): Promise<void> => {
    await call('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${ADMIN}`);
    await call('DELETE', `/api/v1/namespaces/kube-system/serviceaccounts/${ADMIN}`);
    rmSync(folder, { recursive: true, force: true });
  };
  return { access, stop };
}

type Call = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

async function caller(config: KubeConfig, server: string): Promise<Call> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, server), { ...options, method }, (response) => {
        json(response).then((answer) => resolve(answer as Record<string, unknown>), reject);
      });
      sent.setHeader('content-type', 'application/json');
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
}

async function makeAdmin(call: Call): Promise<string> {
  const metadata = { name: ADMIN };
  await call('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { metadata });
  await call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: ADMIN, namespace: 'kube-system' }],
  });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 14_400 } };
  const answer = await call('POST', `/api/v1/namespaces/kube-system/serviceaccounts/${ADMIN}/token`, request);
  const { token } = (answer['status'] ?? {}) as { token?: string };
  if (token === undefined) throw new Error(`Cannot become admin of the existing cluster: ${String(answer['message'])}`);
  return token;
}
