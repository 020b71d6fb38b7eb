// Journeys of "One merged Secret" (docs/faults.md), on either API server: several credentials share one pull Secret.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { pathOf } from '../support/sandbox-harness.ts';
import type { OpenTarget } from '../support/target.ts';
import { authsOf, configOf, inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { Auths, World } from '../support/world.ts';

const KIND = 'ClusterRegistryCredential';
const HOST = 'registry.example.com';
const IMAGE = `${HOST}/app:1`;

/** Cluster credentials by these names, each with one login; the user name is the credential's name. */
export async function share(world: World, hosts: Readonly<Record<string, string>>, spec: object = {}): Promise<string> {
  const namespace = await world.namespace('a');
  for (const [name, host] of Object.entries(hosts)) {
    await world.source(name, { [host]: login(name) });
    await world.cluster(name, spec);
  }
  await world.start();
  await users(world, namespace, Object.fromEntries(Object.entries(hosts).map(([name, host]) => [host, name])));
  return namespace;
}

/** Waits until the Secret holds exactly these hosts, each for that user. */
export async function users(
  world: World,
  namespace: string,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  await eventually(async () => {
    const auths = Object.entries((await world.auths(namespace)) ?? {});
    assert.deepEqual(Object.fromEntries(auths.map(([host, { username }]) => [host, username])), expected);
    return true;
  });
}

/** Names of credentials in the marker, and what it gives to whom. */
export async function markerOf(world: World, namespace: string) {
  const marker = await world.marker(namespace);
  const nameOf = (index: number): string | undefined => marker?.by[index]?.name;
  return {
    by: marker?.by.map(({ name }) => name),
    hosts: Object.fromEntries([...(marker?.hosts ?? [])].map(([key, index]) => [key, nameOf(index)])),
  };
}

export async function patchSpec(world: World, name: string, spec: object): Promise<void> {
  await world.admin.patch(KIND, world.name(name), { spec });
}

/** Each content that the Secret has from here on: call the result for the host's user in each of them. */
export async function userOverTime(world: World, namespace: string, host: string) {
  const path = `${pathOf('Secret', namespace)}?watch=true&fieldSelector=metadata.name%3D${PULL_SECRET}`;
  const watch = await world.admin.raw.watch(path);
  return (): readonly (string | undefined)[] => {
    watch.close();
    return watch.events
      .filter(({ type }) => type !== 'BOOKMARK')
      .map(({ type, object }) => (type === 'DELETED' ? undefined : authsOf(object)[host]?.username));
  };
}

function secretWrites(world: World, namespace: string): readonly string[] {
  return world.writes().filter((write) => write.includes(`secrets ${namespace}/`));
}

export function describeMerged(open: OpenTarget): void {
  describe('several credentials in one Secret', () => {
    it('F143: two credentials share one Secret and one entry, both in the marker', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await share(world, { one: 'one.example.com', two: 'two.example.com' });

        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        const { by, hosts } = await markerOf(world, namespace);
        assert.deepEqual(by, [world.name('one'), world.name('two')]);
        assert.deepEqual(hosts, { 'one.example.com': world.name('one'), 'two.example.com': world.name('two') });
        assert.equal(await world.oracle(namespace, 'two.example.com/app'), 'two');
      }));

    it('F151: the next in order takes the host of a deselected winner in the same write', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world);
        const over = await userOverTime(world, namespace, HOST);
        world.writes();

        await patchSpec(world, 'a', { namespaces: { names: [world.name('elsewhere')] } });

        await users(world, namespace, { [HOST]: 'b' });
        assert.deepEqual((await markerOf(world, namespace)).by, [world.name('b')]);
        assert.deepEqual(secretWrites(world, namespace), [`patch secrets ${namespace}/${PULL_SECRET}`]);
        assert.deepEqual([...new Set(over())], ['a', 'b']);
      }));

    it('F151: the next in order takes the host of a deleted winner after the grace', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world);
        const over = await userOverTime(world, namespace, HOST);

        await world.admin.delete(KIND, world.name('a'));

        await world.inTime(async () => (await world.auths(namespace))?.[HOST]?.username === 'b');
        assert.equal(await world.oracle(namespace, IMAGE), 'b');
        assert.deepEqual([...new Set(over())], ['a', 'b']);
      }));

    it('F151: nothing changes for a suspended winner', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world);
        world.writes();

        await patchSpec(world, 'a', { suspend: true });
        await eventually(async () => (await world.condition('cluster', 'a', 'Ready'))?.reason === 'Suspended');
        await world.source('b', { [HOST]: login('b'), 'b.example.com': login('b') });

        await users(world, namespace, { [HOST]: 'a', 'b.example.com': 'b' });
      }));

    it('F154: the hosts of a deleted credential leave by a patch; with the last one entry and Secret go, in this order', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await share(world, { one: 'one.example.com', two: 'two.example.com' });
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        const uid = (await world.secret(namespace))?.metadata.uid;

        await world.admin.delete(KIND, world.name('one'));
        await world.inTime(async () => Object.keys((await world.auths(namespace)) ?? {}).join() === 'two.example.com');
        assert.equal((await world.secret(namespace))?.metadata.uid, uid);
        assert.deepEqual((await markerOf(world, namespace)).by, [world.name('two')]);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);

        world.writes();
        await world.admin.delete(KIND, world.name('two'));
        await world.inTime(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(
          world.writes().filter((write) => write.includes(namespace)),
          [`patch serviceaccounts ${namespace}/default`, `delete secrets ${namespace}/${PULL_SECRET}`],
        );
      }));

    it('F155: the hosts of a deleted Delete credential go, those of a Retain one beside it stay', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await withRetained(world);

        await world.admin.delete(KIND, world.name('one'));

        await world.inTime(async () => Object.keys((await world.auths(namespace)) ?? {}).join() === 'kept.example.com');
        assert.deepEqual((await markerOf(world, namespace)).by, [world.name('kept')]);
      }));

    it('F155: the hosts of a deleted Retain credential leave the marker, and their bytes stay for good', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await withRetained(world);
        const before = (await world.auths(namespace))?.['kept.example.com'];

        await world.admin.delete(KIND, world.name('kept'));
        await world.inTime(async () => (await world.marker(namespace))?.adopted);
        assert.deepEqual((await markerOf(world, namespace)).hosts, { 'one.example.com': world.name('one') });

        await world.source('one', { 'one.example.com': login('rotated') });
        await users(world, namespace, { 'one.example.com': 'rotated', 'kept.example.com': 'kept' });
        await world.admin.delete(KIND, world.name('one'));
        await world.inTime(async () => (await world.marker(namespace)) === undefined);
        assert.deepEqual(await world.auths(namespace), { 'kept.example.com': before });
      }));

    it('F155: both deleted at once, only the hosts of the Retain one stay, with the entry and without a marker', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await withRetained(world);
        const before = (await world.auths(namespace))?.['kept.example.com'];
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));

        await world.stop();
        for (const name of ['one', 'kept']) await world.admin.delete(KIND, world.name(name));
        await world.start();

        await world.inTime(async () => (await world.marker(namespace)) === undefined);
        assert.deepEqual(await world.auths(namespace), { 'kept.example.com': before });
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
      }));

    it('F155: a retained key that a live credential covers goes to that one', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world, { deletionPolicy: 'Retain' });

        await world.admin.delete(KIND, world.name('a'));

        await world.inTime(async () => (await world.auths(namespace))?.[HOST]?.username === 'b');
        assert.deepEqual((await markerOf(world, namespace)).hosts, { [HOST]: world.name('b') });
      }));

    it('F161: a rotation patches in place, UIDs are kept in all namespaces', () =>
      inWorld(open, {}, async (world) => {
        const first = await share(world, { one: 'one.example.com', two: 'two.example.com' });
        const namespaces = [first, await world.namespace('b'), await world.namespace('c')];
        await eventually(async () => (await uidsOf(world, namespaces)).every((uid) => uid !== undefined));
        const before = await uidsOf(world, namespaces);
        world.writes();

        await world.source('one', { 'one.example.com': login('rotated') });

        for (const namespace of namespaces)
          await users(world, namespace, { 'one.example.com': 'rotated', 'two.example.com': 'two' });
        assert.deepEqual(await uidsOf(world, namespaces), before);
        const configs = await Promise.all(
          namespaces.map(async (one) => configOf((await world.secret(one)) ?? assert.fail())),
        );
        assert.equal(new Set(configs).size, 1);
        const writes = world.writes().filter((write) => write.includes(' secrets '));
        assert.deepEqual(writes.toSorted(), namespaces.map((one) => `patch secrets ${one}/${PULL_SECRET}`).sort());
      }));

    it('F162: the host of a suspended credential stays byte for byte while the other rotates, and reaches no new namespace', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await share(world, { one: 'one.example.com', two: 'two.example.com' });
        const before = await entryOf(world, namespace, 'one.example.com');
        await patchSpec(world, 'one', { suspend: true });
        await eventually(async () => (await world.condition('cluster', 'one', 'Ready'))?.reason === 'Suspended');

        await world.source('two', { 'two.example.com': login('rotated') });
        const next = await world.namespace('next');

        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'rotated' });
        assert.deepEqual(await entryOf(world, namespace, 'one.example.com'), before);
        await users(world, next, { 'two.example.com': 'rotated' });
      }));

    it('F162: so does that of a credential whose token is not known after a restart', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await share(world, { one: 'one.example.com', two: 'two.example.com' });
        const before = await entryOf(world, namespace, 'one.example.com');
        await world.stop();
        await world.admin.delete('Secret', world.name('one'), world.operatorNamespace);
        await world.source('two', { 'two.example.com': login('rotated') });
        const next = await world.namespace('next');

        await world.start();

        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'rotated' });
        assert.deepEqual(await entryOf(world, namespace, 'one.example.com'), before);
        await users(world, next, { 'two.example.com': 'rotated' });
      }));
  });
}

/** Credentials "a" and "b" for one host: a wins, by age or by name. */
export async function contested(world: World, spec: object = {}): Promise<string> {
  const namespace = await world.namespace('a');
  for (const name of ['a', 'b']) {
    await world.source(name, { [HOST]: login(name) });
    await world.cluster(name, spec);
  }
  await world.start();
  await users(world, namespace, { [HOST]: 'a' });
  await eventually(async () => (await world.condition('cluster', 'b', 'Shadowed'))?.status === 'True');
  return namespace;
}

async function withRetained(world: World): Promise<string> {
  await world.source('kept', { 'kept.example.com': login('kept') });
  await world.cluster('kept', { deletionPolicy: 'Retain' });
  const namespace = await world.namespace('a');
  await world.source('one', { 'one.example.com': login('one') });
  await world.cluster('one');
  await world.start();
  await users(world, namespace, { 'kept.example.com': 'kept', 'one.example.com': 'one' });
  return namespace;
}

async function uidsOf(world: World, namespaces: readonly string[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(namespaces.map(async (namespace) => (await world.secret(namespace))?.metadata.uid));
}

/** As it stands in the Secret, every field of it. */
async function entryOf(world: World, namespace: string, host: string): Promise<unknown> {
  const config = JSON.parse(configOf((await world.secret(namespace)) ?? assert.fail())) as { auths: Auths };
  return config.auths[host] ?? assert.fail(`no ${host}`);
}
