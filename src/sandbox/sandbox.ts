// The embedded default: an API server with its controllers and a registry on loopback, with the operator installed as its
// manifests install it.
import { randomUUID } from 'node:crypto';

import type { PermittedNames } from '../api/permitted-names.ts';
import type { Clock } from '../lib/clock.ts';
import { adminOf, type Admin } from './admin.ts';
import { startApiServer, type ApiServer } from './api-server.ts';
import { startRegistry, type Registry, type RegistryOptions } from './cloud/registry.ts';
import { startClusterControllers, type ControllerOptions } from './cluster-controllers.ts';
import { defaultInstall } from './default-install.ts';
import { pull, type PullResult } from './kubelet.ts';
import type { Access } from './loopback-client.ts';

export interface SandboxOptions {
  readonly tls?: boolean;
  readonly clock?: Clock;
  readonly operatorNamespace?: string;
  readonly secretNames?: PermittedNames;
  readonly serviceAccountNames?: PermittedNames;
  /** Default true, as in the install. */
  readonly hasFence?: boolean;
  readonly controllers?: ControllerOptions;
  readonly registry?: RegistryOptions;
  readonly bookmarkIntervalMs?: number;
}

export interface Sandbox {
  readonly apiServer: ApiServer;
  readonly registry: Registry;
  /** The operator's access: its own user, with the rights of the default install. */
  readonly operator: Required<Pick<Access, 'url' | 'token'>> & Pick<Access, 'ca'> & { readonly namespace: string };
  readonly adminAccess: Access;
  readonly admin: Admin;
  /** A kubeconfig as text (JSON, which is YAML), for the operator unless another access is given. */
  kubeconfig(access?: Access): string;
  /** Pulls an image of the sandbox's registry ("team/app:1") as a Pod in that namespace would. */
  pull(namespace: string, repository: string, serviceAccount?: string): Promise<PullResult>;
  stop(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { operatorNamespace = 'regcred-system', controllers } = options;
  const apiServer = await startApiServer(options);
  const registry = await startRegistry(options.registry);
  const running = startClusterControllers(apiServer.machinery, controllers);
  const adminAccess = accessOf(apiServer, apiServer.adminToken);
  const admin = adminOf(adminAccess);
  const token = installOperator(apiServer, { ...options, operatorNamespace });
  await admin.create('/api/v1/namespaces', { metadata: { name: operatorNamespace } });
  const operator = { ...accessOf(apiServer, token), token, namespace: operatorNamespace };
  return {
    apiServer,
    registry,
    operator,
    adminAccess,
    admin,
    kubeconfig: (access = operator) => kubeconfigFor(access),
    pull: (namespace, repository, serviceAccount) =>
      pullFrom({ registry, adminAccess }, { namespace, repository, serviceAccount }),
    stop: async () => {
      running.stop();
      await Promise.all([apiServer.stop(), registry.stop()]);
    },
  };
}

function installOperator(
  apiServer: ApiServer,
  options: SandboxOptions & { readonly operatorNamespace: string },
): string {
  const token = randomUUID();
  const { userName, rules, fence } = defaultInstall(options);
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${options.operatorNamespace}`];
  apiServer.addUser({ token, name: userName, groups, rules });
  if (options.hasFence ?? true) apiServer.addFence(fence);
  return token;
}

function accessOf({ url, ca }: ApiServer, token: string): Access {
  return { url, token, ...(ca === undefined ? {} : { ca }) };
}

interface PullTarget {
  readonly namespace: string;
  readonly repository: string;
  readonly serviceAccount: string | undefined;
}

function pullFrom(
  { registry, adminAccess }: Pick<Sandbox, 'registry' | 'adminAccess'>,
  target: PullTarget,
): Promise<PullResult> {
  const { namespace, repository, serviceAccount = 'default' } = target;
  const registries = {
    [registry.host]: { url: registry.url, ...(registry.ca === undefined ? {} : { ca: registry.ca }) },
  };
  return pull({
    apiServer: adminAccess,
    namespace,
    serviceAccount,
    image: `${registry.host}/${repository}`,
    registries,
  });
}

function kubeconfigFor({ url, token, ca }: Access): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: url, ...authority } }],
    users: [{ name: 'sandbox', user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox' } }],
    'current-context': 'sandbox',
  };
  return JSON.stringify(config, null, 2);
}
