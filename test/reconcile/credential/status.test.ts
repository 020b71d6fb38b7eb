import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CredentialStatus } from '../../../src/api/registry-credential.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { COUNTS_INTERVAL_MS, decideWrite, statusFor, transitions } from '../../../src/reconcile/credential/status.ts';
import type { StatusFacts } from '../../../src/reconcile/credential/status-facts.ts';
import { factsWith, failing, held, heldEntry, NOW, SERVED, SOON } from '../../support/facts.ts';
import { clusterCredential } from '../../support/gen.ts';

const LATER = new Date(NOW.getTime() + 60_000);

function credentialWith(status: CredentialStatus | undefined, change: Partial<Credential> = {}): Credential {
  return { ...clusterCredential(), status, ...change };
}

function conditionOf(status: CredentialStatus, type: string) {
  return status.conditions?.find((one) => one.type === type);
}

/** As it stood at a minute before, with other facts. */
function before(facts: Partial<StatusFacts> = {}): CredentialStatus {
  return statusFor(credentialWith(undefined), factsWith(facts));
}

describe('statusFor', () => {
  it('says which generation, which provider, until when, and when the next refresh is', () => {
    const facts = factsWith({
      held: held([heldEntry('a.example.com', { expiresAt: SOON }), heldEntry('b.example.com')], {
        nextRefreshTime: LATER,
      }),
      handledRefresh: 'now',
    });

    const status = statusFor(credentialWith(undefined, { generation: 7 }), facts);

    assert.equal(status.observedGeneration, 7);
    assert.equal(status.provider, 'static');
    assert.equal(status.expirationTime, SOON.toISOString());
    assert.equal(status.nextRefreshTime, LATER.toISOString());
    assert.equal(status.lastHandledRefresh, 'now');
    assert.deepEqual(
      status.conditions?.map(({ type }) => type),
      ['Ready', 'TokenIssued', 'Verified', 'Synced', 'Shadowed'],
    );
    assert.ok(status.conditions.every(({ observedGeneration }) => observedGeneration === 7));
  });

  it('F224: is made from the facts alone: what a user wrote into it has no effect but on the times', () => {
    const forged: CredentialStatus = {
      observedGeneration: 999,
      expirationTime: '2020-01-01T00:00:00Z',
      namespaces: { selected: 7, synced: 7, failed: 0, summary: '7/7' },
      failures: [{ name: 'x', reason: 'y', message: 'z' }],
      registries: [{ prefix: 'evil.example' }],
    };
    const facts = factsWith({ selected: ['a'], outcomes: new Map([['a', SERVED]]) });

    assert.deepEqual(statusFor(credentialWith(forged), facts), statusFor(credentialWith(undefined), facts));
  });

  it('moves lastTransitionTime when a condition changes its status, and at no other time', () => {
    const old = before({ selected: ['a'], outcomes: new Map([['a', SERVED]]) });
    const facts = factsWith({ now: LATER, selected: ['a'], outcomes: new Map([['a', failing('WriteFailed')]]) });

    const status = statusFor(credentialWith(old), facts);

    assert.equal(conditionOf(status, 'Synced')?.lastTransitionTime, '2030-01-01T00:01:00Z');
    assert.equal(conditionOf(status, 'Ready')?.lastTransitionTime, '2030-01-01T00:00:00Z');
    const other = statusFor(credentialWith(status), { ...facts, outcomes: new Map([['a', failing('Forbidden')]]) });
    assert.equal(conditionOf(other, 'Synced')?.lastTransitionTime, '2030-01-01T00:01:00Z');
  });

  it('leaves the other conditions as they were while the spec can not be used; a new credential waits', () => {
    const old = before({ selected: ['a'], outcomes: new Map([['a', SERVED]]) });
    for (const change of [{ standing: 'invalid' }, { standing: 'not-permitted' }] as const) {
      const facts = factsWith({ ...change, now: LATER, held: undefined, outcomes: new Map() });

      const status = statusFor(credentialWith(old), facts);

      for (const type of ['TokenIssued', 'Verified', 'Synced', 'Shadowed'])
        assert.deepEqual(conditionOf(status, type), conditionOf(old, type), type);
      assert.equal(conditionOf(status, 'Ready')?.status, 'False');
      assert.deepEqual(status.namespaces, old.namespaces);
      assert.equal(conditionOf(statusFor(credentialWith(undefined), facts), 'Synced')?.reason, 'Pending');
    }
  });

  it('F206: says of an ignored namespace that nothing is there', () => {
    const old = before({ selected: ['a'], outcomes: new Map([['a', SERVED]]) });

    const status = statusFor(credentialWith(old), factsWith({ ignored: true }));

    assert.equal(status.namespaces?.summary, '0/0');
    assert.match(conditionOf(status, 'Synced')?.message ?? '', /ignored; nothing of it is there/);
    assert.equal(conditionOf(status, 'Ready')?.reason, 'NamespaceIgnored');
  });

  it('F226: stays under 8 KiB with failures everywhere and long messages', () => {
    const outcomes = Array.from({ length: 500 }, (_, index) => {
      return [`namespace-${'x'.repeat(50)}-${index}`, failing('AdmissionDenied', 'm'.repeat(5000))] as const;
    });
    const facts = factsWith({ selected: outcomes.map(([name]) => name), outcomes: new Map(outcomes) });

    assert.ok(Buffer.byteLength(JSON.stringify(statusFor(credentialWith(undefined), facts))) < 8192);
  });

  it('is the same for the same facts, so that a steady state writes nothing', () => {
    const outcome = fc.constantFrom(SERVED, failing('WriteFailed'), failing('NameConflict'));
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 20 });
    fc.assert(
      fc.property(names, fc.func(outcome), fc.boolean(), (selected, outcomeOf, isHeld) => {
        const outcomes = new Map(selected.map((name) => [name, outcomeOf(name)] as const));
        const facts = factsWith({ selected, outcomes, ...(isHeld ? {} : { held: undefined }) });
        const first = statusFor(credentialWith(undefined), facts);
        const again = statusFor(credentialWith(first), {
          ...facts,
          now: LATER,
          outcomes: new Map([...outcomes].reverse()),
        });

        assert.deepEqual(decideWrite(first, again, Infinity), { kind: 'none' });
      }),
    );
  });
});

describe('decideWrite', () => {
  const counts = (failed: number): CredentialStatus =>
    before({
      selected: ['a', 'b', 'c'],
      outcomes: new Map(
        ['a', 'b', 'c'].map((name, index) => [name, index < failed ? failing('WriteFailed', `m${index}`) : SERVED]),
      ),
    });

  it('writes at once what is more than counts, however short the time', () => {
    assert.deepEqual(decideWrite(undefined, counts(0), 0), { kind: 'now' });
    assert.deepEqual(decideWrite(counts(0), counts(1), 0), { kind: 'now' });
    assert.deepEqual(decideWrite(counts(1), { ...counts(1), observedGeneration: 2 }, 0), { kind: 'now' });
  });

  it('F199, F226: puts counts off to once in ten seconds, also while namespaces fail', () => {
    assert.deepEqual(decideWrite(counts(1), counts(3), 0), { kind: 'later', delayMs: COUNTS_INTERVAL_MS });
    assert.deepEqual(decideWrite(counts(3), counts(2), 4000), { kind: 'later', delayMs: 6000 });
    assert.deepEqual(decideWrite(counts(1), counts(3), COUNTS_INTERVAL_MS), { kind: 'now' });
  });

  it('F199: puts off a step back to Pending, which a namespace that has just come causes, but no step forward', () => {
    const served = counts(0);
    const pending = before({ selected: ['a', 'b', 'c', 'd'], outcomes: new Map([['a', SERVED]]) });
    const first = { ...pending, conditions: pending.conditions ?? [] };

    assert.deepEqual(decideWrite(served, first, 1000), { kind: 'later', delayMs: COUNTS_INTERVAL_MS - 1000 });
    assert.deepEqual(decideWrite(served, first, COUNTS_INTERVAL_MS), { kind: 'now' });
    assert.deepEqual(decideWrite(first, served, 0), { kind: 'now' });
  });

  it('takes an empty list for one that is absent, and any order of fields for the same', () => {
    const status = { provider: 'ecr', failures: [], registries: [{ prefix: 'a', reason: 'Issued' }] } as const;

    assert.deepEqual(decideWrite({ registries: [{ reason: 'Issued', prefix: 'a' }], provider: 'ecr' }, status, 0), {
      kind: 'none',
    });
  });
});

describe('transitions', () => {
  it('are the conditions that changed their status or reason, not their message', () => {
    const condition = { type: 'Ready', status: 'True', reason: 'Ready', message: 'm', observedGeneration: 1 } as const;
    const at = { ...condition, lastTransitionTime: '2030-01-01T00:00:00Z' };

    assert.deepEqual(transitions(undefined, { conditions: [at] }), [at]);
    assert.deepEqual(transitions({ conditions: [at] }, { conditions: [{ ...at, message: 'other' }] }), []);
    const changed = { ...at, reason: 'Other' };
    assert.deepEqual(transitions({ conditions: [at] }, { conditions: [changed] }), [changed]);
    assert.deepEqual(transitions({}, {}), []);
  });
});
