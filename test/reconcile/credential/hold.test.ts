import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { holdFailure, holdIssued } from '../../../src/reconcile/credential/hold.ts';
import type { Issued } from '../../../src/reconcile/credential/hold.ts';
import type { CredentialPorts } from '../../../src/reconcile/credential/ports.ts';
import { refreshAt } from '../../../src/reconcile/credential/refresh.ts';
import type { Held } from '../../../src/reconcile/credential/tokens.ts';
import { authEntry, entryHash } from '../../../src/lib/docker-config.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { RegistryVerdict } from '../../../src/reconcile/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const [A, B] = ['a.example.com', 'b.example.com'];
const LATER = new Date(SOON.getTime() + 60_000);
const credential = tenantCredential();
const made = { madeFor: { edition: 'e', inputVersions: 'v', refreshRequest: undefined }, watched: true };
const old = (prefix: string) => heldEntry(prefix, { expiresAt: SOON, identity: 'i' });
const failed = (...prefixes: string[]) => issueFailure('MalformedResponse', prefixes, { endpoint: 'icr' });
const invalid: RegistryVerdict = { kind: 'Invalid', reason: 'Invalid', message: 'refused' };

function fresh(prefix: string, expiresAt: Date | null = LATER) {
  const entry = authEntry('bot', sensitive('new'));
  return heldEntry(prefix, { entry, hash: entryHash(entry), expiresAt, identity: 'i' });
}

function portsWith(verdicts: Readonly<Record<string, RegistryVerdict>> = {}): CredentialPorts {
  const verifier = { verify: () => Promise.resolve(new Map(Object.entries(verdicts))) };
  return { clock: fakeClock(NOW.getTime()), verifier } as unknown as CredentialPorts; // all that is used here
}

function hold(before: Held | undefined, issued: Partial<Issued>, ports = portsWith()): Promise<Held> {
  const whole = { entries: [], failures: [], warnings: [], retryAtMs: undefined, ...issued };
  return holdIssued(credential, before, whole, made, ports);
}

const passwords = ({ entries }: Held) =>
  Object.fromEntries([...entries.values()].map(({ key, entry }) => [key, entry.password]));

describe('holdIssued', () => {
  it('replaces the logins, starts the ladder anew, and issues again at the refresh', async () => {
    const entry = fresh(A);
    const now = await hold(held([old(A)], { attempt: 3 }), { entries: [entry] });

    assert.deepEqual([passwords(now), now.attempt], [{ [A]: 'new' }, 0]);
    assert.deepEqual(now.nextRefreshTime, refreshAt(credential, entry));
    assert.equal(now.issueAgainAt, refreshAt(credential, entry).getTime() - NOW.getTime());
  });

  it('keeps the last good login of a prefix that failed, and drops one that is named no more', async () => {
    const before = held([old(A), old(B), old('c.example.com')]);
    const now = await hold(before, { entries: [fresh(A)], failures: [failed(B)] });

    assert.deepEqual(passwords(now), { [A]: 'new', [B]: `password of ${B}` });
    assert.equal(now.attempt, 1);
  });

  it('keeps a login of the same identity that lives longer than the new one', async () => {
    const now = await hold(held([old(A)]), { entries: [fresh(A, new Date(SOON.getTime() - 1))] });

    assert.deepEqual(passwords(now), { [A]: `password of ${A}` });
  });

  it('keeps a new login back that the registry refuses, and tries it again in a minute', async () => {
    const now = await hold(held([old(A)]), { entries: [fresh(A)] }, portsWith({ [A]: invalid }));

    assert.deepEqual(passwords(now), { [A]: `password of ${A}` });
    assert.equal(now.candidates.get(A)?.entry.password, 'new');
    assert.equal(now.issueAgainAt, 60_000);
  });

  it('asks again when the calls may be made again, not before', async () => {
    const before = held([old(A)]);
    const failures = [failed(A)];

    assert.equal((await hold(before, { failures, retryAtMs: [90_000, 70_000] })).issueAgainAt, 70_000);
    assert.equal((await hold(before, { failures, retryAtMs: [] })).issueAgainAt, undefined);
  });

  it('sets no timer for logins that do not expire', async () => {
    const now = await hold(undefined, { entries: [fresh(A, null)] });

    assert.deepEqual([now.issueAgainAt, now.nextRefreshTime], [undefined, undefined]);
  });
});

describe('holdFailure', () => {
  const missing = issueFailure('InputNotFound', [], { kind: 'Secret', name: 'key', namespace: 'team-a' });

  it('leaves every login in use, and counts the attempt', () => {
    const now = holdFailure(credential, held([old(A), old(B)], { attempt: 1 }), missing, made, portsWith());

    assert.deepEqual(Object.keys(passwords(now)), [A, B]);
    assert.deepEqual([now.attempt, now.madeFor, now.failures], [2, made.madeFor, [missing]]);
  });

  it('waits for a change where the input is watched, else polls it', () => {
    const polled = holdFailure(credential, undefined, missing, { ...made, watched: false }, portsWith());

    assert.equal(holdFailure(credential, undefined, missing, made, portsWith()).issueAgainAt, undefined);
    assert.ok((polled.issueAgainAt ?? 0) >= 240_000 && (polled.issueAgainAt ?? 0) <= 360_000);
  });
});
