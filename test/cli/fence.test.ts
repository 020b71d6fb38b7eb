import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FENCE_POLICY_NAMES, readFence } from '../../src/cli/fence.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeClient, KubeErrorKind, ObjectRef } from '../../src/kube/client.ts';
import { manifestsFolder, readManifests } from '../support/manifests.ts';

const POLICY = 'validatingadmissionpolicies/regcred-operator-service-accounts';
const BINDING = 'validatingadmissionpolicybindings/regcred-operator-service-accounts';

/** A client whose policies answer as told, by a failure or with that spec; all others are sound. */
function clientWith(answers: Readonly<Record<string, KubeErrorKind | object>>): KubeClient {
  const get = ({ resource: { plural }, name }: ObjectRef) => {
    const answer = answers[`${plural}/${name}`] ?? answers['*'] ?? soundSpec(name);
    if (typeof answer === 'object')
      return Promise.resolve({ metadata: { name, uid: 'u', resourceVersion: '1' }, spec: answer });
    return Promise.reject(new KubeError({ kind: answer, status: 403, request: `get ${plural} "${name}"` }));
  };
  return { get } as unknown as KubeClient;
}

/** Both of a policy and of its binding. */
function soundSpec(policyName: string): object {
  return { policyName, validationActions: ['Deny'], ...around('system:serviceaccount:home:regcred-operator') };
}

function around(user: string): object {
  return {
    matchConditions: [
      { name: 'operator', expression: `request.userInfo.username == '${user}'` },
      { name: 'elsewhere', expression: "request.namespace != 'home'" },
    ],
  };
}

describe('fence', () => {
  it('is present when every policy and every binding is there', async () => {
    assert.equal((await readFence(clientWith({}), 'home')).state, 'present');
  });

  it('is absent when a policy is missing, or its binding', async () => {
    for (const plural of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']) {
      const fence = await readFence(
        clientWith({ [`${plural}/regcred-operator-service-accounts`]: 'NotFound' }),
        'home',
      );

      assert.equal(fence.state, 'absent');
      assert.match(fence.message, /"regcred-operator-service-accounts".*kubectl apply -k manifests/);
    }
  });

  it('F141: is absent around another user, with the namespace to ask with or what to mend', async () => {
    const user = 'system:serviceaccount:elsewhere:regcred-operator';

    const fence = await readFence(clientWith({ [POLICY]: around(user) }), 'home');

    assert.equal(fence.state, 'absent');
    assert.match(fence.message, /"regcred-operator-service-accounts" is around user "system:serviceaccount:elsewhere:/);
    assert.match(fence.message, /not "system:serviceaccount:home:regcred-operator"/);
    assert.match(
      fence.message,
      /--namespace=elsewhere; else .*manifests\/fence\.yaml, then kubectl apply -k manifests$/,
    );
  });

  it('F141: tells a person, or a ServiceAccount of another name, from the operator', async () => {
    for (const user of ['alice', 'system:serviceaccount:home:other', 'system:serviceaccount:home:regcred-operator-2']) {
      const fence = await readFence(clientWith({ [POLICY]: around(user) }), 'home');

      assert.equal(fence.state, 'absent', user);
      assert.doesNotMatch(fence.message, /--namespace/);
    }
  });

  it('F141: is present where a policy names no user, or the operator among others, or what can not be read', async () => {
    const operator = 'system:serviceaccount:home:regcred-operator';
    for (const matchConditions of [
      undefined,
      [],
      [{ name: 'both', expression: `request.userInfo.username == "a" || request.userInfo.username == "${operator}"` }],
      [{ name: 'all', expression: "request.userInfo.username.startsWith('system:serviceaccount:')" }],
      ['garbage', null],
    ])
      assert.equal((await readFence(clientWith({ [POLICY]: { matchConditions } }), 'home')).state, 'present');
  });

  it('F141: is absent when a binding only warns, or is of another policy', async () => {
    const name = 'regcred-operator-service-accounts';
    for (const spec of [
      { policyName: name, validationActions: ['Warn', 'Audit'] },
      { policyName: 'other', validationActions: ['Deny'] },
    ]) {
      const fence = await readFence(clientWith({ [BINDING]: spec }), 'home');

      assert.equal(fence.state, 'absent');
      assert.match(fence.message, /"regcred-operator-service-accounts" does not deny .*kubectl apply -k manifests$/);
    }
  });

  it('can not be told without permission, with the rule that is missing', async () => {
    const fence = await readFence(clientWith({ '*': 'Forbidden' }), 'home');

    assert.equal(fence.state, 'unknown');
    assert.match(fence.message, /apiGroups: \["admissionregistration\.k8s\.io"\].*verbs: \["get"\]/);
  });

  it('is present as the manifest installs it', async () => {
    const specs = readManifests(join(manifestsFolder, 'fence.yaml')).map(({ kind, metadata: { name }, spec }) => {
      const plural = kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : `${kind.toLowerCase()}s`;
      return [`${plural}/${name}`, spec as object] as const;
    });

    const installed = clientWith({ '*': 'NotFound', ...Object.fromEntries(specs) });

    assert.equal((await readFence(installed, 'regcred-system')).state, 'present');
    assert.equal((await readFence(installed, 'home')).state, 'absent');
  });

  it('knows the names of the manifest', () => {
    const text = readFileSync(new URL('../../manifests/fence.yaml', import.meta.url), 'utf8');

    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
      const names = [...text.matchAll(new RegExp(`^kind: ${kind}\\nmetadata:\\n  name: (\\S+)`, 'gm'))];
      assert.deepEqual(names.map(([, name]) => name).sort(), [...FENCE_POLICY_NAMES].sort());
    }
  });
});
