import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CredentialKey } from '../../src/reconcile/keys.ts';
import { createOutcomes } from '../../src/reconcile/outcomes.ts';
import type { NamespaceOutcome } from '../../src/reconcile/ports.ts';
import { failing, SERVED } from '../support/facts.ts';
import { slimNamespace } from '../support/gen.ts';

const MAIN: CredentialKey = 'ClusterRegistryCredential/main';
const OTHER: CredentialKey = 'RegistryCredential/team-a/other';
const TEAM_A = slimNamespace({ name: 'team-a' });

function recorded() {
  const changes: CredentialKey[] = [];
  const outcomes = createOutcomes((key) => changes.push(key));
  return { outcomes, news: () => changes.splice(0) };
}

describe('outcomes', () => {
  it('tell each credential whose counts changed, and nobody when nothing did', () => {
    const { outcomes, news } = recorded();

    outcomes.record(
      TEAM_A,
      new Map([
        [MAIN, SERVED],
        [OTHER, failing('WriteFailed')],
      ]),
    );
    assert.deepEqual(news(), [MAIN, OTHER]);

    outcomes.record(
      TEAM_A,
      new Map([
        [MAIN, { ...SERVED }],
        [OTHER, failing('WriteFailed')],
      ]),
    );
    assert.deepEqual(news(), []);

    outcomes.record(
      TEAM_A,
      new Map([
        [MAIN, SERVED],
        [OTHER, failing('WriteFailed', 'another message')],
      ]),
    );
    assert.deepEqual(news(), [OTHER]);
  });

  it('forget what no longer covers a namespace, and a namespace that is gone', () => {
    const { outcomes, news } = recorded();
    outcomes.record(
      TEAM_A,
      new Map([
        [MAIN, SERVED],
        [OTHER, SERVED],
      ]),
    );
    news();

    outcomes.record(TEAM_A, new Map([[MAIN, SERVED]]));
    assert.deepEqual(news(), [OTHER]);
    assert.equal(outcomes.of(OTHER).get('team-a'), undefined);

    outcomes.forget('team-a');
    assert.deepEqual(news(), [MAIN]);
    assert.equal(outcomes.of(MAIN).get('team-a'), undefined);
    outcomes.forget('team-a');
    assert.deepEqual(news(), []);
  });

  it('are reset for a changed spec: the same outcome is then news again', () => {
    const { outcomes, news } = recorded();
    outcomes.record(TEAM_A, new Map([[MAIN, SERVED]]));
    news();

    outcomes.reset(MAIN);
    assert.equal(outcomes.of(MAIN).get('team-a'), undefined);
    outcomes.record(TEAM_A, new Map([[MAIN, SERVED]]));

    assert.deepEqual(news(), [MAIN]);
    assert.deepEqual(outcomes.of(MAIN).get('team-a'), SERVED);
  });

  it("are reset for a tenant's credential in its own namespace, and nobody else's there", () => {
    const { outcomes } = recorded();
    const tenant = 'RegistryCredential/team-a/own';
    outcomes.record(
      TEAM_A,
      new Map<CredentialKey, NamespaceOutcome>([
        [MAIN, SERVED],
        [tenant, SERVED],
      ]),
    );

    outcomes.reset(tenant);

    assert.equal(outcomes.of(tenant).get('team-a'), undefined);
    assert.deepEqual(outcomes.of(MAIN).get('team-a'), SERVED);
  });

  it('hold at the end what was recorded last for each namespace', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const keys = fc.uniqueArray(fc.constantFrom(MAIN, OTHER));
    const steps = fc.array(fc.tuple(names, keys, fc.constantFrom(SERVED, failing('Forbidden'))));
    fc.assert(
      fc.property(steps, (recordings) => {
        const { outcomes } = recorded();
        const last = new Map<string, Map<CredentialKey, NamespaceOutcome>>();
        for (const [name, covering, outcome] of recordings) {
          const now = new Map(covering.map((key) => [key, outcome] as const));
          outcomes.record(slimNamespace({ name }), now);
          last.set(name, now);
        }
        for (const key of [MAIN, OTHER]) {
          for (const [name, now] of last) assert.deepEqual(outcomes.of(key).get(name), now.get(key));
        }
      }),
    );
  });
});
