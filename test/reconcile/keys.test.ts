import assert from 'node:assert/strict';
import { credentialKey, displayName, parseCredentialKey } from '../../src/reconcile/keys.ts';

describe('queue keys', () => {
  const cluster = { kind: 'ClusterRegistryCredential', namespace: undefined, name: 'main' } as const;
  const tenant = { kind: 'RegistryCredential', namespace: 'team-a', name: 'main.v2' } as const;

  it('spell a credential so that it can be read back', () => {
    assert.equal(credentialKey(cluster), 'ClusterRegistryCredential/main');
    assert.equal(credentialKey(tenant), 'RegistryCredential/team-a/main.v2');
    for (const name of [cluster, tenant]) assert.deepEqual(parseCredentialKey(credentialKey(name)), name);
  });

  it('differ for the same name in the two kinds', () => {
    assert.notEqual(credentialKey({ ...tenant, kind: 'ClusterRegistryCredential' }), credentialKey(tenant));
  });

  it('have a short form for people', () => {
    assert.equal(displayName(tenant), 'RegistryCredential/main.v2');
  });
});
