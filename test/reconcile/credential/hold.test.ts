import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { holdFailure, holdIssued } from '../../../src/reconcile/credential/hold.ts';
import type { Issued } from '../../../src/reconcile/credential/hold.ts';
import type { CredentialPorts } from '../../../src/reconcile/credential/ports.ts';
import { refreshAt } from '../../../src/reconcile/credential/refresh.ts';
import type { Held, HeldEntry } from '../../../src/reconcile/credential/tokens.ts';
import { authEntry, entryHash } from '../../../src/lib/docker-config.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { RegistryVerdict } from '../../../src/reconcile/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const [A, B] = ['a.example.com', 'b.example.com'];
const LATER = new Date(SOON.getTime() + 60_000);
const credential = tenantCredential();
const untried = tenantCredential({ spec: { verification: { mode: 'Off' } } });
const made = { madeFor: { edition: 'e', inputVersions: 'v', refreshRequest: undefined }, watched: true };
const old = (prefix: string) => heldEntry(prefix, { expiresAt: SOON, identity: 'i' });
const failed = (...prefixes: string[]) => issueFailure('MalformedResponse', prefixes, { endpoint: 'icr' });
const invalid: RegistryVerdict = { kind: 'Invalid', reason: 'Invalid', message: 'refused' };
const bad = <Login extends HeldEntry>(login: Login): Login => ({ ...login, verdict: invalid });

function fresh(prefix: string, expiresAt: Date | null = LATER) {
  const entry = authEntry('bot', sensitive('new'));
  return heldEntry(prefix, { entry, hash: entryHash(entry), expiresAt, identity: 'i' });
}

function portsWith(): CredentialPorts {
  return { clock: fakeClock(NOW.getTime()) } as unknown as CredentialPorts; // all that is used here
}

function hold(before: Held | undefined, issued: Partial<Issued>, by = credential): Held {
  const whole = { entries: [], failures: [], warnings: [], sourceEndsAt: undefined, retryAtMs: undefined, ...issued };
  return holdIssued(by, before, whole, made, portsWith());
}

const passwords = ({ entries }: Held) =>
  Object.fromEntries([...entries.values()].map(({ key, entry }) => [key, entry.password]));

describe('holdIssued', () => {
  it('replaces the logins, starts the ladder anew, and issues again at the refresh', () => {
    const entry = fresh(A);
    const now = hold(held([old(A)], { attempt: 3 }), { entries: [entry] }, untried);

    assert.deepEqual([passwords(now), now.attempt], [{ [A]: 'new' }, 0]);
    assert.deepEqual(now.nextRefreshTime, refreshAt(credential, entry));
    assert.equal(now.issueAgainAt, refreshAt(credential, entry).getTime() - NOW.getTime());
  });

  it('keeps the last good login of a prefix that failed, and drops one that is named no more', () => {
    const before = held([old(A), old(B), old('c.example.com')]);
    const now = hold(before, { entries: [fresh(A)], failures: [failed(B)] }, untried);

    assert.deepEqual(passwords(now), { [A]: 'new', [B]: `password of ${B}` });
    assert.equal(now.attempt, 1);
  });

  it('keeps a login of the same identity that lives longer than the new one', () => {
    const now = hold(held([old(A)]), { entries: [fresh(A, new Date(SOON.getTime() - 1))] });

    assert.deepEqual(passwords(now), { [A]: `password of ${A}` });
  });

  it('publishes a new login once its verdict is there, where it could be worse than the one in use', () => {
    const waits = hold(held([old(A)]), { entries: [fresh(A)] });

    assert.deepEqual(passwords(waits), { [A]: `password of ${A}` });
    assert.deepEqual([waits.candidates.get(A)?.entry.password, waits.candidates.get(A)?.sinceMs], ['new', 0]);
    assert.deepEqual(passwords(hold(undefined, { entries: [fresh(A)] })), { [A]: 'new' });
    assert.deepEqual(passwords(hold(held([bad(old(A))]), { entries: [fresh(A)] })), { [A]: 'new' });
  });

  it('knows a login that comes once more, and its verdict', () => {
    const proof = { repository: undefined, triedMs: 1, againAtMs: 2, isRunning: false };
    const before = held([old(A)], { candidates: [{ ...bad(fresh(A)), proof, round: 3, sinceMs: -7 }] });
    const [same] = hold(before, { entries: [fresh(A)] }).candidates.values();

    assert.deepEqual([same?.verdict, same?.proof, same?.round, same?.sinceMs], [invalid, proof, 3, -7]);
  });

  it('goes on with the ladder where one bad login follows another, and starts it anew after a change', () => {
    const before = held([old(A)], { candidates: [{ ...bad(heldEntry(A, { hash: 'other' })), round: 3, sinceMs: 0 }] });
    const changed = { ...before, madeFor: { ...made.madeFor, edition: 'former' } };

    assert.equal(hold({ ...before, madeFor: made.madeFor }, { entries: [fresh(A)] }).candidates.get(A)?.round, 3);
    assert.equal(hold(changed, { entries: [fresh(A)] }).candidates.get(A)?.round, 0);
  });

  it('plans the refresh by the newest login, also where it is kept back', () => {
    const late = { ...bad(fresh(A)), sinceMs: 0 };
    const now = hold(
      held([heldEntry(A, { expiresAt: SOON, issuedAt: PAST, refreshFrom: PAST, identity: 'i' })], {
        candidates: [late],
      }),
      {
        entries: [fresh(A)],
      },
    );

    assert.deepEqual(now.nextRefreshTime, refreshAt(credential, late));
  });

  it('keeps what is known to stand in the Secrets until a login for it is published', () => {
    const unread = [heldEntry(A), heldEntry(B), heldEntry('c.example.com')];
    const now = hold(held([], { unread }), { entries: [fresh(A)], failures: [failed(B)] });

    assert.deepEqual([[...now.candidates.keys()], [...now.unread.keys()]], [[A], [A, B]]);
  });

  it('asks again when the calls may be made again, not before', () => {
    const before = held([old(A)]);
    const failures = [failed(A)];

    assert.equal(hold(before, { failures, retryAtMs: [90_000, 70_000] }).issueAgainAt, 70_000);
    assert.equal(hold(before, { failures, retryAtMs: [] }).issueAgainAt, undefined);
  });

  it('sets no timer for logins that do not expire', () => {
    const now = hold(undefined, { entries: [fresh(A, null)] });

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

  it('keeps what was said of the tokens in use', () => {
    const warnings = [{ identity: '', message: 'odd' }];
    const now = holdFailure(credential, held([old(A)], { warnings, sourceEndsAt: LATER }), missing, made, portsWith());

    assert.deepEqual([now.warnings, now.sourceEndsAt], [warnings, LATER]);
  });

  it('waits for a change where the input is watched, else polls it', () => {
    const polled = holdFailure(credential, undefined, missing, { ...made, watched: false }, portsWith());

    assert.equal(holdFailure(credential, undefined, missing, made, portsWith()).issueAgainAt, undefined);
    assert.ok((polled.issueAgainAt ?? 0) >= 240_000 && (polled.issueAgainAt ?? 0) <= 360_000);
  });
});
