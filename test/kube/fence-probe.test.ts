import assert from 'node:assert/strict';
import type { KubeClient, KubeErrorKind } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/client.ts';
import { probeFence } from '../../src/kube/fence-probe.ts';

/** A client whose create() answers so, and what it was asked. */
function answering(answer: KubeErrorKind | 'created', detail = '') {
  const asked: unknown[] = [];
  const create: KubeClient['create'] = (resource, namespace, body, options) => {
    asked.push([resource.plural, namespace, body, options]);
    if (answer !== 'created')
      return Promise.reject(new KubeError({ kind: answer, status: 0, request: 'create', detail }));
    return Promise.resolve({ metadata: { name: 'x', uid: 'u', resourceVersion: '1' } });
  };
  return { client: { create } as KubeClient, asked };
}

describe('probeFence', () => {
  for (const [answer, present] of [
    ['AdmissionDenied', true],
    ['created', false],
    ['AlreadyExists', false],
    ['Forbidden', undefined],
    ['Unavailable', undefined],
    ['NamespaceGone', undefined],
    ['Fenced', undefined],
  ] as const)
    it(`reads ${answer} as ${String(present)}`, async () => {
      assert.equal(await probeFence(answering(answer).client, 'regcred-managed'), present);
    });

  const policy = (name: string): string =>
    `secrets "regcred-managed" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: no`;
  for (const [what, detail, present] of [
    ['the fence', policy('regcred-operator-pull-secrets'), true],
    ['a policy of somebody else', policy('must-be-labelled'), undefined],
    ['a policy whose name begins like the fence', policy('regcred-operator-pull-secrets-of-mine'), undefined],
    ['a webhook', 'admission webhook "validate.example.com" denied the request: no', undefined],
  ] as const)
    it(`F141: reads a denial by ${what} as ${String(present)}`, async () => {
      assert.equal(await probeFence(answering('AdmissionDenied', detail).client, 'regcred-managed'), present);
    });

  it('asks by a dry run, for a Secret without a marker, outside of its own namespace', async () => {
    const { client, asked } = answering('AdmissionDenied');

    await probeFence(client, 'regcred-managed');

    const [[resource, namespace, body, options]] = asked as [
      [string, string, { metadata: object; type: string }, { dryRun: boolean }],
    ];
    assert.deepEqual([resource, namespace, options.dryRun], ['secrets', 'default', true]);
    assert.deepEqual(body.metadata, { name: 'regcred-managed' });
    assert.equal(body.type, 'kubernetes.io/dockerconfigjson');
  });
});
