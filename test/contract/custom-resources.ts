// Contract: the two custom kinds, their schema, defaults, generation and status.
import assert from 'node:assert/strict';

import type { Body } from '../support/raw-client.ts';
import { causeFields, expectCode, unique, type Fixture } from './fixture.ts';

const GROUP = '/apis/regcred.dev/v1alpha1';
const PATH = `${GROUP}/clusterregistrycredentials`;

export function describeCustomResources(fixture: () => Fixture): void {
  describe('custom resources', () => {
    const names: string[] = [];
    after(async () => {
      for (const name of names) await fixture().admin.delete(`${PATH}/${name}`);
    });
    const create = async (spec: object = {}): Promise<Body> => {
      const name = unique('contract');
      names.push(name);
      return expectCode(await fixture().admin.post(PATH, credential(name, spec)), 201);
    };

    it('begin with generation 1, their defaults and the default status', async () => {
      const created = await create();

      assert.equal(created.apiVersion, 'regcred.dev/v1alpha1');
      assert.equal(created.kind, 'ClusterRegistryCredential');
      assert.equal(created.metadata.generation, 1);
      assert.equal(created.spec['secretName'], 'regcred-managed');
      assert.equal(created.spec['suspend'], false);
      assert.deepEqual(created.status, { observedGeneration: -1 });
    });

    it('count changes of the spec alone as generations', async () => {
      const { admin } = fixture();
      const path = `${PATH}/${(await create()).metadata.name}`;

      const labelled = expectCode(await admin.merge(path, { metadata: { labels: { a: 'b' } } }), 200);
      const same = expectCode(await admin.merge(path, { spec: { suspend: false } }), 200);
      const reported = expectCode(await admin.merge(`${path}/status`, { status: { observedGeneration: 1 } }), 200);
      const changed = expectCode(await admin.merge(path, { spec: { suspend: true } }), 200);

      assert.deepEqual(
        [labelled, same, reported, changed].map(({ metadata }) => metadata.generation),
        [1, 1, 1, 2],
      );
    });

    it('keep status and the rest apart', async () => {
      const { admin } = fixture();
      const path = `${PATH}/${(await create()).metadata.name}`;
      const both = { status: { observedGeneration: 7 }, spec: { suspend: true }, metadata: { labels: { a: 'b' } } };

      const main = expectCode(await admin.merge(path, { ...both, metadata: {} }), 200);
      const status = expectCode(await admin.merge(`${path}/status`, { ...both, spec: { suspend: false } }), 200);

      assert.equal(main.spec['suspend'], true);
      assert.deepEqual(main.status, { observedGeneration: -1 });
      assert.equal(status.spec['suspend'], true);
      assert.deepEqual(status.status, { observedGeneration: 7 });
      assert.equal(status.metadata.labels, undefined);
    });

    it('take a status only of the version that was read', async () => {
      const { admin } = fixture();
      const { metadata } = await create();
      const path = `${PATH}/${metadata.name}`;
      const { uid, resourceVersion } = metadata;
      expectCode(await admin.merge(path, { spec: { suspend: true } }), 200);

      const refused = await admin.merge(`${path}/status`, { metadata: { uid, resourceVersion }, status: {} });

      assert.equal(expectCode(refused, 409).reason, 'Conflict');
      assert.deepEqual(refused.body.details, {
        name: metadata.name,
        group: 'regcred.dev',
        kind: 'clusterregistrycredentials',
      });
    });

    it('lose fields that the schema does not know, or are refused where that was asked for', async () => {
      const { admin } = fixture();

      const created = await create({ unheard: 1 });
      const strict = await admin.post(`${PATH}?fieldValidation=Strict`, credential(unique('contract'), { unheard: 1 }));

      assert.equal(created.spec['unheard'], undefined);
      assert.equal(expectCode(strict, 400).reason, 'BadRequest');
      assert.match(strict.body.message, /unknown field "spec\.unheard"/);
    });

    it('that break a rule are refused with its message and field', async () => {
      const refused = await fixture().admin.post(PATH, credential(unique('contract'), { provider: {} }));

      assert.equal(expectCode(refused, 422).reason, 'Invalid');
      assert.deepEqual(causeFields(refused), ['spec.provider']);
      assert.match(refused.body.message, /must set exactly one of/);
    });

    it('are not replaced without their version', async () => {
      const { admin } = fixture();
      const created = await create();
      const path = `${PATH}/${created.metadata.name}`;

      const refused = await admin.put(path, credential(created.metadata.name));
      const replaced = await admin.put(path, { ...created, spec: { ...created.spec, suspend: true } });

      expectCode(refused, 422);
      assert.deepEqual(causeFields(refused), ['metadata.resourceVersion']);
      assert.equal(expectCode(replaced, 200).metadata.generation, 2);
    });

    it('name their type in lists', async () => {
      const { metadata } = await create();

      const list = expectCode(await fixture().admin.get(`${PATH}?fieldSelector=metadata.name=${metadata.name}`), 200);

      assert.equal(list.kind, 'ClusterRegistryCredentialList');
      assert.equal(list.items[0]!.kind, 'ClusterRegistryCredential');
      assert.equal(list.items[0]!.apiVersion, 'regcred.dev/v1alpha1');
    });

    it('that are absent answer 404 with group and name', async () => {
      const refused = expectCode(await fixture().admin.get(`${PATH}/absent`), 404);

      assert.equal(refused.message, 'clusterregistrycredentials.regcred.dev "absent" not found');
      assert.deepEqual(refused.details, { name: 'absent', group: 'regcred.dev', kind: 'clusterregistrycredentials' });
    });

    it('need their type in the body', async () => {
      const { apiVersion: _version, kind: _kind, ...untyped } = credential(unique('contract'));

      expectCode(await fixture().admin.post(PATH, untyped), 400);
    });

    for (const path of [
      `${GROUP}/unheardof`,
      `${GROUP}/namespaces/default/unheardof/x`,
      '/apis/unheard.example/v1/things/x',
    ]) {
      it(`of a kind that is not served answer a bare 404: ${path}`, async () => {
        const answer = await fixture().admin.get(path);

        assert.equal(answer.code, 404);
        assert.equal(answer.text, '404 page not found\n');
      });
    }
  });
}

interface Credential {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

function credential(name: string, spec: object = {}): Credential {
  const provider = { static: { auth: { dockerConfig: { secretRef: { name: 'contract' } } } } };
  return {
    apiVersion: 'regcred.dev/v1alpha1',
    kind: 'ClusterRegistryCredential',
    metadata: { name },
    spec: { provider, namespaces: { names: ['contract-selects-nothing'] }, ...spec },
  };
}
