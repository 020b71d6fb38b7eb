// Journeys of "Work queue" (docs/faults.md), on either API server: what is new overtakes what is many. They count, where a
// clock would only measure the machine.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { OpenTarget } from '../support/target.ts';
import { authsOf, inWorld, login, PULL_SECRET, sourceBody } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { userOverTime, users } from './merged.cases.ts';

const HOST = 'registry.example.com';
const MANY = 80;
/** Of each write while a rotation is under way: sixteen workers need a while for all of them. */
const SLOW_WRITE_MS = 200;

async function manyNamespaces(world: World, count: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => world.namespace(`n${index}`)));
}

async function userIn(world: World, namespace: string): Promise<string | undefined> {
  return (await world.auths(namespace))?.[HOST]?.username;
}

/** How many of them hold another login than this one. */
async function lacking(world: World, namespaces: readonly string[], user: string): Promise<number> {
  const ours = (await world.admin.list('Secret')).filter(({ metadata }) => metadata.name === PULL_SECRET);
  const found = new Map(ours.map((secret) => [secret.metadata.namespace, authsOf(secret)[HOST]?.username]));
  return namespaces.filter((namespace) => found.get(namespace) !== user).length;
}

async function allHave(world: World, namespaces: readonly string[], user: string): Promise<void> {
  await eventually(async () => (await lacking(world, namespaces, user)) === 0, { timeoutMs: 20_000, everyMs: 100 });
}

/** One credential in many namespaces. */
async function served(world: World, count: number): Promise<readonly string[]> {
  const namespaces = await manyNamespaces(world, count);
  await world.source('main', { [HOST]: login('v1') });
  await world.cluster('main');
  await world.start();
  await allHave(world, namespaces, 'v1');
  return namespaces;
}

/** Writes are slow from here on; resolves when the fan-out of the new login has begun. */
async function beginRotation(world: World, user: string): Promise<void> {
  const slow = world.proxy.on({ verb: 'patch', resource: 'secrets' }, { kind: 'delay', delayMs: SLOW_WRITE_MS });
  await world.source('main', { [HOST]: login(user) });
  await slow.caught;
}

export function describeQueue(open: OpenTarget): void {
  describe('the queue of namespaces', () => {
    it('F64: a namespace that is created during a rotation does not wait for it', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await served(world, MANY);
        await beginRotation(world, 'v2');

        const created = await world.namespace('new');
        await eventually(async () => (await world.entries(created)).includes(PULL_SECRET));

        assert.ok((await lacking(world, namespaces, 'v2')) > 0, 'the rotation was over');
        assert.equal(await userIn(world, created), 'v2');
        await allHave(world, namespaces, 'v2');
      }));

    it('F64: nor for the first sync after a restart', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await served(world, MANY);
        await world.stop();
        await beginRotationWhileDown(world);

        const created = await world.namespace('new');
        await eventually(async () => (await world.entries(created)).includes(PULL_SECRET));

        assert.ok((await lacking(world, namespaces, 'v2')) > 0, 'the first sync was over');
        await allHave(world, namespaces, 'v2');
      }));
  });
}

async function beginRotationWhileDown(world: World): Promise<void> {
  await world.source('main', { [HOST]: login('v2') });
  const slow = world.proxy.on({ verb: 'patch', resource: 'secrets' }, { kind: 'delay', delayMs: SLOW_WRITE_MS });
  await world.start();
  await slow.caught;
}

/** Rows of the queue that the catalogue wants on the sandbox. */
export function describeQueueUnderLoad(open: OpenTarget): void {
  describe('the queue under load', () => {
    it('F65: a Secret that is deleted during a rotation is back before the rotation ends', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await served(world, MANY);
        const [victim = ''] = namespaces;
        const uid = (await world.secret(victim))?.metadata.uid;
        await beginRotation(world, 'v2');

        await world.admin.delete('Secret', PULL_SECRET, victim);
        await eventually(async () => {
          const now = await world.secret(victim);
          return now !== undefined && now.metadata.uid !== uid;
        });

        assert.ok((await lacking(world, namespaces, 'v2')) > 0, 'the rotation was over');
        await allHave(world, namespaces, 'v2');
      }));

    it('F68: a flood of events does not starve a rotation', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await served(world, MANY);
        const flood = { isOver: false };
        const flooding = touchUntil(flood, world, namespaces.slice(0, 20));

        await world.source('main', { [HOST]: login('v2') });
        await allHave(world, namespaces, 'v2').finally(() => (flood.isOver = true));

        await flooding;
      }));

    it('F69: an event in a long back-off runs at once; failing again goes on up the ladder', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: 'no' };
        const refused = world.proxy.on(
          { verb: 'create', resource: 'secrets', namespace },
          { kind: 'answer', code: 403, body },
        );
        await world.source('main', { [HOST]: login('v1') });
        await world.cluster('main');
        await eventually(async () => (await world.admin.get('ServiceAccount', 'default', namespace)) !== undefined); // no event of its own later
        await world.start();
        const tried = (times: number) => eventually(() => refused.hits === times);
        /** A sign that everything that was due has run: another namespace was served. */
        const isQuiet = async (times: number): Promise<void> => {
          const other = await world.namespace(`quiet-${refused.hits}`);
          await eventually(async () => (await userIn(world, other)) === 'v1');
          assert.equal(refused.hits, times);
        };
        await tried(1);

        await touch(world, namespace, '1'); // during the first minute of waiting
        await tried(2);
        await world.passes(90_000);
        await isQuiet(2); // the second step takes two minutes
        await world.passes(60_000);
        await tried(3);

        refused.remove();
        await touch(world, namespace, '2');
        await users(world, namespace, { [HOST]: 'v1' });
      }));

    it('F70: a token that arrives while the namespace is worked on is written next, and never overtaken by an older one', () =>
      inWorld(open, {}, async (world) => {
        const [namespace = ''] = await served(world, 1);
        const over = await userOverTime(world, namespace, HOST);
        const held = world.proxy.on({ verb: 'patch', resource: 'secrets', namespace, nth: 1 }, { kind: 'hold' });
        await world.source('main', { [HOST]: login('v2') });
        await held.caught;

        await issuedAnew(world, 'v3');
        held.release();

        await users(world, namespace, { [HOST]: 'v3' });
        assert.deepEqual([...new Set(over())], ['v1', 'v2', 'v3']);
      }));

    it('F71: of two rotations in a row, namespaces not yet reached get the newest only', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await served(world, 60);
        world.writes();
        const held = world.proxy.on({ verb: 'patch', resource: 'secrets' }, { kind: 'hold' });
        await world.source('main', { [HOST]: login('v2') });
        await held.caught;

        await issuedAnew(world, 'v3');
        const reached = new Set(secretPatches(world));
        held.release();
        await allHave(world, namespaces, 'v3');

        const later = secretPatches(world);
        assert.ok(reached.size < namespaces.length);
        assert.equal(new Set(later).size, later.length, 'a namespace was written twice');
        assert.deepEqual(later.toSorted(), [...namespaces].sort());
      }));

    it("F72: a credential that fails each time takes away neither the others' hosts nor its last good one", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        for (const name of ['one', 'two']) {
          await world.source(name, { [`${name}.example.com`]: login(name) });
          await world.cluster(name);
        }
        await world.start();
        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'two' });

        await world.admin.patch(
          'Secret',
          world.name('one'),
          { data: { '.dockerconfigjson': btoa('{"auths":{"one.example.com":{}}}') } },
          world.operatorNamespace,
        );
        await eventually(async () => (await world.condition('cluster', 'one', 'TokenIssued'))?.reason === 'LastGood');
        await world.source('two', { 'two.example.com': login('rotated') });
        const later = await world.namespace('later');

        for (const one of [namespace, later])
          await users(world, one, { 'one.example.com': 'one', 'two.example.com': 'rotated' });
      }));

    it('F73: one tenant with hundreds of credentials does not make the others wait', () =>
      inWorld(open, {}, async (world) => {
        const [big, small] = [await world.namespace('a-big'), await world.namespace('z-small')];
        for (const namespace of [big, small]) {
          await world.grantInputs(namespace);
          await world.source('team', { [HOST]: login('v1') }, namespace);
        }
        await Promise.all(Array.from({ length: 300 }, (_, index) => world.tenant(big, `c${index}`, {}, 'team')));
        await world.tenant(small, 'team');
        world.proxy.on({ verb: 'get', resource: 'secrets', namespace: big }, { kind: 'delay', delayMs: 20 });
        const read = { verb: 'get', resource: 'secrets', namespace: big } as const;

        await world.start();
        await users(world, small, { [HOST]: 'v1' });

        assert.ok(world.proxy.count(read) < 150, `${world.proxy.count(read)} of 300 came first`);
      }));
  });
}

/** Edits that concern nobody, in these Secrets by turns, as fast as the server takes them. */
async function touchUntil(
  flood: { readonly isOver: boolean },
  world: World,
  namespaces: readonly string[],
): Promise<void> {
  for (let n = 0; !flood.isOver; n += 1) {
    const metadata = { labels: { n: String(n) } };
    await world.admin.patch('Secret', PULL_SECRET, { metadata }, namespaces[n % namespaces.length]);
  }
}

async function touch(world: World, namespace: string, value: string): Promise<void> {
  await world.admin.patch('Namespace', namespace, { metadata: { labels: { touched: value } } });
}

/** Gives the source another login; resolves when the credential has it: its status shows the new end. */
async function issuedAnew(world: World, user: string): Promise<void> {
  const end = new Date(world.clock.now().getTime() + 24 * 60 * 60_000).toISOString();
  const { data } = sourceBody('main', { [HOST]: login(user) });
  const metadata = { annotations: { 'regcred.dev/expires-at': end } };
  await world.admin.patch('Secret', world.name('main'), { metadata, data }, world.operatorNamespace);
  await eventually(async () => (await world.status('cluster', 'main')).expirationTime === end);
}

/** Namespaces whose Secret the operator patched since the last look at the writes. */
function secretPatches(world: World): readonly string[] {
  return world.writes().flatMap((write) => /^patch secrets ([^/]+)\//.exec(write)?.[1] ?? []);
}
