import assert from 'node:assert/strict';
import type { RegistryStatus } from '../../../src/api/registry-credential.ts';
import { shownVerdict, unreadLogins } from '../../../src/reconcile/credential/shown.ts';
import { NOW, PAST, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const HOST = 'registry.example.com';
const condition = {
  type: 'Verified',
  status: 'True',
  reason: 'LoginProven',
  message: 'as told',
  lastTransitionTime: '',
} as const;
const showing = (line: Partial<RegistryStatus>) => ({
  ...tenantCredential(),
  status: { conditions: [condition], registries: [{ prefix: HOST, reason: 'Issued', ...line }] },
});

describe('what status says after a restart', () => {
  it('is a verdict, in the words of the condition where it is the same one', () => {
    assert.deepEqual(shownVerdict(showing({ verdict: 'LoginProven' }), HOST), {
      kind: 'Valid',
      reason: 'LoginProven',
      message: 'as told',
    });
    const other = shownVerdict(showing({ verdict: 'Denied' }), HOST);
    assert.deepEqual([other?.kind, other?.reason], ['Denied', 'Denied']);
    assert.match(other?.message ?? '', /registry\.example\.com/);
  });

  it('is none where it shows none, or a word that is none', () => {
    for (const line of [{}, { verdict: 'Pending' }, { verdict: 'constructor' }])
      assert.equal(shownVerdict(showing(line), HOST), undefined);
    assert.equal(shownVerdict(showing({ verdict: 'LoginProven' }), 'other.example.com'), undefined);
  });

  it('is a login that stands in the Secrets, alive, by its line', () => {
    const line = { verdict: 'LoginProven', issueTime: PAST.toISOString(), expirationTime: SOON.toISOString() };
    const [login] = unreadLogins(showing(line), NOW).values();

    assert.deepEqual(
      [login?.prefix, login?.issuedAt, login?.expiresAt, login?.verdict?.kind],
      [HOST, PAST, SOON, 'Valid'],
    );
    assert.equal(unreadLogins(showing({}), NOW).get(HOST)?.expiresAt, null);
  });

  it('is no login where the line says that none is published, or that it is over', () => {
    const lines = [{ reason: 'Expired' }, { reason: 'VerificationFailed' }, { expirationTime: PAST.toISOString() }];
    for (const line of lines) assert.equal(unreadLogins(showing(line), NOW).size, 0);
    assert.equal(unreadLogins(tenantCredential(), NOW).size, 0);
  });
});
