import assert from 'node:assert/strict';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { gatherFacts, writeStatus } from '../../../src/reconcile/credential/report.ts';
import type { CredentialPorts } from '../../../src/reconcile/credential/ports.ts';
import type { StatusFacts } from '../../../src/reconcile/credential/status-facts.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { readCredential } from '../../../src/reconcile/credential.ts';
import { createFights } from '../../../src/reconcile/namespace/fights.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { factsWith, failing, held, heldEntry, NOW, PAST, SERVED, SOON } from '../../support/facts.ts';
import { ALL_PERMITTED, clusterCredential, slimNamespace } from '../../support/gen.ts';

const HOST = 'registry.example.com';
const MINUTE_MS = 60_000;

/** The one object, whose status whoever wants to writes. */
function stored() {
  let object: KubeObject = {
    metadata: { name: 'main', uid: 'uid-main', resourceVersion: '1', generation: 1 },
    spec: clusterCredential().spec,
  };
  return {
    read: (): Credential => readCredential('ClusterRegistryCredential', object),
    patch: (body: object): KubeObject => {
      const { status } = body as { status: Record<string, unknown> };
      const merged = { ...(object['status'] as object | undefined), ...status };
      const left = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
      object = { ...object, status: left };
      return object;
    },
  };
}

interface Given {
  readonly clock: FakeClock;
  readonly patch: (body: object) => KubeObject;
}

/** One installation: what it remembers, wrote and told. */
function installation({ clock, patch }: Given) {
  const writes: object[] = [];
  const events: string[] = [];
  const ports = {
    clock,
    fights: createFights(clock),
    lastCounts: new Map<string, number>(),
    unanswered: new Map(),
    client: {
      patch: (_ref: unknown, _seen: unknown, body: object) =>
        Promise.resolve().then(() => {
          writes.push(body);
          return patch(body);
        }),
    },
    rememberCredential: () => undefined,
    events: { record: ({ reason }: { reason: string }) => void events.push(reason) },
  } as unknown as CredentialPorts;
  const write = (credential: Credential, facts: Partial<StatusFacts> = {}): Promise<number | undefined> =>
    writeStatus(credential, factsWith({ now: clock.now(), ...facts }), ports, {
      signal: new AbortController().signal,
      runId: 'run',
    });
  return { write, writes, events };
}

describe('the status of a credential', () => {
  it('is written once for the same facts, and tells its transitions once', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const { write, writes, events } = installation({ clock, patch: object.patch });

    await write(object.read());
    clock.advance(MINUTE_MS);
    await write(object.read());

    assert.equal(writes.length, 1);
    assert.deepEqual(events, [...new Set(events)]);
    assert.ok(events.length > 0);
  });

  it('loses the fields that are no longer true', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const { write } = installation({ clock, patch: object.patch });

    await write(object.read(), { held: held([heldEntry(HOST, { expiresAt: SOON })]) });
    assert.equal(object.read().status?.expirationTime, SOON.toISOString());
    await write(object.read(), { held: held([heldEntry(HOST)]) });
    assert.equal(object.read().status?.expirationTime, undefined);
  });

  it('is written at most once in ten seconds where only counts flow', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const { write, writes } = installation({ clock, patch: object.patch });
    const selected = ['a', 'b', 'c'];
    const refused = (...names: readonly string[]): Partial<StatusFacts> => ({
      selected,
      outcomes: new Map(selected.map((name) => [name, names.includes(name) ? failing('Forbidden') : SERVED])),
    });

    await write(object.read(), refused('a'));
    clock.advance(4000);
    assert.equal(await write(object.read(), refused('a', 'b')), 6000);
    clock.advance(6000);
    assert.equal(await write(object.read(), refused('a', 'b')), undefined);
    assert.equal(writes.length, 2);
  });

  it('never goes back in time, also where the answer to a write was lost', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    let isLost = false;
    const patch = (body: object): KubeObject => {
      const answer = object.patch(body);
      if (isLost) throw new KubeError({ kind: 'Unavailable', status: 500, request: 'patch' });
      return answer;
    };
    const { write } = installation({ clock, patch });
    const timeOf = () =>
      object.read().status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
    await write(object.read());
    const seen = object.read();

    isLost = true;
    clock.advance(MINUTE_MS);
    await assert.rejects(write(seen, { ignored: true }));
    isLost = false;
    const lost = timeOf();
    clock.advance(MINUTE_MS);
    await write(seen, { held: held([heldEntry(HOST, { expiresAt: SOON })]) });

    assert.ok(timeOf() > lost, 'what was sent may stand there');
  });

  it("is nobody's business where the credential is gone, and fails the run for all else", async () => {
    const clock = fakeClock(NOW.getTime());
    const refusing = (kind: 'NotFound' | 'Unavailable') =>
      installation({
        clock,
        patch: () => {
          throw new KubeError({ kind, status: 0, request: 'patch' });
        },
      });
    const gone = refusing('NotFound');

    assert.equal(await gone.write(stored().read()), undefined);
    assert.deepEqual(gone.events, []);
    await assert.rejects(refusing('Unavailable').write(stored().read()), { kind: 'Unavailable' });
  });
});

describe('two installations that write one status', () => {
  /** Both want something else, and run whenever the other has written, or when they asked for it. */
  async function fight(minutes: number) {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const given = { clock, patch: object.patch };
    const forbidden = { verb: 'list and watch', resource: 'secrets' };
    const sides = [
      { ...installation(given), facts: {}, dueMs: 0 },
      { ...installation(given), facts: { forbidden }, dueMs: 0 },
    ];
    for (let second = 0; second < minutes * 60; second += 1) {
      for (const side of sides) {
        const before = side.writes.length;
        if (clock.monotonicMs() < side.dueMs) continue;
        const waitMs = await side.write(object.read(), side.facts);
        side.dueMs = clock.monotonicMs() + (waitMs ?? Infinity);
        const wrote = side.writes.length > before;
        if (wrote)
          for (const other of sides) if (other !== side) other.dueMs = Math.min(other.dueMs, clock.monotonicMs());
      }
      clock.advance(1000);
    }
    return sides;
  }

  it('slow down to one write in five minutes each', async () => {
    const sides = await fight(60);

    for (const { writes } of sides) {
      assert.ok(writes.length > 4, `${writes.length}: a lasting difference is told again`);
      assert.ok(writes.length <= 4 + 60 / 5, `${writes.length} writes in an hour`);
    }
  });

  it('end the fight when one of them leaves', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const [one, other] = [installation({ clock, patch: object.patch }), installation({ clock, patch: object.patch })];
    const forbidden = { verb: 'list and watch', resource: 'secrets' };
    for (let round = 0; round < 5; round += 1) {
      await other.write(object.read(), { forbidden });
      await one.write(object.read());
    }
    const waitMs = (await one.write(object.read())) ?? 0;

    clock.advance(waitMs);
    assert.equal(await one.write(object.read()), undefined);
    assert.equal(object.read().status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });
});

describe('gatherFacts', () => {
  function facts(credential: Credential, change: Partial<CredentialPorts> = {}): StatusFacts {
    const namespaces = [slimNamespace({ name: 'team-a' }), slimNamespace({ name: 'team-b' })];
    const ports = {
      clock: fakeClock(NOW.getTime()),
      permissions: ALL_PERMITTED,
      stores: { namespaces: { values: () => namespaces.values(), get: () => undefined } },
      outcomes: { of: () => new Map() },
      forbidden: () => undefined,
      ...change,
    } as unknown as CredentialPorts;
    const entries = [heldEntry('old.example.com', { expiresAt: PAST }), heldEntry('new.example.com')];
    return gatherFacts(credential, 'active', held(entries), ports);
  }

  it('names the selected namespaces, and the keys that were taken out', () => {
    const { selected, removedKeys } = facts(
      clusterCredential({ spec: { namespaces: { names: ['team-b'] }, expiryPolicy: 'Remove' } }),
    );

    assert.deepEqual([selected, [...removedKeys]], [['team-b'], ['old.example.com']]);
  });

  it('takes nothing out where expired logins are kept', () => {
    assert.equal(facts(clusterCredential({ spec: { expiryPolicy: 'Keep' } })).removedKeys.size, 0);
  });

  it('names the ServiceAccounts that the installation does not permit', () => {
    const credential = clusterCredential({ spec: { serviceAccounts: { names: ['default', 'builder'] } } });
    const permissions = { ...ALL_PERMITTED, serviceAccountNames: ['default'] };

    assert.deepEqual(facts(credential, { permissions }).forbiddenServiceAccounts, ['builder']);
  });
});
