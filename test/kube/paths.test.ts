import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RESOURCE } from '../../src/api/names.ts';
import { describeRequest, pathOf } from '../../src/kube/paths.ts';

describe('paths', () => {
  it('of the core group and of others', () => {
    assert.equal(pathOf({ resource: RESOURCE.secrets }), '/api/v1/secrets');
    assert.equal(pathOf({ resource: RESOURCE.namespaces, name: 'a' }), '/api/v1/namespaces/a');
    assert.equal(
      pathOf({ resource: RESOURCE.registryCredentials, namespace: 'n', name: 'a', subresource: 'status' }),
      '/apis/regcred.dev/v1alpha1/namespaces/n/registrycredentials/a/status',
    );
  });

  it('leave empty queries out and escape the others', () => {
    const query = { limit: 500, continue: undefined, fieldSelector: 'metadata.name=a&b', labelSelector: '' };

    assert.equal(
      pathOf({ resource: RESOURCE.secrets }, query),
      '/api/v1/secrets?limit=500&fieldSelector=metadata.name%3Da%26b',
    );
  });

  it('stay in their place whatever a name holds', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        fc.pre(name !== '.' && name !== '..' && name.isWellFormed());
        const path = pathOf({ resource: RESOURCE.secrets, namespace: 'team-a', name });
        const { pathname, search } = new URL(path, 'http://api.invalid');
        assert.equal(path, pathname + search);
        assert.equal(decodeURIComponent(pathname.slice('/api/v1/namespaces/team-a/secrets/'.length)), name);
      }),
    );
    for (const name of ['', '.', '..']) assert.throws(() => pathOf({ resource: RESOURCE.secrets, name }), RangeError);
  });

  it('are named in words', () => {
    const target = { resource: RESOURCE.secrets, namespace: 'team-a', name: 'regcred-managed' };

    assert.equal(describeRequest('patch', target), 'patch secrets "regcred-managed" in namespace "team-a"');
    assert.equal(describeRequest('list', { resource: RESOURCE.namespaces }), 'list namespaces');
    assert.equal(
      describeRequest('patch', { resource: RESOURCE.clusterRegistryCredentials, name: 'hub', subresource: 'status' }),
      'patch clusterregistrycredentials/status "hub"',
    );
  });
});
