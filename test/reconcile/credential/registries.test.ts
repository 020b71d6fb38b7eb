import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { registriesOf } from '../../../src/reconcile/credential/registries.ts';
import { candidate, factsWith, held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';
import { clusterCredential } from '../../support/gen.ts';

const throttled = (...prefixes: string[]) =>
  issueFailure('Throttled', prefixes, { provider: 'ecr', at: '2030-01-01T00:01:00Z' });
const [a, b] = [heldEntry('a.example.com', { expiresAt: SOON }), heldEntry('b.example.com', { expiresAt: PAST })];
const invalid = { kind: 'Invalid', reason: 'Invalid', message: 'refused' } as const;
const proven = { kind: 'Valid', reason: 'LoginProven', message: 'proven' } as const;

describe('registriesOf', () => {
  it('has one line a prefix, sorted, those without a login too', () => {
    const facts = factsWith({
      held: held([heldEntry('z.example.com'), a, b], { failures: [throttled('a.example.com', 'm.example.com')] }),
    });

    assert.deepEqual(
      registriesOf(clusterCredential(), facts).map(({ prefix, reason }) => [prefix, reason]),
      [
        ['a.example.com', 'LastGood'],
        ['b.example.com', 'Expired'],
        ['m.example.com', 'Throttled'],
        ['z.example.com', 'Issued'],
      ],
    );
  });

  it('shows the prefix as the user spelled it, the principal, and the times', () => {
    const entry = heldEntry('index.docker.io', { principal: 'bot', expiresAt: SOON });
    const ecr = { ...clusterCredential(), provider: 'ecr' as const };

    assert.deepEqual(registriesOf(ecr, factsWith({ held: held([entry]) })), [
      {
        prefix: 'index.docker.io',
        principal: 'bot',
        issueTime: NOW.toISOString(),
        expirationTime: SOON.toISOString(),
        reason: 'Issued',
      },
    ]);
  });

  it('shows 64 at most', () => {
    const entries = Array.from({ length: 100 }, (_, index) => heldEntry(`r${index}.example.com`));

    assert.equal(registriesOf(clusterCredential(), factsWith({ held: held(entries) })).length, 64);
  });

  it('shows a login that is kept back by its verdict, and one that waits for it', () => {
    const candidates = [candidate('a.example.com', { verdict: invalid }), candidate('b.example.com')];

    assert.deepEqual(registriesOf(clusterCredential(), factsWith({ held: held([], { candidates }) })), [
      { prefix: 'a.example.com', verdict: 'Invalid', reason: 'VerificationFailed' },
      { prefix: 'b.example.com', reason: 'Pending' },
    ]);
  });

  it('goes on showing what is published though its bytes are not known yet, unless it fails', () => {
    const unread = [heldEntry('a.example.com', { verdict: proven }), heldEntry('b.example.com')];
    const facts = factsWith({ held: held([], { unread, failures: [throttled('b.example.com')] }) });

    assert.deepEqual(
      registriesOf(clusterCredential(), facts).map(({ prefix, verdict, reason }) => [prefix, verdict, reason]),
      [
        ['a.example.com', 'LoginProven', 'Issued'],
        ['b.example.com', undefined, 'Throttled'],
      ],
    );
  });
});
