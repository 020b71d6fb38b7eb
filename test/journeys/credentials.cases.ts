// Journeys of "Credentials over their life" (docs/faults.md), on either API server: deleted, re-created, retained.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { pathOf } from '../support/sandbox-harness.ts';
import type { OpenTarget } from '../support/target.ts';
import { annotationOf, inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';

const HOST = 'registry.example.com';
const IMAGE = `${HOST}/app:1`;
const KIND = 'ClusterRegistryCredential';
const DOWN = { kind: 'answer', code: 500, body: 'down' } as const;

export function describeCredentials(open: OpenTarget): void {
  describe('a credential that is deleted', () => {
    it('F214: cleans after the grace, entry first, and is made anew when it comes back later', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const before = await uidOf(world, namespace);
        world.writes();

        await world.admin.delete(KIND, world.name('main'));
        await gone(world, namespace);
        assert.deepEqual(world.writes(), [
          `patch serviceaccounts ${namespace}/default`,
          `delete secrets ${namespace}/${PULL_SECRET}`,
        ]);

        await world.cluster('main');
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        assert.notEqual(await uidOf(world, namespace), before);
      }));

    it('F214: without a grace it is acted upon at once', () =>
      inWorld(open, { flags: { deletionGrace: '0' } }, async (world) => {
        const namespace = await serve(world);

        await world.admin.delete(KIND, world.name('main'));

        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), []);
      }));

    it('F211: cleans also while its source can not be read, and asks nobody for a token', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const down = world.proxy.on(readOf(world, 'main'), DOWN);
        await world.source('main', { [HOST]: login('rotated') });
        await eventually(() => down.hits > 0);

        await world.admin.delete(KIND, world.name('main'));
        await eventually(async () => (await world.status('cluster', 'main')).conditions === undefined);
        const asked = down.matches;
        await gone(world, namespace);

        assert.ok(down.matches <= asked + 1, 'a call that had begun may end, no other begins');
      }));

    it('F211: cleans while the API server answers every other request with 500', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        for (let nth = 1; nth < 200; nth += 2) world.proxy.on({ nth }, DOWN);

        await world.admin.delete(KIND, world.name('main'));

        await gone(world, namespace);
      }));

    it('F215: without the proof of a live 404 nothing is removed, however often it is asked', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const ask = { verb: 'get', resource: 'clusterregistrycredentials', name: world.name('main') } as const;
        const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
        const answers = [
          { kind: 'answer', code: 403, body: { ...status, reason: 'Forbidden', code: 403 } },
          { kind: 'answer', code: 500, body: 'down' },
          { kind: 'answer', code: 404, body: '404 page not found' },
          { kind: 'answer', code: 404, body: { ...status, message: 'not found', details: { kind: 'x' } } },
          { kind: 'hold' },
        ] as const;
        await world.admin.delete(KIND, world.name('main'));

        for (const answer of answers) {
          const rule = world.proxy.on(ask, answer);
          await soon(world, () => rule.matches >= 2);
          assert.equal(await world.oracle(namespace, IMAGE), 'bot', JSON.stringify(answer));
          rule.remove();
          world.proxy.removeRules();
        }
        assert.ok(world.proxy.count(ask) <= 20, 'the questions come slower and slower');

        await soon(world, async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), []);
      })).timeout(60_000);

    it('F215: of two credentials only the hosts of the one that is gone leave', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        await world.source('other', { 'other.example.com': login('other') });
        await world.cluster('other');
        await eventually(async () => (await world.oracle(namespace, 'other.example.com/x')) === 'other');
        const uid = await uidOf(world, namespace);

        await world.admin.delete(KIND, world.name('main'));

        await world.inTime(async () => (await world.oracle(namespace, IMAGE)) === undefined);
        assert.equal(await world.oracle(namespace, 'other.example.com/x'), 'other');
        assert.equal(await uidOf(world, namespace), uid);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
      }));

    it('F216: with a foreign finalizer, and under any way of deletion, it counts as gone', () =>
      inWorld(open, {}, async (world) => {
        for (const [index, propagationPolicy] of ['Background', 'Foreground', 'Orphan'].entries()) {
          const name = `main-${index}`;
          const namespace = await serve(world, name);
          await world.admin.patch(KIND, world.name(name), { metadata: { finalizers: ['example.com/held'] } });

          const path = pathOf(KIND, undefined, world.name(name));
          await world.admin.raw.delete(path, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy });
          const reads = world.proxy.count(readOf(world, name));
          await world.source(name, { [HOST]: login('rotated') });
          await gone(world, namespace);

          assert.equal(world.proxy.count(readOf(world, name)), reads, 'no new token');
          assert.ok(await world.admin.get(KIND, world.name(name)), 'the finalizer still holds it');
          await world.admin.patch(KIND, world.name(name), { metadata: { finalizers: null } });
          await eventually(async () => (await world.admin.get(KIND, world.name(name))) === undefined);
        }
      })).timeout(60_000);
  });

  describe('a credential that is replaced', () => {
    it('F212: made anew within the grace it loses nothing, and the marker names it', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const [uid, data] = [await uidOf(world, namespace), await dataOf(world, namespace)];
        world.writes();

        const anew = await replace(world);

        await eventually(async () => (await world.marker(namespace))?.by[0]?.uid === anew);
        await world.passes(60_000);
        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.synced === 1);
        assert.equal(await uidOf(world, namespace), uid);
        assert.equal(await dataOf(world, namespace), data);
        assert.deepEqual(ofNamespace(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
        assert.doesNotMatch(world.logs(), /NameConflict/);
      }));

    it('F212: has its grace also where it had seemed to be missing long before', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const touch = (value: string) =>
          world.admin.patch(KIND, world.name('main'), { metadata: { annotations: { touched: value } } });
        const resource = 'clusterregistrycredentials';
        const seems = world.proxy.on(
          { verb: 'watch', resource },
          { kind: 'rewriteEvents', rewrite: (event) => [{ ...event, type: 'DELETED' }] },
        );
        world.proxy.cutWatches({ resource });
        await world.inTime(() => seems.hits > 0);
        await touch('missing');
        await world.passes(2000);
        seems.remove();
        world.proxy.cutWatches({ resource });
        await touch('back');
        await serve(world, 'other'); // that was seen
        await world.passes(60_000);

        await world.admin.delete(KIND, world.name('main'));
        for (let second = 0; second < 5; second += 1) await world.passes(1000);

        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
        await world.inTime(async () => (await world.oracle(namespace, IMAGE)) === undefined);
      }));

    it('F212: made anew while the status of the former is being written, it never bears that status', () =>
      inWorld(open, {}, async (world) => {
        await serve(world);
        const status = { verb: 'patch', resource: 'clusterregistrycredentials', subresource: 'status' } as const;
        const held = world.proxy.on({ ...status, times: 1 }, { kind: 'hold' });
        await world.admin.patch(KIND, world.name('main'), { spec: { refresh: { afterPercent: 60 } } });
        await held.caught;
        const kind = `${pathOf(KIND)}?watch=true&fieldSelector=metadata.name%3D${world.name('main')}`;
        const watch = await world.admin.raw.watch(kind);

        await replace(world);
        held.remove();

        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.synced === 1);
        watch.close();
        const seen = watch.events.filter(({ type, object }) => type !== 'DELETED' && object.metadata.generation === 1);
        assert.ok(seen.length > 1);
        for (const { object } of seen)
          assert.ok(((object.status ?? {}) as { observedGeneration: number }).observedGeneration <= 1);
      }));

    it('F212: made anew while its source can not be read it keeps the old bytes until it has a token', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        const down = world.proxy.on(readOf(world, 'main'), DOWN);
        world.writes();

        const anew = await replace(world);
        await world.source('main', { [HOST]: login('new') });

        await eventually(async () => (await world.marker(namespace))?.by[0]?.uid === anew);
        await world.passes(60_000);
        await eventually(() => down.hits > 1);
        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
        down.remove();
        await world.inTime(async () => (await world.oracle(namespace, IMAGE)) === 'new');
        assert.equal(await uidOf(world, namespace), uid);
        assert.ok(
          ofNamespace(world, namespace).every((write) => write === `patch secrets ${namespace}/${PULL_SECRET}`),
        );
      }));

    it('F245: gone with its kind, it loses nothing when it is back within the grace after its kind', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const [uid, data] = [await uidOf(world, namespace), await dataOf(world, namespace)];
        const resource = 'clusterregistrycredentials';
        await world.admin.delete(KIND, world.name('main'));
        await serve(world, 'other'); // the deletion was seen
        const unserved = world.proxy.on({ resource }, { kind: 'answer', code: 404, body: '404 page not found' });
        world.proxy.cutWatches({ resource });
        await world.inTime(() => unserved.hits > 3);
        await world.passes(60_000);

        unserved.remove();
        const lists = world.proxy.count({ verb: 'list', resource });
        await world.inTime(() => world.proxy.count({ verb: 'list', resource }) > lists);
        await world.cluster('main', { namespaces: { names: [namespace] } });

        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.synced === 1);
        assert.equal(await uidOf(world, namespace), uid);
        assert.equal(await dataOf(world, namespace), data);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
      }));

    it('F213: with a restart in between the grace starts anew, and nothing is lost', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        world.writes();

        await world.admin.delete(KIND, world.name('main'));
        await world.passes(8000);
        await world.kill();
        await world.start();
        await world.passes(8000);
        const anew = (await world.cluster('main')).metadata.uid;

        await eventually(async () => (await world.marker(namespace))?.by[0]?.uid === anew);
        await world.passes(60_000);
        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.synced === 1);
        assert.equal(await uidOf(world, namespace), uid);
        assert.deepEqual(ofNamespace(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
      }));

    it('F214: made anew with another host, the old one leaves in the write that brings the new one', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        await world.source('other', { 'other.example.com': login('other') });
        world.writes();

        await replace(world, {}, 'other');

        await eventually(async () => (await world.oracle(namespace, 'other.example.com/x')) === 'other');
        assert.deepEqual(Object.keys((await world.auths(namespace)) ?? {}), ['other.example.com']);
        assert.equal(await uidOf(world, namespace), uid);
        assert.deepEqual(
          new Set(ofNamespace(world, namespace)),
          new Set([`patch secrets ${namespace}/${PULL_SECRET}`]),
        );
      }));

    it('F214: the other kind under the same name is no heir: the old keys stay for the grace, then its own come', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const uid = await uidOf(world, namespace);
        await world.grantInputs(namespace);
        await world.source('main', { [HOST]: login('tenant') }, namespace);

        await world.admin.delete(KIND, world.name('main'));
        await world.tenant(namespace, 'main');

        await eventually(
          async () => (await world.condition('tenant', 'main', 'TokenIssued', namespace))?.status === 'True',
        );
        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
        await world.inTime(async () => (await world.oracle(namespace, IMAGE)) === 'tenant');
        assert.deepEqual(
          (await world.marker(namespace))?.by.map(({ kind }) => kind),
          ['RegistryCredential'],
        );
        assert.equal(await uidOf(world, namespace), uid);
      }));
  });

  describe('a credential that says Retain', () => {
    it('F217: is refreshed while it lives, and released when it is gone: marker off, bytes and entries stay', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world, 'main', { deletionPolicy: 'Retain' });
        await world.source('main', { [HOST]: login('rotated') });
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');
        const [uid, data] = [await uidOf(world, namespace), await dataOf(world, namespace)];
        world.writes();

        await world.admin.delete(KIND, world.name('main'));

        await released(world, namespace);
        assert.deepEqual(world.writes(), [
          `patch serviceaccounts ${namespace}/default`,
          `patch secrets ${namespace}/${PULL_SECRET}`,
        ]);
        assert.equal(await uidOf(world, namespace), uid);
        assert.equal(await dataOf(world, namespace), data);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        const { annotations = {}, labels = {} } = (await world.secret(namespace))?.metadata ?? {};
        assert.doesNotMatch(JSON.stringify([annotations, labels]), /regcred/);
      }));

    it('F217: keeps its marker until its entries are given over', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world, 'main', { deletionPolicy: 'Retain' });
        const account = { verb: 'patch', resource: 'serviceaccounts', namespace } as const;
        const refused = world.proxy.on(account, { kind: 'answer', code: 500, body: 'an internal error' });

        await world.admin.delete(KIND, world.name('main'));
        await world.inTime(() => refused.hits > 1);
        assert.ok(await world.marker(namespace));
        refused.remove();

        await released(world, namespace);
      }));

    it('F218: what was released is foreign: not touched after a restart, and a new credential obeys conflictPolicy', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world, 'main', { deletionPolicy: 'Retain' });
        const data = await dataOf(world, namespace);
        await world.stop();
        await world.admin.delete(KIND, world.name('main'));
        await world.start();
        await released(world, namespace);

        await world.stop();
        world.writes();
        await world.start();
        await world.source('other', { 'other.example.com': login('other') });
        await world.cluster('other');
        await soon(world, async () => (await world.condition('cluster', 'other', 'Synced'))?.reason === 'NameConflict');
        assert.deepEqual(ofNamespace(world, namespace), []);
        assert.equal(await dataOf(world, namespace), data);

        await world.admin.patch(KIND, world.name('other'), { spec: { conflictPolicy: 'Adopt' } });
        await soon(world, async () => (await world.oracle(namespace, 'other.example.com/x')) === 'other');
        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
      }));

    it("F218: the entry of what was released is the user's too: it stays while he replaces the Secret", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world, 'main', { deletionPolicy: 'Retain' });
        await world.admin.delete(KIND, world.name('main'));
        await released(world, namespace);

        const { type, data } = (await world.secret(namespace))!;
        await world.admin.delete('Secret', PULL_SECRET, namespace);
        await world.passes(60_000);
        await serve(world, 'other'); // what was under way before is done
        await world.admin.create('Secret', { metadata: { name: PULL_SECRET }, type, data }, namespace);

        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
      }));

    it('F218: what is deselected is cleaned, also under Retain', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world, 'main', { deletionPolicy: 'Retain' });

        await world.admin.patch(KIND, world.name('main'), { spec: { namespaces: { names: [world.name('nobody')] } } });

        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), []);
      }));
  });
}

/** A credential NAME that serves the namespace "a-NAME"; answers the namespace. */
export async function serve(world: World, name = 'main', spec: object = {}): Promise<string> {
  const namespace = await world.namespace(`a-${name}`);
  await world.source(name, { [HOST]: login('bot') });
  await world.cluster(name, { namespaces: { names: [namespace] }, ...spec });
  if (world.proxy.openWatches() === 0) await world.start();
  await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
  await world.inTime(async () => (await world.condition('cluster', name, 'Synced'))?.status === 'True');
  return namespace;
}

/** `kubectl replace --force`: deleted, and made anew under the same name at once. Answers the new UID. */
async function replace(world: World, spec: object = {}, source = 'main'): Promise<string> {
  await world.admin.delete(KIND, world.name('main'));
  return (await world.cluster('main', spec, source)).metadata.uid;
}

/** As inTime(), in longer steps. */
export function soon(world: World, probe: () => boolean | Promise<boolean>): Promise<boolean> {
  return eventually(
    () => {
      if (!world.proxy.isBusy()) world.clock.advance(10_000);
      return probe();
    },
    { everyMs: 30, timeoutMs: 20_000 },
  );
}

async function gone(world: World, namespace: string): Promise<void> {
  await soon(world, async () => (await world.secret(namespace)) === undefined);
  assert.deepEqual(await world.entries(namespace), []);
}

async function released(world: World, namespace: string): Promise<void> {
  await world.inTime(async () => {
    const account = await world.admin.get('ServiceAccount', 'default', namespace);
    const marks = [
      annotationOf(await world.secret(namespace), 'regcred.dev/managed'),
      annotationOf(account, 'regcred.dev/pull-secrets'),
    ];
    return marks.every((mark) => mark === undefined);
  });
}

function readOf(world: World, name: string) {
  return { verb: 'get', resource: 'secrets', name: world.name(name), namespace: world.operatorNamespace } as const;
}

export async function uidOf(world: World, namespace: string): Promise<string | undefined> {
  return (await world.secret(namespace))?.metadata.uid;
}

export async function dataOf(world: World, namespace: string): Promise<string> {
  return JSON.stringify((await world.secret(namespace))?.data);
}

export function ofNamespace(world: World, namespace: string): readonly string[] {
  return world.writes().filter((write) => write.includes(` ${namespace}/`));
}
