import assert from 'node:assert/strict';

import { authorize, authorizePath, ANONYMOUS, MASTERS_GROUP, type Rule } from '../../src/sandbox/rbac.ts';
import type { RequestInfo } from '../../src/sandbox/request-info.ts';

const secrets: RequestInfo = { verb: 'list', group: '', version: 'v1', plural: 'secrets' };

describe('authorize', () => {
  it('allows nothing without a rule, and masters everything', () => {
    assert.throws(() => authorize({ name: 'u', groups: [], rules: [] }, secrets), /cannot list resource "secrets"/);
    authorize({ name: 'admin', groups: [MASTERS_GROUP], rules: [] }, secrets);
  });

  for (const [what, rule, info] of [
    ['a list by another name', { resourceNames: ['a'] }, { name: 'b' }],
    ['a list without name', { resourceNames: ['a'] }, {}],
    ['another namespace', { namespaces: ['a'] }, { namespace: 'b' }],
    ['all namespaces', { namespaces: ['a'] }, {}],
    ['another group', { apiGroups: ['apps'] }, {}],
    ['the status', {}, { subresource: 'status' }],
    ['another verb', { verbs: ['get'] }, {}],
  ] as const) {
    it(`keeps a rule from ${what}`, () => {
      assert.throws(() => authorize(userWith(rule), { ...secrets, ...info }), /forbidden/);
    });
  }

  it('allows what one rule covers whole', () => {
    authorize(userWith({ resourceNames: ['a'] }), { ...secrets, name: 'a' });
    authorize(userWith({ namespaces: ['a'] }), { ...secrets, namespace: 'a' });
    authorize(userWith({ resources: ['*'], verbs: ['*'], apiGroups: ['*'] }), secrets);
  });
});

describe('authorizePath', () => {
  it('shows health and version to everybody, the rest to who is known', () => {
    authorizePath(ANONYMOUS, '/healthz');
    authorizePath(userWith({}), '/apis');
    assert.throws(() => authorizePath(ANONYMOUS, '/apis'), /User "system:anonymous" cannot get path "\/apis"/);
  });
});

function userWith(rule: Partial<Rule>): Parameters<typeof authorize>[0] {
  return { name: 'u', groups: [], rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'], ...rule }] };
}
