import assert from 'node:assert/strict';
import { createVerifications } from '../../../src/reconcile/credential/verifications.ts';
import type { Verifications } from '../../../src/reconcile/credential/verifications.ts';
import { tryId } from '../../../src/reconcile/credential/proof.ts';
import type { RegistryVerdict, VerifyRequest } from '../../../src/reconcile/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { heldEntry } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

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
    verify: (request: VerifyRequest) => {
      asked.push(request);
      return new Promise<RegistryVerdict | undefined>((resolve) => answers.push(resolve));
    },
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
