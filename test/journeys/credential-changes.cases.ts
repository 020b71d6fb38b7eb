// Journeys of "Credentials over their life" (docs/faults.md), on either API server: specs that change, are suspended, and
// statuses that others edit.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { pathOf } from '../support/sandbox-harness.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET, staticProvider } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { dataOf, ofNamespace, serve, soon, uidOf } from './credentials.cases.ts';

const HOST = 'registry.example.com';
const IMAGE = `${HOST}/app:1`;
const KIND = 'ClusterRegistryCredential';
const OTHER_SECRET = 'regcred-other';

export function describeCredentialChanges(open: OpenTarget): void {
  describe('a credential whose spec changes', () => {
    it('F219: deletionPolicy changes the marker alone, and the last one counts', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const [uid, data] = [await uidOf(world, namespace), await dataOf(world, namespace)];

        for (const [deletionPolicy, retain] of [
          ['Retain', true],
          ['Delete', false],
        ] as const) {
          world.writes();
          await patchSpec(world, { deletionPolicy });
          await eventually(async () => (await world.marker(namespace))?.by[0]?.retain === retain);
          assert.deepEqual(ofNamespace(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
          assert.equal(await uidOf(world, namespace), uid);
          assert.equal(await dataOf(world, namespace), data);
        }

        await world.admin.delete(KIND, world.name('main'));
        await world.inTime(async () => (await world.secret(namespace)) === undefined);
      }));

    it('F220: another selector cleans the old namespaces and serves the new ones', () =>
      inWorld(open, {}, async (world) => {
        const old = await serve(world);
        const next = await world.namespace('next');
        world.writes();

        await patchSpec(world, { namespaces: { names: [next] } });

        await eventually(async () => (await world.entries(next)).includes(PULL_SECRET));
        await eventually(async () => (await world.secret(old)) === undefined);
        assert.deepEqual(ofNamespace(world, old), [
          `patch serviceaccounts ${old}/default`,
          `delete secrets ${old}/${PULL_SECRET}`,
        ]);
      }));

    it('F220: another secretName: the new Secret, its entry, the old entry off, the old Secret', () =>
      inWorld(open, { secretNames: [PULL_SECRET, OTHER_SECRET] }, async (world) => {
        const namespace = await serve(world);
        world.writes();

        await patchSpec(world, { secretName: OTHER_SECRET });

        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), [OTHER_SECRET]);
        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
        const writes = ofNamespace(world, namespace);
        assert.equal(writes[0], `create secrets ${namespace}/`);
        assert.equal(writes.at(-1), `delete secrets ${namespace}/${PULL_SECRET}`);
        assert.ok(writes.slice(1, -1).every((write) => write === `patch serviceaccounts ${namespace}/default`));
      }));

    it('F220: other ServiceAccounts: entries come and go, the Secret stays', () =>
      inWorld(open, { serviceAccountNames: ['default', 'builder'] }, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        await world.admin.create('ServiceAccount', { metadata: { name: 'builder' } }, namespace);

        await patchSpec(world, { serviceAccounts: { names: ['builder'] } });

        await eventually(async () => (await world.entries(namespace, 'builder')).includes(PULL_SECRET));
        await eventually(async () => (await world.entries(namespace)).length === 0);
        assert.equal(await uidOf(world, namespace), uid);
      }));

    it('F220: another provider or host: the old host leaves in the write that brings the new one', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        await world.source('other', { 'other.example.com': login('other') });
        world.writes();

        await patchSpec(world, { provider: staticProvider(world.name('other')) });

        await eventually(async () => (await world.oracle(namespace, 'other.example.com/x')) === 'other');
        assert.deepEqual(Object.keys((await world.auths(namespace)) ?? {}), ['other.example.com']);
        assert.deepEqual(ofNamespace(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
        assert.equal(await uidOf(world, namespace), uid);
      }));
  });

  describe('a credential that is edited without a change', () => {
    it('F224: an annotation or a label leaves it synced, and writes nothing to namespaces', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        world.writes();

        for (const metadata of [{ annotations: { 'example.com/note': 'x' } }, { labels: { team: 'x' } }]) {
          await world.admin.patch(KIND, world.name('main'), { metadata });
          await barrier(world);
          await soon(world, async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
        }

        assert.deepEqual(ofNamespace(world, namespace), []);
      }));

    it('F220: a spec edited while a token is being issued is synced in the end', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const held = world.proxy.on({ verb: 'get', resource: 'secrets', name: world.name('main') }, { kind: 'hold' });
        await world.admin.patch(KIND, world.name('main'), {
          metadata: { annotations: { 'regcred.dev/refresh': '1' } },
        });
        await held.caught;

        await patchSpec(world, { deletionPolicy: 'Retain' });
        await eventually(async () => (await world.marker(namespace))?.by[0]?.retain === true);
        held.remove();

        await soon(world, async () => (await world.status('cluster', 'main')).observedGeneration === 2);
        await soon(world, async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
      }));
  });

  describe('an edit that races with our own write', () => {
    it('F224: is not lost when it comes back with the answer to the status', () =>
      inWorld(open, {}, async (world) => {
        await serve(world);
        const next = await world.namespace('next');
        const resource = 'clusterregistrycredentials';
        const held = world.proxy.on({ verb: 'patch', resource, subresource: 'status' }, { kind: 'hold' });
        await world.admin.patch(KIND, world.name('main'), {
          metadata: { annotations: { 'regcred.dev/refresh': '1' } },
        });
        await held.caught;

        world.proxy.silenceWatches({ resource });
        await patchSpec(world, { namespaces: { names: [next] } });
        held.remove();
        await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '1');
        world.proxy.cutWatches({ resource });

        await eventually(async () => (await world.entries(next)).includes(PULL_SECRET));
      }));
  });

  describe('a credential that is suspended', () => {
    it('F221: reads no source, writes nothing but status, keeps its keys and takes no new ones', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const data = await dataOf(world, namespace);
        await patchSpec(world, { suspend: true, namespaces: { names: [namespace, world.name('new')] } });
        await eventually(async () => (await world.condition('cluster', 'main', 'Ready'))?.reason === 'Suspended');
        const source = { verb: 'get', resource: 'secrets', name: world.name('main') } as const;
        const reads = world.proxy.count(source);
        world.writes();

        const fresh = await world.namespace('new');
        await world.source('main', { [HOST]: login('rotated'), 'docker.io': login('hub') });
        await world.admin.patch(
          'Secret',
          world.name('main'),
          { metadata: { annotations: { 'regcred.dev/expires-at': '2020-01-01T00:00:00Z' } } },
          world.operatorNamespace,
        );
        for (let hour = 0; hour < 48; hour += 1) await world.passes(3_600_000);
        await barrier(world);
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'Unknown');
        assert.equal(world.proxy.count(source), reads, 'no call for a token');
        assert.equal(await world.secret(fresh), undefined);
        assert.equal(await dataOf(world, namespace), data);
        assert.deepEqual(ofNamespace(world, namespace), []);

        await patchSpec(world, { suspend: false });
        await world.admin.patch(
          'Secret',
          world.name('main'),
          { metadata: { annotations: { 'regcred.dev/expires-at': null } } },
          world.operatorNamespace,
        );
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');
        await eventually(async () => (await world.oracle(fresh, IMAGE)) === 'rotated');
      }));

    it('F221: a Secret deleted meanwhile waits for the resumption; a deletion is still cleaned', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const other = await serve(world, 'other');
        for (const name of ['main', 'other']) await patchSpec(world, { suspend: true }, name);
        for (const name of ['main', 'other'])
          await eventually(async () => (await world.condition('cluster', name, 'Ready'))?.reason === 'Suspended');

        await world.admin.delete('Secret', PULL_SECRET, namespace);
        await world.admin.delete(KIND, world.name('other'));

        await soon(world, async () => (await world.secret(other)) === undefined);
        assert.deepEqual(await world.entries(other), []);
        assert.equal(await world.secret(namespace), undefined);
        await patchSpec(world, { suspend: false });
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'bot');
      }));
  });

  describe('a credential that is suspended on its way out', () => {
    it('F219: is released where Retain was its last word: only the marker is written, bytes and entries stay', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const data = await dataOf(world, namespace);
        world.writes();

        await patchSpec(world, { suspend: true, deletionPolicy: 'Retain' });
        await eventually(async () => (await world.marker(namespace))?.by[0]?.retain);
        assert.deepEqual(ofNamespace(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
        await world.admin.delete(KIND, world.name('main'));

        await world.inTime(async () => (await world.marker(namespace)) === undefined);
        assert.equal(await dataOf(world, namespace), data);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
      }));
  });

  describe('a status that others edit', () => {
    it('F224: is written from the truth, has no effect on the sync, and is left alone when it is true', () =>
      inWorld(open, { editsStatus: true }, async (world) => {
        const namespace = await serve(world);
        const data = await dataOf(world, namespace);
        const before = await world.status('cluster', 'main');
        const edit = async (status: object): Promise<void> => {
          const path = `${pathOf(KIND, undefined, world.name('main'))}/status`;
          assert.equal((await world.admin.raw.merge(path, { status })).code, 200);
        };

        for (const status of [
          { observedGeneration: 999 },
          { namespaces: { selected: 7, synced: 0, failed: 7, summary: '0/7' } },
          { conditions: [] },
          { expirationTime: '2020-01-01T00:00:00Z', nextRefreshTime: '2020-01-01T00:00:00Z' },
        ]) {
          await edit(status);
          await soon(world, async () => isSameStatus(await world.status('cluster', 'main'), before));
        }
        assert.equal(await dataOf(world, namespace), data);

        await barrier(world);
        world.writes();
        await world.passes(3_600_000);
        await barrier(world);
        assert.deepEqual(
          world.writes().filter((write) => write.includes(world.name('main'))),
          [],
        );
      }));

    it('F224: a conflict at each write of the status does not hold up the sync', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const conflict = world.proxy.on(
          { verb: 'patch', resource: 'clusterregistrycredentials', subresource: 'status' },
          { kind: 'answer', code: 409, body: { kind: 'Status', apiVersion: 'v1', reason: 'Conflict', code: 409 } },
        );

        await patchSpec(world, { namespaces: { names: [namespace, world.name('new')] } });
        const fresh = await world.namespace('new');
        await world.source('main', { [HOST]: login('rotated') });

        await eventually(async () => (await world.oracle(fresh, IMAGE)) === 'rotated');
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');
        await eventually(() => conflict.hits > 0);
        conflict.remove();
        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.synced === 2);
        assert.equal((await world.status('cluster', 'main')).observedGeneration, 2);
      }));
  });
}

async function patchSpec(world: World, spec: object, name = 'main'): Promise<void> {
  await world.admin.patch(KIND, world.name(name), { spec });
}

/** What was under way before has been worked on: a later credential is served, and its own writes are taken off. */
async function barrier(world: World): Promise<void> {
  const name = `barrier-${world.proxy.count({})}`;
  await serve(world, name);
}

/** But for the times of transitions. */
function isSameStatus(a: Awaited<ReturnType<World['status']>>, b: typeof a): boolean {
  const timeless = (status: typeof a): unknown => ({
    ...status,
    conditions: status.conditions?.map(({ lastTransitionTime: _time, ...condition }) => condition),
  });
  assert.deepEqual(timeless(a), timeless(b));
  return true;
}
