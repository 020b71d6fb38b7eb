import assert from 'node:assert/strict';
import type { Converged } from '../../../src/reconcile/namespace/converge.ts';
import type { Coverage } from '../../../src/reconcile/namespace/draft.ts';
import { outcomesFor } from '../../../src/reconcile/namespace/outcome.ts';
import { clusterCredential, decided, published, SECRET_NAME, tenantCredential } from '../../support/gen.ts';

const CLUSTER = clusterCredential({ name: 'platform' });
const TENANT = tenantCredential({ name: 'team' });
const TOKENS = { 'uid-platform': published({ 'quay.io': 'q' }), 'uid-team': published({ 'quay.io': 't' }) };
const NAME_CONFLICT = {
  reason: 'NameConflict',
  message: 'not ours',
  secretNames: [SECRET_NAME],
  waitsForChange: true,
} as const;

describe('what became of a namespace', () => {
  it('is told to each credential that covers it: synced', () => {
    const outcomes = outcomesFor(converged(decided({ credentials: [CLUSTER], tokens: TOKENS }).coverage));

    assert.deepEqual([...outcomes.keys()], [CLUSTER.key]);
    assert.equal(outcomes.get(CLUSTER.key)?.failure, undefined);
  });

  it('F172: is the failure of the Secret that the credential writes', () => {
    const { coverage } = decided({ credentials: [CLUSTER], tokens: TOKENS });
    const outcomes = outcomesFor(converged(coverage, [NAME_CONFLICT]));

    assert.deepEqual(outcomes.get(CLUSTER.key)?.failure, { reason: 'NameConflict', message: 'not ours' });
  });

  it("is not another Secret's failure", () => {
    const { coverage } = decided({ credentials: [CLUSTER], tokens: TOKENS });
    const outcomes = outcomesFor(converged(coverage, [{ ...NAME_CONFLICT, secretNames: ['other'] }]));

    assert.equal(outcomes.get(CLUSTER.key)?.failure, undefined);
  });

  it('names the keys that a credential lost, and to whom', () => {
    const { coverage } = decided({ credentials: [CLUSTER, TENANT], tokens: TOKENS });
    const outcomes = outcomesFor(converged(coverage));

    assert.deepEqual(outcomes.get(CLUSTER.key)?.shadowed, [
      { key: 'quay.io', winner: 'RegistryCredential/team', reason: 'HigherPrecedence' },
    ]);
    assert.deepEqual(outcomes.get(TENANT.key)?.shadowed, []);
  });

  it('F160: is SecretTooLarge for a credential that no longer fits, whatever else failed', () => {
    const [covered] = decided({ credentials: [CLUSTER], tokens: TOKENS }).coverage as [Coverage];
    const outcomes = outcomesFor(converged([{ ...covered, tooLarge: true }], [NAME_CONFLICT]));

    assert.equal(outcomes.get(CLUSTER.key)?.failure?.reason, 'SecretTooLarge');
  });
});

function converged(coverage: readonly Coverage[], failures: Converged['failures'] = []): Converged {
  return { coverage, failures, namespaceGone: false, lookAgainMs: undefined };
}
