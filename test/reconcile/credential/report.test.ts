import assert from 'node:assert/strict';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeErrorKind, KubeObject, Seen } from '../../../src/kube/client.ts';
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

/** The one object, whose status whoever wants to writes, if he saw the version that stands. */
function stored(uid = 'uid-main') {
  let object: KubeObject = {
    metadata: { name: 'main', uid, resourceVersion: '1', generation: 1 },
    spec: clusterCredential().spec,
  };
  return {
    get: (): KubeObject => object,
    read: (): Credential => readCredential('ClusterRegistryCredential', object),
    patch: (seen: Seen, body: object): KubeObject => {
      const { resourceVersion } = object.metadata;
      if (seen.resourceVersion !== resourceVersion) throw refusal('Conflict');
      const { status } = body as { status: Record<string, unknown> };
      const merged = { ...(object['status'] as object | undefined), ...status };
      const left = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
      const metadata = { ...object.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
      object = { ...object, metadata, status: left };
      return object;
    },
  };
}

function refusal(kind: KubeErrorKind): KubeError {
  return new KubeError({ kind, status: 0, request: 'patch' });
}

interface Given {
  readonly clock: FakeClock;
  readonly patch: (seen: Seen, body: object) => KubeObject;
  readonly get?: () => KubeObject;
}

/** One installation: what it remembers, wrote and told. */
function installation({ clock, patch, get }: Given) {
  const writes: object[] = [];
  const events: string[] = [];
  const remembered: KubeObject[] = [];
  const ports = {
    clock,
    fights: createFights(clock),
    lastCounts: new Map<string, number>(),
    client: {
      patch: (_ref: unknown, seen: Seen, body: object) =>
        Promise.resolve().then(() => {
          writes.push(body);
          return patch(seen, body);
        }),
      get: () => Promise.resolve().then(() => get?.()),
    },
    rememberCredential: (object: KubeObject) => void remembered.push(object),
    events: { record: ({ reason }: { reason: string }) => void events.push(reason) },
  } as unknown as CredentialPorts;
  const write = (credential: Credential, facts: Partial<StatusFacts> = {}): Promise<number | undefined> =>
    writeStatus(credential, factsWith({ now: clock.now(), ...facts }), ports, {
      signal: new AbortController().signal,
      runId: 'run',
    });
  return { write, writes, events, remembered };
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

  it('is of the very version it was decided on: refused, the live object is read, and looked at again', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    const { write, remembered, events } = installation({ clock, ...object });
    const seen = object.read();
    object.patch(object.get().metadata, { status: { provider: 'somebody else was here' } });

    const lookAgainMs = await write(seen);

    assert.equal(lookAgainMs, 1000);
    assert.deepEqual(remembered, [object.get()]);
    assert.equal(object.read().status?.conditions, undefined);
    assert.deepEqual(events, []);
    assert.equal(await write(object.read()), undefined);
    assert.ok(object.read().status?.conditions);
  });

  it('never goes back in time, also where the answer to a write was lost', async () => {
    const [clock, object] = [fakeClock(NOW.getTime()), stored()];
    let isLost = true;
    const patch = (seen: Seen, body: object): KubeObject => {
      const answer = object.patch(seen, body);
      if (isLost) throw refusal('Unknown');
      return answer;
    };
    const { write, remembered } = installation({ clock, patch, get: object.get });
    const timeOf = () =>
      object.read().status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
    const seen = object.read();

    await assert.rejects(write(seen, { ignored: true }));
    const lost = timeOf();
    isLost = false;
    clock.advance(MINUTE_MS);
    await write(seen, { held: held([heldEntry(HOST, { expiresAt: SOON })]) });

    assert.equal(
      timeOf(),
      lost,
      'what was sent stands there, so nothing is written on the strength of what stood before',
    );
    assert.deepEqual(remembered, [object.get()]);
  });

  it("is nobody's business where the credential is gone, and fails the run for all else", async () => {
    const clock = fakeClock(NOW.getTime());
    const refusing = (kind: 'NotFound' | 'Unavailable') =>
      installation({
        clock,
        patch: () => {
          throw refusal(kind);
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
    const forbidden = { verb: 'list and watch', object: 'secrets', rule: '{}' };
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
    const forbidden = { verb: 'list and watch', object: 'secrets', rule: '{}' };
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
