// A static credential for a group, and its source Secret, which a rotation changes.
import { randomUUID } from 'node:crypto';
import { ok } from '../../e2e/support/api.ts';
import { OPERATOR_NAMESPACE } from '../../e2e/support/install.ts';
import type { Lab } from './lab.ts';
import { GROUP_LABEL } from './namespaces.ts';

export const SECRETS = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets`;
export const CREDENTIALS = '/apis/regcred.dev/v1alpha1/clusterregistrycredentials';

/** The source alone: nothing is written for it yet. */
export async function makeSource({ cluster: { admin } }: Lab, name: string): Promise<void> {
  const metadata = { name, labels: { 'regcred.dev/input': 'true' } };
  await ok(admin.post(SECRETS, { metadata, type: 'kubernetes.io/basic-auth', stringData: login() }));
}

/** Selects the namespaces of these groups. */
export async function makeCredential(
  { cluster: { admin } }: Lab,
  name: string,
  groups: readonly string[],
): Promise<void> {
  const provider = {
    static: { registries: [{ prefix: 'registry.example.com/team' }], auth: { basic: { secretRef: { name } } } },
  };
  const selector = { matchExpressions: [{ key: GROUP_LABEL, operator: 'In', values: groups }] };
  await ok(
    admin.post(CREDENTIALS, {
      apiVersion: 'regcred.dev/v1alpha1',
      kind: 'ClusterRegistryCredential',
      metadata: { name },
      spec: { provider, namespaces: { selector } },
    }),
  );
}

/** A new password. */
export async function rotate({ cluster: { admin } }: Lab, name: string): Promise<void> {
  await ok(admin.patch(`${SECRETS}/${name}`, { stringData: login() }));
}

/** Equally long each time. */
function login(): Record<string, string> {
  return { username: 'bench', password: randomUUID() };
}
