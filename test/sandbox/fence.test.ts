import assert from 'node:assert/strict';

import type { ApiObject } from '../../src/sandbox/api-object.ts';
import { fenceRefusal, type AdmissionReview, type Fence } from '../../src/sandbox/fence.ts';

const fence: Fence = { userName: 'operator', operatorNamespace: 'home', secretNames: ['regcred-managed'] };
const marked = { 'regcred.dev/managed': '{}' };

describe('fenceRefusal', () => {
  for (const [what, review, policy] of [
    ['a marked pull Secret', secret('team', 'regcred-managed', marked), undefined],
    ['a pull Secret without marker', secret('team', 'regcred-managed'), 'regcred-operator-pull-secrets'],
    ['a Secret of another name', secret('team', 'other', marked), 'regcred-operator-pull-secrets'],
    ['an Opaque Secret', secret('team', 'regcred-managed', marked, 'Opaque'), 'regcred-operator-pull-secrets'],
    [
      'a stored token outside',
      secret('team', 'regcred-managed', marked, 'regcred.dev/token'),
      'regcred-operator-pull-secrets',
    ],
    ['a stored token at home', secret('home', 'token', {}, 'regcred.dev/token'), undefined],
    ['a pull Secret at home', secret('home', 'regcred-managed', marked), undefined],
    ['an input at home', secret('home', 'input', {}, 'Opaque'), 'regcred-operator-home-secrets'],
    ['a finalizer', held('regcred-managed', { finalizers: ['example.com/hold'] }), 'regcred-operator-pull-secrets'],
    ['an owner', held('regcred-managed', { ownerReferences: [{ uid: 'u' }] }), 'regcred-operator-pull-secrets'],
    ['a token for a cloud', tokenRequest(600), undefined],
    ['a token that outlives the call', tokenRequest(601), 'regcred-operator-token-requests'],
    ['a new ServiceAccount', account({}), 'regcred-operator-service-accounts'],
    ['our entry', account({ imagePullSecrets: [{ name: 'x' }] }, account({})), undefined],
    [
      'an end of automounting',
      account({ automountServiceAccountToken: false }, account({})),
      'regcred-operator-service-accounts',
    ],
  ] as const) {
    it(`${policy === undefined ? 'lets through' : 'refuses'} ${what}`, () => {
      assert.equal(fenceRefusal(fence, review)?.policy, policy);
    });
  }

  it('lets a marker be taken off', () => {
    const before = secret('team', 'regcred-managed', marked).object;

    assert.equal(fenceRefusal(fence, { ...secret('team', 'regcred-managed'), before }), undefined);
  });

  it('is around one user', () => {
    assert.equal(fenceRefusal(fence, { ...secret('team', 'other'), userName: 'admin' }), undefined);
  });

  it('follows the permitted names', () => {
    assert.equal(fenceRefusal({ ...fence, secretNames: '*' }, secret('team', 'other', marked)), undefined);
  });
});

function secret(
  namespace: string,
  name: string,
  annotations: Record<string, string> = {},
  type = 'kubernetes.io/dockerconfigjson',
): AdmissionReview {
  return { userName: 'operator', plural: 'secrets', object: { ...object(namespace, name, annotations), type } };
}

function held(name: string, holds: object): AdmissionReview {
  const { object, ...review } = secret('team', name, marked);
  return { ...review, object: { ...object, metadata: { ...object.metadata, ...holds } } };
}

function tokenRequest(expirationSeconds: number): AdmissionReview {
  const spec = { audiences: ['sts.amazonaws.com'], expirationSeconds };
  return { userName: 'operator', plural: 'serviceaccounts/token', object: { ...object('home', 'a', {}), spec } };
}

function account(fields: object, before?: AdmissionReview): AdmissionReview {
  const review = {
    userName: 'operator',
    plural: 'serviceaccounts',
    object: { ...object('team', 'default', {}), ...fields },
  };
  return before ? { ...review, before: before.object } : review;
}

function object(namespace: string, name: string, annotations: Record<string, string>): ApiObject {
  return { metadata: { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '', annotations } };
}
