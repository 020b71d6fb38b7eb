// Contract: the documents that clients look at first.
import assert from 'node:assert/strict';

import type { Body } from '../support/raw-client.ts';
import { expectCode, type Fixture } from './fixture.ts';

interface Described {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
}

export function describeDiscovery(fixture: () => Fixture): void {
  describe('discovery', () => {
    it('tells the version and health', async () => {
      const { admin } = fixture();

      const version = expectCode(await admin.get('/version'), 200);
      const health = await admin.get('/healthz');

      assert.equal(version['major'], '1');
      assert.match(String(version['gitVersion']), /^v1\.\d+\./);
      assert.deepEqual([health.code, health.text], [200, 'ok']);
    });

    it('lists groups, versions and kinds', async () => {
      const { admin } = fixture();

      const groups = expectCode(await admin.get('/apis'), 200)['groups'] as readonly { readonly name: string }[];
      const own = expectCode(await admin.get('/apis/regcred.dev'), 200);
      const core = resourcesOf(expectCode(await admin.get('/api/v1'), 200));
      const kinds = resourcesOf(expectCode(await admin.get('/apis/regcred.dev/v1alpha1'), 200));

      assert.ok(groups.some(({ name }) => name === 'coordination.k8s.io'));
      assert.deepEqual(own['preferredVersion'], { groupVersion: 'regcred.dev/v1alpha1', version: 'v1alpha1' });
      assert.equal(core.get('secrets')?.kind, 'Secret');
      assert.equal(core.get('namespaces')?.namespaced, false);
      assert.deepEqual(kinds.get('clusterregistrycredentials')?.shortNames, ['cregcred']);
      assert.equal(kinds.get('registrycredentials/status')?.kind, 'RegistryCredential');
    });

    it('answers a resource that the core group has not with a Status', async () => {
      const refused = expectCode(await fixture().admin.get('/api/v1/unheardof'), 404);

      assert.equal(refused.message, 'the server could not find the requested resource');
      assert.equal(refused.details.name, undefined);
    });
  });
}

function resourcesOf(document: Body): Map<string, Described> {
  return new Map((document['resources'] as readonly Described[]).map((resource) => [resource.name, resource]));
}
