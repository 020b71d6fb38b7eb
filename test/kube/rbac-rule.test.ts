import assert from 'node:assert/strict';
import { READS, ruleFor } from '../../src/kube/rbac-rule.ts';

describe('the rule that a refused request lacks', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'patch secrets "regcred-managed" in namespace "team-a"',
      '{apiGroups: [""], resources: ["secrets"], resourceNames: ["regcred-managed"], verbs: ["patch"]}',
    ],
    [
      'create secrets "regcred-managed" in namespace "team-a"',
      '{apiGroups: [""], resources: ["secrets"], verbs: ["create"]}',
    ],
    ['list namespaces', '{apiGroups: [""], resources: ["namespaces"], verbs: ["list"]}'],
    [
      'patch registrycredentials/status "ecr" in namespace "team-a"',
      '{apiGroups: ["regcred.dev"], resources: ["registrycredentials/status"], verbs: ["patch"]}',
    ],
    [
      'create serviceaccounts/token "puller" in namespace "team-a"',
      '{apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"]}',
    ],
    [
      'get validatingadmissionpolicies "regcred-operator-pull-secrets"',
      '{apiGroups: ["admissionregistration.k8s.io"], resources: ["validatingadmissionpolicies"], verbs: ["get"]}',
    ],
  ];
  for (const [request, rule] of cases)
    it(`to ${request} is no wider than that`, () => {
      assert.equal(ruleFor(request), rule);
    });

  it('may hold more verbs than the one that was refused', () => {
    assert.match(ruleFor('list secrets "a"', READS), /resourceNames: \["a"\], verbs: \["get", "list", "watch"\]\}$/);
  });
});
