import assert from 'node:assert/strict';
import { createStore } from '../../src/kube/store.ts';
import { credentialStore } from '../../src/reconcile/credential-store.ts';
import type { Credential } from '../../src/reconcile/credential.ts';
import { clusterCredential, tenantCredential } from '../support/gen.ts';

function stores() {
  const [clusterKind, namespacedKind] = [createStore<Credential>(), createStore<Credential>()];
  return { clusterKind, namespacedKind, both: credentialStore(clusterKind, namespacedKind) };
}

describe('credentialStore', () => {
  it('finds either kind by its credential key, also where the names are equal', () => {
    const { clusterKind, namespacedKind, both } = stores();
    const [ofCluster, ofTenant] = [clusterCredential(), tenantCredential()];
    clusterKind.put(ofCluster);
    namespacedKind.put(ofTenant);

    assert.equal(both.get('ClusterRegistryCredential/main'), ofCluster);
    assert.equal(both.get('RegistryCredential/team-a/main'), ofTenant);
    assert.equal(both.get('RegistryCredential/team-b/main'), undefined);
    assert.equal(both.size, 2);
    assert.deepEqual([...both.values()], [ofCluster, ofTenant]);
  });

  it('keeps the cluster kind in namespace ""', () => {
    const { clusterKind, namespacedKind, both } = stores();
    const [ofCluster, ofTenant] = [clusterCredential(), tenantCredential()];
    clusterKind.put(ofCluster);
    namespacedKind.put(ofTenant);

    assert.deepEqual(both.inNamespace(''), [ofCluster]);
    assert.deepEqual(both.inNamespace('team-a'), [ofTenant]);
    assert.deepEqual(both.inNamespace('team-b'), []);
  });

  it('is synced when both are', () => {
    const { clusterKind, namespacedKind, both } = stores();

    clusterKind.replace([]);
    assert.equal(both.synced, false);
    namespacedKind.replace([]);
    assert.equal(both.synced, true);
  });
});
