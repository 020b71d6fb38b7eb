// The two kinds on a real API server: what the table of objects says of the CRDs in process must be true here, too.
import assert from 'node:assert/strict';
import { badObjects, clusterObject, basicSpec, goodObjects, tenantObject, unknownFields } from '../test/api/objects.ts';
import type { ApiObject } from '../test/api/objects.ts';
import { ok } from './support/api.ts';
import type { ApiAnswer } from './support/api.ts';
import { sharedCluster } from './support/cluster.ts';
import type { Cluster } from './support/cluster.ts';
import { kubectl } from './support/install.ts';
import { deleteNamespace, makeNamespace } from './support/namespaces.ts';

const CRDS = ['clusterregistrycredentials', 'registrycredentials'] as const;

describe('The CRDs on a real API server', () => {
  let cluster: Cluster;
  let namespace: string;

  before(async () => {
    cluster = sharedCluster();
    namespace = await makeNamespace(cluster, 'crds');
  });
  after(async () => {
    await deleteNamespace(cluster, namespace);
    cluster.admin.close();
  });

  for (const plural of CRDS) {
    it(`${plural} is established, its rules within the cost that the server allows, its schema structural`, async () => {
      const crd = await ok(
        cluster.admin.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.regcred.dev`),
      );
      const { conditions } = crd['status'] as { conditions: { type: string; status: string }[] };

      const trueOnes = conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
      assert.deepEqual(trueOnes.sort(), ['Established', 'NamesAccepted']);
    });

    it(`kubectl explain tells what each field of ${plural} means`, () => {
      const text = kubectl(cluster, 'explain', `${plural}.regcred.dev`, '--recursive=false');
      const spec = kubectl(cluster, 'explain', `${plural}.regcred.dev.spec`);

      assert.match(text, /DESCRIPTION:\n +\S/);
      assert.doesNotMatch(spec, /<no description>/);
      for (const field of ['provider', 'secretName', 'conflictPolicy', 'deletionPolicy'])
        assert.match(spec, new RegExp(field));
    });
  }

  describe('accepts the examples', () => {
    for (const { title, object } of goodObjects) {
      it(title, async () => {
        const stored = await create(object, '?fieldValidation=Strict');

        assert.equal(stored.status, 201, stored.message);
        assert.deepEqual((stored.body['status'] as { observedGeneration?: number }).observedGeneration, -1);
        await ok(cluster.admin.delete(`${pathOf(object)}/${object.metadata.name}`));
      });
    }
  });

  describe('refuses', () => {
    for (const { title, object, says } of badObjects) {
      it(title, async () => {
        const { status, message } = await create(object, '?dryRun=All');

        assert.equal(status, 422, message);
        for (const part of says)
          assert.ok(message.includes(part), `${JSON.stringify(part)} is not in: ${message.slice(0, 2000)}`);
      });
    }
  });

  describe('knows no such field', () => {
    for (const { title, object, field } of unknownFields) {
      it(title, async () => {
        const strict = await create(object, '?dryRun=All&fieldValidation=Strict');
        const pruned = await create(object, '?dryRun=All&fieldValidation=Ignore');

        assert.equal(strict.status, 400, strict.message);
        assert.match(strict.message, new RegExp(`unknown field "${field.replaceAll('.', '[.]')}"`));
        assert.doesNotMatch(JSON.stringify(pruned.body['spec'] ?? {}), new RegExp(`"${field.split('.').at(-1)!}"`));
      });
    }
  });

  it('lists credentials by their short names, with the columns that matter', async () => {
    const names = { tenant: tenantObject(basicSpec('ghcr.io'), 'columns'), platform: platformObject() };
    for (const object of Object.values(names)) assert.equal((await create(object)).status, 201);

    const tenants = kubectl(cluster, 'get', 'regcred', '-n', namespace);
    const platforms = kubectl(cluster, 'get', 'cregcred', 'columns');
    const both = kubectl(cluster, 'get', 'regcreds', '-n', namespace);

    for (const table of [tenants, platforms]) {
      assert.match(table, /^NAME +READY +REASON +PROVIDER +EXPIRES +NAMESPACES +AGE\n/);
    }
    assert.match(both, /clusterregistrycredential\.regcred\.dev\/columns[^]*registrycredential\.regcred\.dev\/columns/);
    for (const object of Object.values(names)) await ok(cluster.admin.delete(`${pathOf(object)}/columns`));
  });

  it('keeps what users may not write in status: the main resource ignores it', async () => {
    const object = { ...tenantObject(basicSpec('ghcr.io'), 'status'), status: { provider: 'forged' } };

    const stored = await create(object);

    assert.deepEqual(stored.body['status'], { observedGeneration: -1 });
    await ok(cluster.admin.delete(`${pathOf(object)}/status`));
  });

  function create(object: ApiObject, query = ''): Promise<ApiAnswer> {
    const inNamespace = object.kind === 'RegistryCredential' ? { namespace } : {};
    return cluster.admin.post(`${pathOf(object)}${query}`, {
      ...object,
      metadata: { ...object.metadata, ...inNamespace },
    });
  }

  function pathOf({ kind }: ApiObject): string {
    const base = '/apis/regcred.dev/v1alpha1';
    if (kind === 'ClusterRegistryCredential') return `${base}/clusterregistrycredentials`;
    return `${base}/namespaces/${namespace}/registrycredentials`;
  }
});

function platformObject(): ApiObject {
  return clusterObject(basicSpec('ghcr.io', { namespaces: { names: ['nobody'] } }), 'columns');
}
