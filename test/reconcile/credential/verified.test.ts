import assert from 'node:assert/strict';
import type { CredentialSpec } from '../../../src/api/registry-credential.ts';
import { verifiedCondition, withheldLogin } from '../../../src/reconcile/credential/verified.ts';
import type { RegistryVerdict } from '../../../src/reconcile/ports.ts';
import { candidate, factsWith, held, heldEntry, PAST, SOON } from '../../support/facts.ts';
import { clusterCredential } from '../../support/gen.ts';

const [A, B] = ['a.example.com', 'b.example.com'];
const proven: RegistryVerdict = { kind: 'Valid', reason: 'LoginProven', message: 'a login' };
const invalid: RegistryVerdict = { kind: 'Invalid', reason: 'Invalid', message: 'refused' };
const doubt: RegistryVerdict = { kind: 'Indeterminate', reason: 'Indeterminate', message: 'no verdict' };
const inMode = (mode: CredentialSpec['verification']['mode']) =>
  clusterCredential({ spec: { verification: { mode } } });
const before = { type: 'Verified', status: 'True', reason: 'LoginProven', message: 'as before' } as const;
const told = { ...clusterCredential(), status: { conditions: [{ ...before, lastTransitionTime: '' }] } };

describe('verifiedCondition', () => {
  it('never claims what was not tried', () => {
    const off = clusterCredential({ spec: { verification: { mode: 'Off' } } });

    assert.equal(verifiedCondition(off, factsWith()).reason, 'Off');
    assert.equal(verifiedCondition(clusterCredential(), factsWith({ held: undefined })).reason, 'Pending');
    assert.equal(verifiedCondition(clusterCredential(), factsWith({ held: held([]) })).reason, 'NotProbed');
    assert.equal(verifiedCondition(clusterCredential(), factsWith()).status, 'Unknown');
  });

  it('says the worst, in the order False, Unknown, True; the first prefix of equal ones', () => {
    const of = (...verdicts: RegistryVerdict[]) => {
      const entries = verdicts.map((verdict, index) => heldEntry(`r${index}.example.com`, { verdict }));
      return verifiedCondition(clusterCredential(), factsWith({ held: held(entries.reverse()) })).message;
    };

    assert.equal(of(proven, doubt, invalid), 'refused');
    assert.equal(of(proven, doubt), 'no verdict');
    assert.equal(of({ ...proven, message: 'first' }, proven), 'first');
  });

  it('says of a login that is kept back until when the one in use stays', () => {
    const facts = factsWith({
      held: held([heldEntry(A, { expiresAt: SOON, verdict: proven })], {
        candidates: [candidate(A, { verdict: invalid })],
      }),
    });

    assert.match(
      verifiedCondition(inMode('Warn'), facts).message,
      /refused; the one in use is kept until 2030-01-01T00:54/,
    );
    assert.match(verifiedCondition(inMode('Require'), facts).message, /kept until 2030-01-01T01:00/);
  });

  it('stays as it was while a verdict is awaited', () => {
    const facts = factsWith({ held: held([heldEntry(A)]) });

    assert.equal(verifiedCondition(told, facts).message, 'as before');
    assert.match(verifiedCondition(clusterCredential(), facts).message, /a\.example\.com is being verified/);
  });
});

describe('withheldLogin', () => {
  const candidates = [candidate(A, { verdict: invalid })];

  it('is one that is proven bad, where nothing alive is published', () => {
    const dead = heldEntry(A, { expiresAt: PAST });

    assert.equal(withheldLogin(inMode('Require'), factsWith({ held: held([], { candidates }) }))?.prefix, A);
    assert.equal(withheldLogin(inMode('Require'), factsWith({ held: held([dead], { candidates }) }))?.prefix, A);
  });

  it('is none where another one works, is known to stand, or the mode lets it pass', () => {
    const facts = factsWith({ held: held([heldEntry(A)], { candidates }) });
    const unread = factsWith({ held: held([], { candidates, unread: [heldEntry(A)] }) });
    const denied = factsWith({
      held: held([], { candidates: [candidate(B, { verdict: { ...invalid, kind: 'Denied' } })] }),
    });

    for (const one of [facts, unread, denied]) assert.equal(withheldLogin(inMode('Require'), one), undefined);
    assert.equal(withheldLogin(inMode('Warn'), factsWith({ held: held([], { candidates }) })), undefined);
  });
});
