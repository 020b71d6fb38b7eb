import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { readyCondition, stalledCondition } from '../../../src/reconcile/credential/ready.ts';
import type { StatusFacts } from '../../../src/reconcile/credential/status-facts.ts';
import { failing, factsWith, held, heldEntry, PAST, SOON } from '../../support/facts.ts';
import { clusterCredential } from '../../support/gen.ts';

const credential = clusterCredential();
const missing = (...prefixes: string[]) =>
  issueFailure('InputNotFound', prefixes, {
    kind: 'Secret',
    name: 'source',
    namespace: 'regcred-system',
    key: '',
    what: '',
  });
const [alive, expired] = [
  heldEntry('a.example.com', { expiresAt: SOON }),
  heldEntry('b.example.com', { expiresAt: PAST }),
];

describe('readyCondition', () => {
  const cases: readonly { when: string; facts: Partial<StatusFacts>; status: string; reason: string; says?: RegExp }[] =
    [
      { when: 'a live login is held', facts: {}, status: 'True', reason: 'Ready', says: /do not expire/ },
      {
        when: 'a live token is held',
        facts: { held: held([alive]) },
        status: 'True',
        reason: 'Ready',
        says: /expires 2030-01-01T01:00:00/,
      },
      { when: 'no token was asked for yet', facts: { held: undefined }, status: 'Unknown', reason: 'Pending' },
      { when: 'it is suspended', facts: { standing: 'suspended' }, status: 'Unknown', reason: 'Suspended' },
      { when: 'the spec is invalid', facts: { standing: 'invalid' }, status: 'False', reason: 'InvalidSpec' },
      {
        when: 'its secretName is not permitted',
        facts: { standing: 'not-permitted' },
        status: 'False',
        reason: 'NotPermitted',
        says: /"regcred-managed"/,
      },
      {
        when: 'some ServiceAccounts are not permitted',
        facts: { forbiddenServiceAccounts: ['builder', 'ci'] },
        status: 'False',
        reason: 'NotPermitted',
        says: /builder, ci/,
      },
      { when: 'its namespace opted out', facts: { ignored: true }, status: 'False', reason: 'NamespaceIgnored' },
      {
        when: 'a list that we need is refused',
        facts: { forbidden: { verb: 'list and watch', object: 'secrets', rule: '{}' } },
        status: 'False',
        reason: 'Forbidden',
        says: /may not list and watch secrets; add to its role: \{\}$/,
      },
      {
        when: 'the source is missing',
        facts: { held: held([], { failures: [missing()] }) },
        status: 'False',
        reason: 'InputNotFound',
      },
      {
        when: 'the source is missing but a login is held',
        facts: { held: held([alive], { failures: [missing()] }) },
        status: 'True',
        reason: 'Ready',
      },
      { when: 'the only token has expired', facts: { held: held([expired]) }, status: 'False', reason: 'Expired' },
      {
        when: 'one of two tokens has expired',
        facts: { held: held([alive, expired]) },
        status: 'False',
        reason: 'PartialFailure',
        says: /1 of 2 registries/,
      },
      {
        when: 'one of two registries never had a login',
        facts: { held: held([alive], { failures: [missing('b.example.com')] }) },
        status: 'False',
        reason: 'PartialFailure',
        says: /1 of 2 registries/,
      },
      {
        when: 'each namespace fails',
        facts: { selected: ['a'], outcomes: new Map([['a', failing('NameConflict')]]) },
        status: 'True',
        reason: 'Ready',
      },
    ];
  for (const { when, facts, status, reason, says = /./ } of cases)
    it(`is ${status}/${reason} when ${when}`, () => {
      const verdict = readyCondition(credential, factsWith(facts));

      assert.deepEqual([verdict.status, verdict.reason], [status, reason]);
      assert.match(verdict.message, says);
    });

  it('shows the first of several causes, in a fixed order', () => {
    const all: Partial<StatusFacts> = {
      ignored: true,
      forbidden: { verb: 'list', object: 'secrets', rule: '{}' },
      held: held([expired]),
    };
    const reason = (facts: Partial<StatusFacts>): string => readyCondition(credential, factsWith(facts)).reason;

    assert.equal(reason({ ...all, standing: 'invalid' }), 'InvalidSpec');
    assert.equal(reason({ ...all, standing: 'not-permitted' }), 'NotPermitted');
    assert.equal(reason({ ...all, standing: 'suspended' }), 'Suspended');
    assert.equal(reason(all), 'NamespaceIgnored');
    assert.equal(reason({ ...all, ignored: false }), 'Forbidden');
    assert.equal(reason({ ...all, ignored: false, forbidden: undefined }), 'Expired');
  });
});

describe('stalledCondition', () => {
  it('is there only for what a change of the spec alone can mend', () => {
    const stalled = (facts: Partial<StatusFacts>) => stalledCondition(credential, factsWith(facts));

    assert.deepEqual(stalled({ standing: 'invalid' })?.reason, 'InvalidSpec');
    assert.deepEqual(stalled({ standing: 'not-permitted' })?.status, 'True');
    for (const facts of [{}, { standing: 'suspended' }, { ignored: true }, { held: undefined }] as const)
      assert.equal(stalled(facts), undefined);
  });
});
