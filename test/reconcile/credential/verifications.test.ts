import assert from 'node:assert/strict';
import { sleep } from '../../../src/lib/clock.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import { createVerifications } from '../../../src/reconcile/credential/verifications.ts';
import type { Verifications } from '../../../src/reconcile/credential/verifications.ts';
import { tryId } from '../../../src/reconcile/credential/proof.ts';
import type { Held, HeldEntry } from '../../../src/reconcile/credential/tokens.ts';
import { verifyHeld } from '../../../src/reconcile/credential/verify.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { verifyLogin } from '../../../src/verification/verify.ts';
import type { RegistryVerdict, VerifyRequest } from '../../../src/reconcile/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { candidate, held as heldOf, heldEntry, SOON } from '../../support/facts.ts';
import { clusterCredential, tenantCredential } from '../../support/gen.ts';

const [A, B] = [heldEntry('a.example.com'), heldEntry('b.example.com')];
const proven: RegistryVerdict = { kind: 'Valid', reason: 'LoginProven', message: 'proven' };
const credential = tenantCredential();

interface World {
  readonly verifications: Verifications;
  readonly clock: FakeClock;
  readonly asked: VerifyRequest[];
  readonly woken: string[];
  /** The registry answers the request of this number. */
  readonly answer: (index: number, verdict?: RegistryVerdict) => void;
}

function world(): World {
  const [asked, woken, answers]: [VerifyRequest[], string[], ((verdict?: RegistryVerdict) => void)[]] = [[], [], []];
  const verifier = {
    verify: (request: VerifyRequest) =>
      request.turn(() => {
        asked.push(request);
        return new Promise<RegistryVerdict | undefined>((resolve) => answers.push(resolve));
      }),
  };
  const clock = fakeClock();
  const verifications = createVerifications({ clock, verifier, wake: (key) => void woken.push(key) });
  return { verifications, clock, asked, woken, answer: (index, verdict) => answers[index]?.(verdict) };
}

describe('tries of logins', () => {
  it('are made once however often they are wanted; the verdict wakes the credential, and is told once', async () => {
    const { verifications, asked, woken, answer } = world();
    verifications.want(credential, [A]);
    verifications.want(credential, [A]);
    await eventually(() => asked.length === 1);
    assert.equal(verifications.take(credential.uid).size, 0);

    answer(0, proven);
    await eventually(() => woken.length === 1);

    assert.deepEqual([...verifications.take(credential.uid)], [[tryId(credential, A), proven]]);
    assert.equal(verifications.take(credential.uid).size, 0);
    assert.deepEqual([asked.length, woken], [1, [credential.key]]);
  });

  it('that nobody wants any more are given up, and wake nobody', async () => {
    const { verifications, asked, woken, answer } = world();
    verifications.want(credential, [A, B]);
    await eventually(() => asked.length === 2);

    verifications.want(credential, [B]);
    answer(0, proven);
    answer(1, proven);
    await eventually(() => woken.length === 1);

    assert.deepEqual(
      asked.map(({ signal }) => signal.aborted),
      [true, false],
    );
    assert.deepEqual([...verifications.take(credential.uid).keys()], [tryId(credential, B)]);
  });

  it('end with the credential, and with the leadership', async () => {
    const { verifications, asked } = world();
    verifications.want(credential, [A]);
    const other = tenantCredential({ name: 'other' });
    verifications.want(other, [B]);
    await eventually(() => asked.length === 2);

    verifications.forget(credential.uid);
    assert.deepEqual(
      asked.map(({ signal }) => signal.aborted),
      [true, false],
    );
    verifications.stop();
    assert.equal(asked[1]?.signal.aborted, true);
  });

  it('of one registry are few at once, and those of others are not delayed', async () => {
    const { verifications, asked } = world();
    for (let index = 0; index < 8; index += 1)
      verifications.want(tenantCredential({ name: `slow-${index}`, namespace: `team-${index}` }), [A]);
    verifications.want(credential, [B]);

    await eventually(() => asked.length === 6);
    assert.ok(asked.some(({ login }) => login.prefix === B.prefix));
  });

  it('of one tenant are few at once, however many registries it names; those of others are not delayed', async () => {
    const { verifications, asked } = world();
    const logins = Array.from({ length: 60 }, (_, index) => heldEntry(`slow-${index}.example.com`));
    verifications.want(tenantCredential({ name: 'greedy', namespace: 'greedy' }), logins);
    verifications.want(tenantCredential({ name: 'modest', namespace: 'modest' }), [A]);

    await eventually(() => asked.length >= 6 && asked.some(({ login }) => login.prefix === A.prefix));
    assert.equal(asked.length, 6);
  });

  it('of all tenants are so many at once that they fit into memory; those of the platform are not delayed', async () => {
    const { verifications, asked } = world();
    for (let index = 0; index < 100; index += 1)
      verifications.want(tenantCredential({ name: `slow-${index}`, namespace: `team-${index}` }), [
        heldEntry(`slow-${index}.example.com`),
      ]);
    verifications.want(clusterCredential(), [A]);

    await eventually(() => asked.some(({ login }) => login.prefix === A.prefix) && asked.length >= 51);
    assert.equal(asked.length, 51);
  });

  it('tell when they began, as long as they run', async () => {
    const { verifications, clock, asked, woken, answer } = world();
    clock.advance(7);
    verifications.want(credential, [A]);
    assert.equal(verifications.begunMs(credential.uid), 7);

    await eventually(() => asked.length === 1);
    answer(0, proven);
    await eventually(() => woken.length === 1);
    assert.equal(verifications.begunMs(credential.uid), undefined);
  });

  it('that come to nothing say so', async () => {
    const { verifications, asked, woken, answer } = world();
    verifications.want(credential, [A]);
    await eventually(() => asked.length === 1);
    answer(0);
    await eventually(() => woken.length === 1);

    assert.equal(verifications.take(credential.uid).get(tryId(credential, A))?.reason, 'NotProbed');
  });
});

describe('logins of many tenants at one registry', () => {
  const KINDS = { refused: 401, good: 200 } as const;

  /** Each has a new login beside one in use, or alone; the registry answers at once. A run follows each verdict. */
  function crowd(count: number, { mode, says, inUse }: Crowd) {
    const clock = fakeClock();
    const [begunMs, woken]: [number[], string[]] = [[], []];
    const [open, most] = [new Set<symbol>(), { open: 0 }];
    const fetch = (async (_url: URL, { headers }: RequestInit) => {
      const one = Symbol('request');
      most.open = Math.max(most.open, open.add(one).size);
      if (!new Headers(headers).has('authorization')) begunMs.push(clock.monotonicMs());
      await sleep(clock, 100);
      open.delete(one);
      const status = new Headers(headers).has('authorization') ? KINDS[says] : 401;
      return new Response('{}', { status, headers: status === 401 ? { 'www-authenticate': 'Basic realm="r"' } : {} });
    }) as typeof globalThis.fetch;
    const verifier = {
      verify: ({ login, turn, signal }: VerifyRequest) =>
        verifyLogin(
          { ...login, provider: 'static', username: 'bot', password: sensitive('secret') },
          { fetch, registries: new Map(), allowedRealms: [], clock, turn },
          signal,
        ),
    };
    const run = ({ credential, held }: Member): Held => verifyHeld(credential, held, { clock, verifications });
    const wake = (key: string): void => {
      woken.push(key);
      for (const member of members) if (member.credential.key === key) member.held = run(member);
    };
    const verifications = createVerifications({ clock, verifier, wake });
    const members = Array.from({ length: count }, (_, index): Member => {
      const tenant = { name: `main-${index}`, namespace: `team-${index}`, spec: { verification: { mode } } };
      const next = candidate(A.prefix, { hash: 'new', identity: 'i', expiresAt: SOON });
      return { credential: tenantCredential(tenant), held: heldOf(inUse ? [inUse] : [], { candidates: [next] }) };
    });
    for (const member of members) member.held = run(member);
    /** Time passes; every credential has a run each second, as if something woke it. */
    const passes = async (seconds: number, each: () => void): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advanceSlowly(1000);
        for (const member of members) member.held = run(member);
        each();
      }
    };
    const published = () => members.filter(({ held }) => held.entries.get(A.prefix)?.hash === 'new').length;
    return { clock, begunMs, woken, most, members, passes, published };
  }

  for (const count of [4, 16, 50])
    it(`F109: that it refuses, ${count} of them, are published under Require at no time`, async () => {
      const { passes, published, members } = crowd(count, { mode: 'Require', says: 'refused' });

      await passes(60, () => assert.equal(published(), 0));

      assert.ok(members.every(({ held }) => held.candidates.get(A.prefix)?.verdict?.kind === 'Invalid'));
    });

  it('F110: that it refuses replace no live good one under Warn, however long their turn takes', async () => {
    const live = heldEntry(A.prefix, { hash: 'live', identity: 'i', expiresAt: SOON, verdict: proven });
    const { passes, published } = crowd(50, { mode: 'Warn', says: 'refused', inUse: live });

    await passes(60, () => assert.equal(published(), 0));
  });

  it('are published under Warn at once where none is alive', () => {
    assert.equal(crowd(50, { mode: 'Warn', says: 'refused' }).published(), 50);
  });

  it('that it takes are all published under Require, though most wait longer than 30 s for their turn', async () => {
    const { passes, published, begunMs } = crowd(500, { mode: 'Require', says: 'good' });

    await passes(52, () => undefined);

    assert.deepEqual([published(), begunMs.length], [500, 500]);
  });

  it('are tried five at once and ten a second, thrice each; a verdict wakes its credential once', async () => {
    const { passes, most, begunMs, woken, clock } = crowd(300, { mode: 'Require', says: 'refused' });
    let timers = 0;
    await passes(100, () => (timers = Math.max(timers, clock.pendingMs().length)));

    assert.deepEqual([begunMs.length, woken.length, new Set(woken).size, most.open], [900, 300, 300, 5]);
    for (const [index, ms] of begunMs.entries()) assert.ok(ms - (begunMs[index - 10] ?? -Infinity) >= 1000);
    assert.ok(timers <= 300 + 1, `one for each that pauses, and one for the registry, not ${timers}`);
  });
});

interface Crowd {
  readonly mode: 'Warn' | 'Require';
  readonly says: 'refused' | 'good';
  readonly inUse?: HeldEntry;
}

interface Member {
  readonly credential: Credential;
  held: Held;
}
