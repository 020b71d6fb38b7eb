import assert from 'node:assert/strict';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeErrorFacts, KubeErrorKind } from '../../../src/kube/client.ts';
import { ChangedMeanwhile, Skipped } from '../../../src/reconcile/namespace/apply.ts';
import { failureOf, isConflict, isNamespaceGone, isNoFailure } from '../../../src/reconcile/namespace/failures.ts';
import type { Action } from '../../../src/reconcile/namespace/plan.ts';
import { SECRET_NAME, clusterCredential, decided, published, slimServiceAccount } from '../../support/gen.ts';

const [CREATE] = decided({
  credentials: [clusterCredential()],
  tokens: { 'uid-main': published({ 'quay.io': 'q' }) },
}).actions as [Action];
const ENTRIES: Action = {
  kind: 'SetEntries',
  serviceAccount: slimServiceAccount(),
  attach: [SECRET_NAME],
  detach: [],
  disown: [],
};

describe('an error of a write', () => {
  for (const kind of ['Conflict', 'AlreadyExists', 'NotFound', 'Unknown'] as const)
    it(`F173: is planned again when it is ${kind}`, () => assert.ok(isConflict(error(kind))));

  it('F173: is planned again when the object changed between our read and our write', () => {
    assert.ok(isConflict(new ChangedMeanwhile('Secret')));
  });

  it('F200: ends the run where the namespace is going, and nowhere else', () => {
    assert.ok(isNamespaceGone(error('NamespaceGone')));
    assert.ok(!isNamespaceGone(error('Forbidden')));
  });

  it('is no failure at shutdown, without leadership, or where an earlier step failed', () => {
    for (const one of [undefined, error('Fenced'), error('Aborted'), new Skipped('x')]) assert.ok(isNoFailure(one));
    assert.ok(!isNoFailure(error('Forbidden')));
  });

  for (const [kind, reason] of [
    ['Conflict', 'Contention'],
    ['AlreadyExists', 'Contention'],
    ['NotFound', 'Contention'],
    ['Forbidden', 'Forbidden'],
    ['QuotaExceeded', 'QuotaExceeded'],
    ['AdmissionDenied', 'AdmissionDenied'],
    ['TooLarge', 'SecretTooLarge'],
    ['Unavailable', 'WriteFailed'],
    ['Unreachable', 'WriteFailed'],
    ['Invalid', 'WriteFailed'],
  ] as const)
    it(`${kind} is told as ${reason}, with the object`, () => {
      const { reason: told, message } = failureOf(CREATE, error(kind, { status: 500 }));

      assert.equal(told, reason);
      assert.match(message, /regcred-managed/);
      assert.ok(message.length <= 256);
    });

  for (const field of ['data', 'immutable', 'type'])
    it(`F170: is told as SecretImmutable when the server refuses a change of ${field}`, () => {
      assert.equal(failureOf(CREATE, error('Invalid', { causeFields: [field] })).reason, 'SecretImmutable');
    });

  it('F188: names the ServiceAccount that others write faster', () => {
    const { reason, message } = failureOf(ENTRIES, error('Conflict'));

    assert.equal(reason, 'Contention');
    assert.match(message, /ServiceAccount "default" changed 5 times/);
  });

  it('quotes nothing of an error that is not of the API server', () => {
    const { reason, message } = failureOf(CREATE, new TypeError('CANARY'));

    assert.equal(reason, 'WriteFailed');
    assert.doesNotMatch(message, /CANARY/);
  });
});

function error(kind: KubeErrorKind, facts: Partial<KubeErrorFacts> = {}): KubeError {
  return new KubeError({ kind, status: 409, request: 'patch secrets "regcred-managed"', ...facts });
}
