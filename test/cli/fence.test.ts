import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FENCE_POLICY_NAMES, readFence } from '../../src/cli/fence.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeClient, KubeErrorKind, ObjectRef } from '../../src/kube/client.ts';

/** A client whose policies answer as told; all others are there. */
function clientWith(answers: Readonly<Record<string, KubeErrorKind>>): KubeClient {
  const get = ({ resource: { plural }, name }: ObjectRef) => {
    const kind = answers[`${plural}/${name}`] ?? answers['*'];
    const request = `get ${plural} "${name}"`;
    return kind === undefined
      ? Promise.resolve({ metadata: { name, uid: 'u', resourceVersion: '1' } })
      : Promise.reject(new KubeError({ kind, status: 403, request }));
  };
  return { get } as unknown as KubeClient;
}

describe('fence', () => {
  it('is present when every policy and every binding is there', async () => {
    assert.equal((await readFence(clientWith({}))).state, 'present');
  });

  it('is absent when a policy is missing, or its binding', async () => {
    for (const plural of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']) {
      const fence = await readFence(clientWith({ [`${plural}/regcred-operator-service-accounts`]: 'NotFound' }));

      assert.equal(fence.state, 'absent');
      assert.match(fence.message, /"regcred-operator-service-accounts".*kubectl apply -k manifests/);
    }
  });

  it('can not be told without permission, with the rule that is missing', async () => {
    const fence = await readFence(clientWith({ '*': 'Forbidden' }));

    assert.equal(fence.state, 'unknown');
    assert.match(fence.message, /apiGroups: \["admissionregistration\.k8s\.io"\].*verbs: \["get"\]/);
  });

  it('knows the names of the manifest', () => {
    const text = readFileSync(new URL('../../manifests/fence.yaml', import.meta.url), 'utf8');

    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
      const names = [...text.matchAll(new RegExp(`^kind: ${kind}\\nmetadata:\\n  name: (\\S+)`, 'gm'))];
      assert.deepEqual(names.map(([, name]) => name).sort(), [...FENCE_POLICY_NAMES].sort());
    }
  });
});
