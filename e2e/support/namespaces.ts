// Namespaces for tests: each test has its own, and none waits for another's.
import { randomUUID } from 'node:crypto';
import { eventually } from '../../test/support/eventually.ts';
import { ok } from './api.ts';
import type { Cluster } from './cluster.ts';

/** Makes a namespace with a name nobody has, and waits for its `default` ServiceAccount. */
export async function makeNamespace(
  { admin }: Cluster,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  await ok(admin.post('/api/v1/namespaces', { metadata: { name, labels } }));
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await eventually(async () => (await admin.get(account)).status === 200);
  return name;
}

/** Asks for the deletion of a namespace; the controller manager does it in its own time. */
export async function deleteNamespace({ admin }: Cluster, name: string): Promise<void> {
  await admin.delete(`/api/v1/namespaces/${name}`);
}
