import assert from 'node:assert/strict';

import { requestInfo } from '../../src/sandbox/request-info.ts';

describe('requestInfo', () => {
  const core = { group: '', version: 'v1' };
  const own = { group: 'regcred.dev', version: 'v1alpha1' };

  for (const [method, path, expected] of [
    ['GET', '/api/v1/secrets', { verb: 'list', ...core, plural: 'secrets' }],
    ['GET', '/api/v1/namespaces/a/secrets', { verb: 'list', ...core, plural: 'secrets', namespace: 'a' }],
    ['GET', '/api/v1/namespaces/a/secrets/b', { verb: 'get', ...core, plural: 'secrets', namespace: 'a', name: 'b' }],
    ['GET', '/api/v1/secrets?watch=1', { verb: 'watch', ...core, plural: 'secrets' }],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Db', { verb: 'list', ...core, plural: 'secrets', name: 'b' }],
    ['POST', '/api/v1/namespaces/a/secrets', { verb: 'create', ...core, plural: 'secrets', namespace: 'a' }],
    [
      'DELETE',
      '/api/v1/namespaces/a/secrets',
      { verb: 'deletecollection', ...core, plural: 'secrets', namespace: 'a' },
    ],
    ['DELETE', '/api/v1/namespaces/a', { verb: 'delete', ...core, plural: 'namespaces', namespace: 'a', name: 'a' }],
    [
      'PATCH',
      '/api/v1/namespaces/a/status',
      { verb: 'patch', ...core, plural: 'namespaces', namespace: 'a', name: 'a', subresource: 'status' },
    ],
    [
      'PUT',
      '/apis/regcred.dev/v1alpha1/clusterregistrycredentials/x/status',
      { verb: 'update', ...own, plural: 'clusterregistrycredentials', name: 'x', subresource: 'status' },
    ],
    ['GET', '/api', undefined],
    ['GET', '/apis/regcred.dev/v1alpha1', undefined],
    ['GET', '/healthz', undefined],
  ] as const) {
    it(`reads ${method} ${path}`, () => {
      assert.deepEqual(requestInfo(method, new URL(path, 'http://loopback')), expected);
    });
  }
});
