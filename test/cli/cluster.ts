// An embedded API server for command tests, with a kubeconfig for each user, and an admin who puts objects in.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { pathOf } from '../../src/kube/paths.ts';
import { startApiServer } from '../../src/sandbox/api-server.ts';
import type { ApiServer, ApiServerOptions } from '../../src/sandbox/api-server.ts';
import type { Rule } from '../../src/sandbox/rbac.ts';
import { rawClient } from '../support/raw-client.ts';
import type { RawAnswer, RawClient } from '../support/raw-client.ts';

export interface TestCluster {
  readonly api: ApiServer;
  readonly admin: RawClient;
  /** Path of a kubeconfig of an admin, or of a user with these rules only. */
  kubeconfig(rules?: readonly Rule[]): string;
  /** Creates an object; its status is written too. Answers the object as stored. */
  put(resource: Resource, object: TestObject): Promise<KubeObject>;
  get(resource: Resource, namespace: string | undefined, name: string): Promise<RawAnswer>;
  stop(): Promise<void>;
}

export interface TestObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

export async function startCluster(options: ApiServerOptions = {}): Promise<TestCluster> {
  const api = await startApiServer(options);
  const folder = mkdtempSync(join(tmpdir(), 'regcred-test-'));
  const admin = rawClient({ url: api.url, token: api.adminToken });
  return {
    api,
    admin,
    kubeconfig(rules) {
      if (!rules) return writeKubeconfig(folder, api.url, api.adminToken);
      const token = `token-${String(Math.random()).slice(2)}`;
      api.addUser({ token, name: 'somebody', rules });
      return writeKubeconfig(folder, api.url, token);
    },
    async put(resource, object) {
      const { namespace, name } = object.metadata;
      const created = await admin.post(pathOf({ resource, namespace }), named(resource, object));
      if (created.code !== 201) throw new Error(`Cannot create ${name}: ${created.text}`);
      if (object.status === undefined) return created.body;
      const path = pathOf({ resource, namespace, name, subresource: 'status' });
      const patched = await admin.merge(path, { status: object.status });
      if (patched.code !== 200) throw new Error(`Cannot write the status of ${name}: ${patched.text}`);
      return patched.body;
    },
    get: (resource, namespace, name) => admin.get(pathOf({ resource, namespace, name })),
    async stop() {
      admin.close();
      await api.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function writeKubeconfig(folder: string, server: string, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  const file = join(folder, `${token}.yaml`);
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  return file;
}

function named({ group, version, kind }: Resource, object: TestObject): object {
  const { status: _status, ...rest } = object;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...rest };
}
