import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countsOf,
  failuresOf,
  isComplete,
  shadowedCondition,
  syncedCondition,
} from '../../../src/reconcile/credential/synced.ts';
import type { StatusFacts } from '../../../src/reconcile/credential/status-facts.ts';
import type { NamespaceOutcome, ShadowedKey } from '../../../src/reconcile/ports.ts';
import { factsWith, failing, held, SERVED } from '../../support/facts.ts';

const facts = (outcomes: Readonly<Record<string, NamespaceOutcome>>, change: Partial<StatusFacts> = {}): StatusFacts =>
  factsWith({ selected: Object.keys(outcomes), outcomes: new Map(Object.entries(outcomes)), ...change });
const shadow = (...shadowed: readonly ShadowedKey[]): NamespaceOutcome => ({ ...SERVED, shadowed });
const KEY = { key: 'registry.example.com', winner: 'ClusterRegistryCredential/other' } as const;

describe('syncedCondition', () => {
  const cases: readonly { when: string; facts: StatusFacts; status: string; reason: string; says?: RegExp }[] = [
    {
      when: 'all are served',
      facts: facts({ a: SERVED, b: SERVED }),
      status: 'True',
      reason: 'Synced',
      says: /2 of 2/,
    },
    { when: 'nobody is selected', facts: facts({}), status: 'True', reason: 'Synced', says: /No live namespace/ },
    {
      when: 'no login is held, so that none is served, however well all went',
      facts: facts({ a: SERVED }, { held: held([]) }),
      status: 'Unknown',
      reason: 'Pending',
      says: /^No login is held/,
    },
    {
      when: 'one was not worked on yet',
      facts: facts({ a: SERVED }, { selected: ['a', 'b'] }),
      status: 'Unknown',
      reason: 'Pending',
    },
    {
      when: 'one fails and another was not worked on yet',
      facts: facts({ a: failing('WriteFailed') }, { selected: ['a', 'b'] }),
      status: 'False',
      reason: 'WriteFailed',
    },
    {
      when: 'it is suspended, whatever fails',
      facts: facts({ a: failing('WriteFailed') }, { standing: 'suspended' }),
      status: 'Unknown',
      reason: 'Suspended',
    },
    {
      when: 'a list that we need is refused',
      facts: facts({ a: SERVED }, { forbidden: { verb: 'list', object: 'secrets', rule: '{}' } }),
      status: 'False',
      reason: 'Forbidden',
    },
    {
      when: 'several fail: the worst is shown, the rest counted',
      facts: facts({ a: failing('WriteFailed'), b: failing('NameConflict'), c: failing('Forbidden') }),
      status: 'False',
      reason: 'NameConflict',
      says: /^Namespace "b": .*\(and 2 more\)$/,
    },
    {
      when: 'a namespace fails that is no longer selected',
      facts: facts({ a: failing('WriteFailed') }, { selected: [] }),
      status: 'True',
      reason: 'Synced',
    },
  ];
  for (const { when, facts: given, status, reason, says = /./ } of cases)
    it(`is ${status}/${reason} when ${when}`, () => {
      const verdict = syncedCondition(given);

      assert.deepEqual([verdict.status, verdict.reason], [status, reason]);
      assert.match(verdict.message, says);
    });

  it('says the same whatever the order of the outcomes, in 256 characters at most', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 30 });
    const outcome = fc.constantFrom(SERVED, failing('WriteFailed', 'x'.repeat(1000)), failing('Forbidden'));
    fc.assert(
      fc.property(names, fc.func(outcome), (given, outcomeOf) => {
        const forwards = Object.fromEntries(given.map((name) => [name, outcomeOf(name)]));
        const backwards = Object.fromEntries(given.toReversed().map((name) => [name, outcomeOf(name)]));

        assert.deepEqual(syncedCondition(facts(forwards)), syncedCondition(facts(backwards)));
        assert.ok(syncedCondition(facts(forwards)).message.length <= 256);
      }),
    );
  });
});

describe('shadowedCondition', () => {
  it('is False when no key is lost, and Unknown before all are worked on', () => {
    assert.equal(shadowedCondition(facts({ a: SERVED })).reason, 'NotShadowed');
    assert.equal(shadowedCondition(facts({ a: SERVED }, { selected: ['a', 'b'] })).reason, 'Pending');
  });

  it('is True when a key is lost anywhere; Enforced speaks first', () => {
    const lost = shadow({ ...KEY, reason: 'HigherPrecedence' });

    assert.equal(shadowedCondition(facts({ a: lost }, { selected: ['a', 'b'] })).reason, 'HigherPrecedence');
    const verdict = shadowedCondition(facts({ a: lost, b: shadow({ ...KEY, reason: 'Enforced' }) }));
    assert.deepEqual([verdict.status, verdict.reason], ['True', 'Enforced']);
    assert.match(verdict.message, /^2 keys/);
  });

  it('counts all and shows examples in 256 characters', () => {
    const outcomes = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`n${index}`, shadow({ ...KEY, reason: 'HigherPrecedence' })]),
    );

    const { message } = shadowedCondition(facts(outcomes));

    assert.match(message, /^100 keys/);
    assert.ok(message.length <= 256);
  });
});

describe('countsOf', () => {
  it('counts once all are worked on, and keeps the former counts before', () => {
    const mixed = facts({ a: SERVED, b: failing('WriteFailed'), c: SERVED });
    const counts = { selected: 3, synced: 2, failed: 1, summary: '2/3' };

    assert.deepEqual(countsOf(mixed, undefined), counts);
    assert.deepEqual(countsOf({ ...mixed, selected: ['a', 'd'] }, undefined), {});
    assert.deepEqual(countsOf({ ...mixed, selected: ['a', 'd'] }, { namespaces: counts }), counts);
  });

  it('counts nobody as served while no login is held', () => {
    assert.equal(countsOf(facts({ a: SERVED, b: SERVED }, { held: undefined }), undefined).summary, '0/2');
  });

  it('F206: counts an ignored namespace no more', () => {
    const namespaces = { selected: 1, synced: 1, failed: 0, summary: '1/1' };

    assert.equal(countsOf(facts({}, { ignored: true }), { namespaces }).summary, '0/0');
  });

  it('stands still while nothing is worked on: suspended, invalid, not permitted', () => {
    const namespaces = { selected: 1, synced: 1, failed: 0, summary: '1/1' };
    for (const change of [{ standing: 'suspended' }, { standing: 'invalid' }, { standing: 'not-permitted' }] as const)
      assert.deepEqual(countsOf(facts({ a: failing('WriteFailed') }, change), { namespaces }), namespaces);
  });
});

describe('failuresOf', () => {
  it('F226: shows the first ten by name, each in 256 characters, however many fail and in whatever order', () => {
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const long = failing('AdmissionDenied', `\u0000${'long '.repeat(400)}`);
    const outcomes = Object.fromEntries(names.toReversed().map((name) => [name, long]));

    const failures = failuresOf(facts(outcomes), undefined);

    assert.deepEqual(
      failures.map(({ name }) => name),
      names.toSorted().slice(0, 10),
    );
    assert.ok(failures.every(({ message }) => message.length <= 256 && !message.includes('\u0000')));
  });
});

describe('isComplete', () => {
  it('asks for an outcome of each selected namespace, and of no other', () => {
    assert.equal(isComplete(facts({})), true);
    assert.equal(isComplete(facts({ a: SERVED, b: SERVED }, { selected: ['a'] })), true);
    assert.equal(isComplete(facts({ a: SERVED }, { selected: ['a', 'b'] })), false);
  });
});
