// Journeys of "Secrets changed by others" (docs/faults.md), on either API server.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import {
  HOST,
  assertUntouched,
  attached,
  deleteCredential,
  dockerConfig,
  edit,
  foreignSecret,
  prepare,
  publish,
  pulledAs,
  rawAuths,
  rotate,
  secretIn,
  syncedInTime,
  syncedWith,
  unmark,
} from '../support/steps.ts';
import type { OpenTarget } from '../support/target.ts';
import { annotationOf, inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';

const MARKER = 'regcred.dev/managed';
const THEIRS = 'theirs.example.com';
const PATCH = { verb: 'patch', resource: 'secrets', name: PULL_SECRET } as const;
const DELETE = { verb: 'delete', resource: 'secrets', name: PULL_SECRET } as const;

export function describeSecrets(open: OpenTarget): void {
  describe('our Secret, edited by others', () => {
    it('F165: writes a deleted Secret again, and asks no provider for it', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const { metadata } = await secretIn(world, namespace);
        const reads = readsOfSource(world);

        await world.admin.delete('Secret', PULL_SECRET, namespace);

        await eventually(async () => (await secretIn(world, namespace)).metadata.uid !== metadata.uid);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        assert.equal(readsOfSource(world), reads);
      }));

    it('F166: restores data, a label and a templated annotation in place, and drops a foreign host', () =>
      inWorld(open, {}, async (world) => {
        const template = { labels: { tier: 'ours' }, annotations: { team: 'ours' } };
        const namespace = await publish(world, { secretTemplate: template });
        const before = await secretIn(world, namespace);
        const isRestored = async (): Promise<boolean> => {
          const { data, metadata } = await secretIn(world, namespace);
          assert.deepEqual(data, before.data);
          assert.deepEqual(metadata.labels, before.metadata.labels);
          assert.deepEqual(metadata.annotations, before.metadata.annotations);
          return metadata.uid === before.metadata.uid;
        };

        const labels = { tier: null, 'app.kubernetes.io/managed-by': null };
        await edit(world, namespace, { metadata: { labels, annotations: { team: null } } });
        await eventually(isRestored);
        await edit(world, namespace, { data: { '.dockerconfigjson': 'e30=' } });
        await eventually(isRestored);
        const auths = await rawAuths(world, namespace);
        await edit(world, namespace, { data: dockerConfig({ ...auths, [THEIRS]: { auth: 'dTpw' } }) });

        await eventually(isRestored);
      }));

    it('F167: leaves a Secret alone whose marker was removed, also when the credential goes', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);

        const unmarked = await unmark(world, namespace);
        const { message } = await syncedWith(world, 'NameConflict');
        await rotate(world, 'newer');
        await deleteCredential(world);
        const other = await world.namespace('b');
        await world.source('second', { [HOST]: login('second') });
        await world.cluster('second', { namespaces: { names: [other] } });

        assert.match(message, /is not ours; delete it, .*conflictPolicy: Adopt/);
        await attached(world, other);
        await world.inTime(async () => (await world.marker(other))?.by.length === 1);
        await assertUntouched(world, unmarked);
      }));

    it('F168: takes a garbage marker for none', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const text = annotationOf(await secretIn(world, namespace), MARKER) ?? '';
        const marker = JSON.parse(text) as { hosts: object };

        for (const garbage of [
          'not JSON',
          `"${'x'.repeat(200_000)}"`,
          JSON.stringify({ ...marker, by: 'nobody' }),
          JSON.stringify({ ...marker, hosts: { [HOST]: 7 } }),
          `{"__proto__":${text}}`,
        ]) {
          const edited = await edit(world, namespace, { metadata: { annotations: { [MARKER]: garbage } } });
          await syncedWith(world, 'NameConflict');
          await assertUntouched(world, edited);
          await edit(world, namespace, { metadata: { annotations: { [MARKER]: text } } });
          await syncedWith(world, 'Synced');
        }
      }));

    it('F170: says that a Secret is immutable, tries no more, and makes it again when it is deleted', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const frozen = await edit(world, namespace, { immutable: true });

        await rotate(world, 'newer');
        const { message } = await syncedWith(world, 'SecretImmutable');
        await rotate(world, 'newest');
        await world.inTime(async () => (await world.status('cluster', 'main')).registries !== undefined);
        await world.passes(10 * 60_000);
        await assertUntouched(world, frozen);
        await world.admin.delete('Secret', PULL_SECRET, namespace);

        await pulledAs(world, namespace, 'newest');
        assert.match(message, /immutable; delete it/);
        assert.equal((await secretIn(world, namespace))['immutable'], undefined);
        await syncedWith(world, 'Synced');
        assert.ok(world.proxy.count(PATCH) <= 2, 'a storm of retries');
      }));

    for (const conflictPolicy of ['Fail', 'Adopt'])
      it(`F171: leaves a Secret of another type alone, under ${conflictPolicy}`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await publish(world, { conflictPolicy });
          const held = world.proxy.on({ verb: 'create', resource: 'secrets', namespace }, { kind: 'hold' });

          await world.admin.delete('Secret', PULL_SECRET, namespace);
          await held.caught;
          const opaque = { metadata: { name: PULL_SECRET }, type: 'Opaque', data: { key: 'dmFsdWU=' } };
          const theirs = await world.admin.create('Secret', opaque, namespace);
          held.remove();
          const { message } = await syncedWith(world, 'NameConflict');
          await deleteCredential(world);
          await credentialIsForgotten(world);

          assert.match(message, /of type Opaque is not ours/);
          await assertUntouched(world, theirs);
          assert.equal(world.proxy.count({ ...DELETE, namespace }), 0);
        }));

    it('F173: loses to a user who was faster: what is without a marker is neither written nor deleted', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const theirs = { data: dockerConfig({ [THEIRS]: { auth: 'dTpw' } }) };

        const patch = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await rotate(world, 'newer');
        await patch.caught;
        const unmarked = await unmark(world, namespace, theirs);
        patch.remove();
        await syncedWith(world, 'NameConflict');

        await assertUntouched(world, unmarked);
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
      }));

    it('F173: does not touch what was deleted and made anew between our read and our patch', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);

        const patch = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await rotate(world, 'newer');
        await patch.caught;
        await world.admin.delete('Secret', PULL_SECRET, namespace);
        const theirs = await world.admin.create('Secret', foreignSecret(), namespace);
        patch.remove();
        await syncedWith(world, 'NameConflict');

        await assertUntouched(world, theirs);
      }));

    it("F173: keeps a user's edit that came between our read and our patch, and still writes ours", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const { uid } = (await secretIn(world, namespace)).metadata;

        const patch = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await rotate(world, 'newer');
        await patch.caught;
        await edit(world, namespace, { data: { extra: 'dmFsdWU=' } });
        patch.remove();
        await pulledAs(world, namespace, 'newer');

        const { data, metadata } = await secretIn(world, namespace);
        assert.equal(data['extra'], 'dmFsdWU=');
        assert.equal(metadata.uid, uid);
      }));

    for (const [what, interfere] of Object.entries({
      'took the marker off': (world: World, namespace: string) => unmark(world, namespace),
      'deleted it and made one of his own': async (world: World, namespace: string) => {
        await world.admin.delete('Secret', PULL_SECRET, namespace);
        return world.admin.create('Secret', foreignSecret(), namespace);
      },
    }))
      it(`F173: does not delete the Secret of a user who ${what} between our read and our delete`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await publish(world);

          const held = world.proxy.on({ ...DELETE, namespace }, { kind: 'hold' });
          await deleteCredential(world);
          await world.inTime(() => held.hits > 0);
          const theirs = await interfere(world, namespace);
          held.remove();
          await credentialIsForgotten(world);

          await assertUntouched(world, theirs);
        }));

    it('F182: asks once for the deletion of a Secret that a finalizer holds', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await edit(world, namespace, { metadata: { finalizers: ['example.com/hold'] } });

        await deleteCredential(world);
        assert.equal(await world.admin.get('ClusterRegistryCredential', world.name('main')), undefined);
        await world.inTime(async () => 'deletionTimestamp' in (await secretIn(world, namespace)).metadata);
        await credentialIsForgotten(world);
        await edit(world, namespace, { metadata: { finalizers: null } });

        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.equal(world.proxy.count({ ...DELETE, namespace }), 1);
      }));

    it('F182: writes nothing to a Secret that is being deleted, and makes it anew afterwards', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await edit(world, namespace, { metadata: { finalizers: ['example.com/hold'] } });
        await world.admin.delete('Secret', PULL_SECRET, namespace);
        const terminating = await secretIn(world, namespace);

        await rotate(world, 'newer');
        const other = await world.namespace('b');
        await pulledAs(world, other, 'newer');
        await assertUntouched(world, terminating);
        await edit(world, namespace, { metadata: { finalizers: null } });

        await pulledAs(world, namespace, 'newer');
      }));

    it('F183: keeps data, labels, annotations and an owner reference that a user added', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const owner = await world.admin.create('ServiceAccount', { metadata: { name: 'owner' } }, namespace);
        const reference = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'owner', uid: owner.metadata.uid };
        const metadata = { labels: { mine: 'a' }, annotations: { mine: 'b' }, ownerReferences: [reference] };
        await edit(world, namespace, { metadata, data: { mine: 'Yw==' } });

        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');
        const kept = await secretIn(world, namespace);
        await edit(world, namespace, { metadata: { ownerReferences: null } }); // it would break an invariant of ours

        assert.equal(kept.metadata.labels['mine'], 'a');
        assert.equal(kept.metadata.annotations['mine'], 'b');
        assert.deepEqual(kept.metadata['ownerReferences'], [reference]);
        assert.equal(kept.data['mine'], 'Yw==');
      }));
  });

  describe("a user's Secret under our name", () => {
    it('F172: is not touched, gets no entry, and is followed by ours when it goes', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        const theirs = await world.admin.create('Secret', foreignSecret(), namespace);
        await prepare(world);
        await world.start();

        const { message } = await syncedWith(world, 'NameConflict');
        assert.match(message, /is not ours; delete it, .*conflictPolicy: Adopt/);
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        await assertUntouched(world, theirs);
        assert.deepEqual(await world.entries(namespace), []);
        await world.admin.delete('Secret', PULL_SECRET, namespace);

        await attached(world, namespace);
        await pulledAs(world, namespace, 'bot');
        await syncedWith(world, 'Synced');
      }));

    it('F172: is not touched either when it comes between our look and our create', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        const held = world.proxy.on({ verb: 'create', resource: 'secrets', namespace }, { kind: 'hold' });
        await world.start();
        await held.caught;

        const theirs = await world.admin.create('Secret', foreignSecret(), namespace);
        held.remove();
        await syncedWith(world, 'NameConflict');

        await assertUntouched(world, theirs);
        assert.deepEqual(await world.entries(namespace), []);
      }));

    it('F175: is merged with ours under Adopt: other hosts byte for byte, every spelling of ours replaced', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        const other = { auth: 'dTpw', email: 'u@example.com' };
        const auths = { [THEIRS]: other, [`https://${HOST}/v1/`]: { auth: 'b2xkOm9sZA==' } };
        const theirs = await world.admin.create('Secret', foreignSecret(auths), namespace);
        await prepare(world, { conflictPolicy: 'Adopt' });
        await world.start();

        await attached(world, namespace);
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');

        const after = await rawAuths(world, namespace);
        assert.deepEqual(Object.keys(after).sort(), [HOST, THEIRS]);
        assert.deepEqual(after[THEIRS], other);
        assert.equal((await secretIn(world, namespace)).metadata.uid, theirs.metadata.uid);
        assert.equal((await world.marker(namespace))?.adopted, true);
      }));

    it('F176: keeps the hosts that its user adds or changes, also between our read and our write', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await adoptTheirs(world);

        const patch = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await rotate(world, 'newer');
        await patch.caught;
        const auths = await rawAuths(world, namespace);
        const own = { [THEIRS]: { auth: 'Y2hhbmdlZDpw' }, 'more.example.com': { auth: 'bTpw' } };
        await edit(world, namespace, { data: dockerConfig({ ...auths, ...own }) });
        patch.remove();
        await pulledAs(world, namespace, 'newer');
        assert.deepEqual(withoutOurs(await rawAuths(world, namespace)), own);
        await rotate(world, 'newest');
        await pulledAs(world, namespace, 'newest');

        assert.deepEqual(withoutOurs(await rawAuths(world, namespace)), own);
      }));

    for (const isRunning of [true, false])
      it(`F177: stays when the credential goes, without our hosts and marker, operator ${isRunning ? 'running' : 'stopped'}`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await adoptTheirs(world);
          const { uid } = (await secretIn(world, namespace)).metadata;

          if (!isRunning) await world.stop();
          await deleteCredential(world);
          if (!isRunning) await world.start();

          await world.inTime(async () => (await world.marker(namespace)) === undefined);
          assert.deepEqual(await rawAuths(world, namespace), { [THEIRS]: { auth: 'dTpw' } });
          assert.deepEqual(await world.entries(namespace), []);
          assert.equal((await secretIn(world, namespace)).metadata.uid, uid);
          assert.equal(world.proxy.count({ ...DELETE, namespace }), 0);
        }));

    it('F177: keeps our marker until its entries are off: the entry goes also where its patch failed at first', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await adoptTheirs(world);
        const patch = { verb: 'patch', resource: 'serviceaccounts', namespace, times: 1 } as const;
        const failing = world.proxy.on(patch, { kind: 'answer', code: 500, body: '' });

        await deleteCredential(world);

        await world.inTime(async () => (await world.marker(namespace)) === undefined);
        assert.equal(failing.hits, 1);
        assert.deepEqual(await world.entries(namespace), []);
      }));

    for (const [what, { body, says }] of Object.entries(notAdoptable()))
      it(`F178: is not adopted where it ${what}`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await world.namespace('a');
          const theirs = await world.admin.create('Secret', await body(world, namespace), namespace);
          await prepare(world, { conflictPolicy: 'Adopt' });
          await world.start();

          const { message } = await syncedWith(world, 'NameConflict');

          assert.match(message, says);
          await assertUntouched(world, theirs);
          assert.deepEqual(await world.entries(namespace), []);
        }));

    it('F178: what was adopted stays ours when Adopt is turned back to Fail', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await adoptTheirs(world);

        await world.admin.patch('ClusterRegistryCredential', world.name('main'), { spec: { conflictPolicy: 'Fail' } });
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');

        assert.equal((await world.marker(namespace))?.adopted, true);
        assert.deepEqual(withoutOurs(await rawAuths(world, namespace)), { [THEIRS]: { auth: 'dTpw' } });
        await syncedWith(world, 'Synced');
      }));
  });

  describe('a copy of our Secret', () => {
    it('F179: is not ours under another permitted name, nor in another namespace, and outlives the credential', () =>
      inWorld(open, { secretNames: [PULL_SECRET, 'copied'] }, async (world) => {
        const namespace = await publish(world);
        await world.source('second', { [HOST]: login('second') });
        await world.cluster('second', { secretName: 'copied', namespaces: { names: [namespace] } });
        await eventually(async () => (await world.secret(namespace, 'copied')) !== undefined);
        await deleteCredential(world, 'second');
        await world.inTime(async () => (await world.secret(namespace, 'copied')) === undefined);
        const unselected = await world.namespace('ignored', { 'regcred.dev/ignore': 'true' });
        const ours = await secretIn(world, namespace);

        const copies = [
          await world.admin.create('Secret', copyOf(ours, 'copied'), namespace),
          await world.admin.create('Secret', copyOf(ours), unselected),
        ];
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');
        await deleteCredential(world);
        await world.inTime(async () => (await world.secret(namespace)) === undefined);

        for (const copy of copies) await assertUntouched(world, copy);
      }));

    it('F179: is in the way of ours where its namespace is selected', () =>
      inWorld(open, {}, async (world) => {
        const ours = await secretIn(world, await publish(world));
        const namespace = await world.namespace('b', { 'regcred.dev/ignore': 'true' });
        const copy = await world.admin.create('Secret', copyOf(ours), namespace);

        await world.admin.patch('Namespace', namespace, { metadata: { labels: { 'regcred.dev/ignore': null } } });
        await syncedWith(world, 'NameConflict');
        await deleteCredential(world);
        await credentialIsForgotten(world);

        await assertUntouched(world, copy);
        assert.deepEqual(await world.entries(namespace), []);
      }));

    for (const cure of ['deletes it', 'sets Adopt'])
      it(`F180: from a backup of a namespace is told as such, and the user ${cure}`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await publish(world);
          const ours = await secretIn(world, namespace);
          await world.stop();
          await recreateNamespace(world, namespace);
          const restored = await world.admin.create('Secret', copyOf(ours), namespace);
          await world.start();

          const { message } = await syncedWith(world, 'StaleMarker');
          assert.match(message, /backup\?\); delete it, .*conflictPolicy: Adopt/);
          await assertUntouched(world, restored);
          assert.equal(ours.metadata.labels['velero.io/exclude-from-backup'], 'true');
          const adopt = { spec: { conflictPolicy: 'Adopt' } };
          if (cure === 'deletes it') await world.admin.delete('Secret', PULL_SECRET, namespace);
          else await world.admin.patch('ClusterRegistryCredential', world.name('main'), adopt);

          await syncedWith(world, 'Synced');
          await attached(world, namespace);
        }));
  });
}

/** Rows that only the embedded API server plays. */
export function describeSecretsSandboxOnly(open: OpenTarget): void {
  describe('our Secret, edited by others, on the embedded API server', () => {
    it('F169: rewrites a marker that a tenant edited; the harm ends at this Secret', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const other = await world.namespace('b');
        await attached(world, other);
        const elsewhere = await secretIn(world, other);
        const text = annotationOf(await secretIn(world, namespace), MARKER) ?? '';
        const marker = JSON.parse(text) as { by: { retain?: boolean }[]; hosts: object };
        const [main] = marker.by;

        for (const forged of [
          { ...marker, hosts: { ...marker.hosts, 'ghcr.io': 0 } },
          { ...marker, hosts: {} },
          { ...marker, by: [{ ...main, retain: true }] },
          { ...marker, by: [main, { ...main, name: 'nobody', uid: 'nobody' }], hosts: { [HOST]: 1 } },
        ]) {
          await edit(world, namespace, { metadata: { annotations: { [MARKER]: JSON.stringify(forged) } } });
          await world.inTime(async () => annotationOf(await world.secret(namespace), MARKER) === text);
        }

        await assertUntouched(world, elsewhere);
        assert.deepEqual(Object.keys(await rawAuths(world, namespace)), [HOST]);
      }));

    it('F169: a forged adoption spares foreign hosts in that Secret, and nothing else', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const text = annotationOf(await secretIn(world, namespace), MARKER) ?? '';
        const forged = JSON.stringify({ ...(JSON.parse(text) as object), adopted: true });
        const auths = { ...(await rawAuths(world, namespace)), [THEIRS]: { auth: 'dTpw' } };

        await edit(world, namespace, { metadata: { annotations: { [MARKER]: forged } }, data: dockerConfig(auths) });
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');
        await deleteCredential(world);

        await world.inTime(async () => (await world.marker(namespace)) === undefined);
        assert.deepEqual(await rawAuths(world, namespace), { [THEIRS]: { auth: 'dTpw' } });
      }));

    it('F174: tries five times against a user who is always faster, then says so and backs off', () =>
      inWorld(open, { flags: { metricsAddress: '127.0.0.1:0' } }, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        const operator = await world.start();
        await attached(world, namespace);
        const faster = world.proxy.on(PATCH, { kind: 'answer', code: 409, body: conflict() });

        await rotate(world, 'newer');
        const { message } = await syncedWith(world, 'Contention');

        assert.equal(faster.hits, 5);
        assert.match(message, /changed 5 times while it was written/);
        const metrics = await (await fetch(`http://${operator.addresses().metrics ?? ''}/metrics`)).text();
        assert.match(metrics, /^regcred_conflicts_total\S* 5$/m);
        faster.remove();
        await syncedInTime(world, 'Synced');
        await pulledAs(world, namespace, 'newer');
      }));
  });
}

function readsOfSource(world: World): number {
  const { operatorNamespace: namespace } = world;
  return world.proxy.count({ verb: 'get', resource: 'secrets', namespace, name: world.name('main') });
}

/** A new namespace is served and cleaned again: the operator has had time for whatever it would do. */
async function credentialIsForgotten(world: World): Promise<void> {
  const name = `after-${world.proxy.count({})}`;
  const probe = await world.namespace(name);
  await world.source(name, { 'probe.example.com': login('probe') });
  await world.cluster(name, { namespaces: { names: [probe] } });
  await attached(world, probe);
  await deleteCredential(world, name);
  await world.inTime(async () => (await world.secret(probe)) === undefined);
}

/** A user's Secret with a host of his own, adopted by "main". */
async function adoptTheirs(world: World): Promise<string> {
  const namespace = await world.namespace('a');
  await world.admin.create('Secret', foreignSecret(), namespace);
  await prepare(world, { conflictPolicy: 'Adopt' });
  await world.start();
  await attached(world, namespace);
  return namespace;
}

function withoutOurs({ [HOST]: _ours, ...others }: Readonly<Record<string, unknown>>): object {
  return others;
}

interface NotAdoptable {
  readonly body: (world: World, namespace: string) => object | Promise<object>;
  readonly says: RegExp;
}

function notAdoptable(): Readonly<Record<string, NotAdoptable>> {
  return {
    'is malformed': {
      body: () => foreignSecret({ [THEIRS]: { auth: '%%%' } }),
      says: /can not be adopted, it is malformed/,
    },
    'is immutable': { body: () => foreignSecret(undefined, { immutable: true }), says: /it is immutable/ },
    'is owned by a controller': { body: ownedByController, says: /it is owned by a controller/ },
    'bears the marker of another installation': {
      body: (_world, namespace) => markedBy('other-system', namespace),
      says: /belongs to installation "other-system"/,
    },
  };
}

async function ownedByController(world: World, namespace: string): Promise<object> {
  const { metadata } = await world.admin.create('ServiceAccount', { metadata: { name: 'owner' } }, namespace);
  const owner = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'owner', uid: metadata.uid, controller: true };
  return foreignSecret(undefined, { metadata: { name: PULL_SECRET, ownerReferences: [owner] } });
}

function markedBy(installation: string, namespace: string): object {
  const marker = { v: 1, installation, namespace, name: PULL_SECRET, by: [], hosts: {} };
  return foreignSecret(undefined, {
    metadata: { name: PULL_SECRET, annotations: { [MARKER]: JSON.stringify(marker) } },
  });
}

/** As `kubectl get -o yaml | kubectl create` makes it. */
function copyOf(
  { type, data, metadata: { labels, annotations } }: Awaited<ReturnType<typeof secretIn>>,
  name = PULL_SECRET,
): object {
  return { type, data, metadata: { name, labels, annotations } };
}

async function recreateNamespace(world: World, namespace: string): Promise<void> {
  await world.admin.delete('Namespace', namespace);
  await eventually(async () => (await world.admin.get('Namespace', namespace)) === undefined, { timeoutMs: 60_000 });
  await world.admin.create('Namespace', { metadata: { name: namespace } });
}

function conflict(): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Conflict', code: 409, message: 'changed' };
}
