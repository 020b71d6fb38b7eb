import assert from 'node:assert/strict';
import {
  asOfToday,
  isReplacementDue,
  isTryDue,
  provenAs,
  repositoryOf,
} from '../../../src/reconcile/credential/proof.ts';
import type { HeldEntry } from '../../../src/reconcile/credential/tokens.ts';
import type { RegistryVerdict } from '../../../src/reconcile/ports.ts';
import { heldEntry } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const HOST = 'registry.example.com';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const verdicts = {
  valid: { kind: 'Valid', reason: 'LoginProven', message: 'proven' },
  invalid: { kind: 'Invalid', reason: 'Invalid', message: 'refused' },
  denied: { kind: 'Denied', reason: 'Denied', message: 'denied' },
  doubt: { kind: 'Indeterminate', reason: 'Indeterminate', message: 'no verdict' },
  realm: { kind: 'Indeterminate', reason: 'RealmNotTrusted', message: 'realm' },
} as const satisfies Record<string, RegistryVerdict>;

const about = (verifyRepository?: string) =>
  tenantCredential({
    spec: {
      provider: { static: { registries: [{ prefix: HOST, ...(verifyRepository ? { verifyRepository } : {}) }] } },
    },
  });
const credential = about();
const issued = heldEntry(HOST, { identity: 'i' });
const prove = (verdict: RegistryVerdict, login: HeldEntry = issued, nowMs = 0) =>
  provenAs(login, verdict, credential, nowMs);
const againMs = ({ proof }: HeldEntry) => proof?.againAtMs;

describe('a verdict about a login', () => {
  it('that settles it is the last one for an issued token', () => {
    assert.equal(againMs(prove(verdicts.valid)), Infinity);
    assert.equal(againMs(prove(verdicts.realm)), Infinity);
  });

  it('about a login that nobody issues anew is renewed daily, a little early', () => {
    const again = againMs(prove(verdicts.valid, heldEntry(HOST))) ?? 0;

    assert.ok(again > 0.9 * DAY_MS - 1 && again <= DAY_MS);
  });

  it('that settles nothing is asked for again on the slow ladder, which ends at 15 minutes and not before', () => {
    for (const verdict of [verdicts.invalid, verdicts.denied, verdicts.doubt]) {
      const steps = [1, 2, 3, 4, 5, 6].reduce<HeldEntry[]>((all) => [...all, prove(verdict, all.at(-1))], []);

      assert.deepEqual(
        steps.map((one) => (againMs(one) ?? 0) / MINUTE_MS),
        [1, 2, 4, 8, 15, 15],
      );
      assert.equal(prove(verdicts.valid, steps.at(-1)).round, 0);
    }
  });

  it('F114: is asked for again when a throttled registry says, within bounds, and goes back to the ladder after that', () => {
    const throttled = (retryAfterMs: number) => prove({ ...verdicts.doubt, retryAfterMs });

    assert.deepEqual(
      [15 * MINUTE_MS, 1000, 48 * 60 * MINUTE_MS].map((ms) => againMs(throttled(ms)) ?? 0),
      [15 * MINUTE_MS, MINUTE_MS / 2, 60 * MINUTE_MS],
    );
    assert.deepEqual(throttled(15 * MINUTE_MS).verdict, verdicts.doubt);
    assert.equal(againMs(prove(verdicts.doubt, throttled(15 * MINUTE_MS))), 2 * MINUTE_MS);
  });

  it('keeps its words where the same doubt comes again', () => {
    const before = prove(verdicts.doubt);

    assert.equal(prove({ ...verdicts.doubt, message: 'another cause' }, before).verdict, before.verdict);
  });

  it('counts from the start where it was made before, and not where another repository is asked for now', () => {
    const before = asOfToday({ ...issued, verdict: verdicts.denied }, credential, 500);

    assert.equal(againMs(before), 500 + MINUTE_MS);
    assert.equal(asOfToday(before, credential, 900), before);
    assert.equal(asOfToday(before, about('team/app'), 900).verdict, undefined);
    assert.equal(repositoryOf(about('team/app'), HOST), 'team/app');
  });
});

describe('what is due for a login', () => {
  it('is a try: without a verdict, while one is on its way, and when its time has come', () => {
    const denied = prove(verdicts.denied);

    assert.deepEqual(
      [issued, denied, prove(verdicts.valid)].map((login) => isTryDue(login, 1)),
      [true, false, false],
    );
    assert.equal(isTryDue(denied, MINUTE_MS), true);
    assert.equal(isTryDue({ ...denied, proof: denied.proof && { ...denied.proof, isRunning: true } }, 1), true);
  });

  it('is another one: where it is issued and proven bad, when its time has come, once', () => {
    const invalid = prove(verdicts.invalid);
    const running = { ...invalid, proof: invalid.proof && { ...invalid.proof, isRunning: true } };

    assert.equal(isReplacementDue(invalid, MINUTE_MS - 1), false);
    assert.equal(isReplacementDue(invalid, MINUTE_MS), true);
    for (const other of [running, prove(verdicts.denied), prove(verdicts.invalid, heldEntry(HOST))])
      assert.equal(isReplacementDue(other, MINUTE_MS), false);
  });
});
