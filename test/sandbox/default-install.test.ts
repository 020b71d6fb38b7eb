import assert from 'node:assert/strict';

import { defaultInstall } from '../../src/sandbox/default-install.ts';
import { FENCE_POLICY_NAMES } from '../../src/sandbox/fence.ts';
import type { Rule } from '../../src/sandbox/rbac.ts';
import { renderManifests, type Manifest } from '../support/manifests.ts';

const NAMESPACE = 'regcred-system';

describe('defaultInstall', () => {
  it('grants what the manifests bind to the operator, and nothing else', () => {
    const { userName, rules } = defaultInstall({ operatorNamespace: NAMESPACE });

    assert.equal(userName, `system:serviceaccount:${NAMESPACE}:regcred-operator`);
    assert.deepEqual(rules.map(spelled).sort(), boundRules().map(spelled).sort());
  });

  it('follows the install options', () => {
    const options = { operatorNamespace: NAMESPACE, secretNames: '*', serviceAccountNames: ['a', 'b'] } as const;

    const { rules, fence } = defaultInstall(options);

    const named = rules
      .filter(({ resourceNames }) => resourceNames)
      .map(({ resources, resourceNames }) => [resources, resourceNames]);
    assert.deepEqual(named, [[['serviceaccounts'], ['a', 'b']]]);
    assert.equal(fence.secretNames, '*');
  });

  it('has the policies of the manifests', () => {
    const real = renderManifests().filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');

    assert.deepEqual([...FENCE_POLICY_NAMES].sort(), real.map(({ metadata }) => metadata.name).sort());
  });
});

function boundRules(): Rule[] {
  const manifests = renderManifests();
  const bindings = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'RoleBinding');
  return bindings.flatMap((binding) => {
    const { kind, name } = binding['roleRef'] as { readonly kind: string; readonly name: string };
    const role = manifests.find((one) => one.kind === kind && one.metadata.name === name);
    const rules = (role as Manifest & { readonly rules: readonly Rule[] }).rules;
    const { namespace } = binding.metadata;
    return rules.map((rule) => (namespace === undefined ? rule : { ...rule, namespaces: [namespace] }));
  });
}

function spelled({ apiGroups, resources, resourceNames, verbs, namespaces }: Rule): string {
  return JSON.stringify([apiGroups, resources, resourceNames ?? null, verbs, namespaces ?? null]);
}
