// Journeys of "One merged Secret" (docs/faults.md): who wins a key that several credentials publish, and what becomes of
// the others when one of them can not publish.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { OpenTarget } from '../support/target.ts';
import { configOf, inWorld, login, PULL_SECRET, sourceBody } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { contested, markerOf, patchSpec, share, userOverTime, users } from './merged.cases.ts';

const KIND = 'ClusterRegistryCredential';
const HOST = 'registry.example.com';
const HUB_URL = 'https://index.docker.io/v1/';
const MINUTE = 60_000;

async function shadowed(world: World, kind: 'cluster' | 'tenant', name: string, namespace?: string): Promise<string> {
  const condition = await world.condition(kind, name, 'Shadowed', namespace);
  return `${condition?.status}/${condition?.reason}`;
}

/** The source's password ends then. */
async function endsAt(world: World, name: string, time: Date): Promise<void> {
  const annotations = { 'regcred.dev/expires-at': time.toISOString() };
  await world.admin.patch('Secret', world.name(name), { metadata: { annotations } }, world.operatorNamespace);
}

/** In the namespaces of this journey. */
function pullSecretWrites(world: World): readonly string[] {
  return world.writes().filter((write) => write.includes(` secrets ${world.name('')}`));
}

async function expiryOf(world: World, name: string): Promise<string | undefined> {
  return (await world.status('cluster', name)).expirationTime;
}

/** "team" in the namespace, beside the cluster credential "platform". */
async function tenantBeside(
  world: World,
  hosts: { readonly platform: string; readonly team: readonly string[] },
  spec: object = {},
): Promise<string> {
  const namespace = await world.namespace('a');
  await world.grantInputs(namespace);
  await world.source('platform', { [hosts.platform]: login('platform') });
  await world.cluster('platform', spec);
  await world.source('team', Object.fromEntries(hosts.team.map((host) => [host, login('team')])), namespace);
  await world.tenant(namespace, 'team');
  return namespace;
}

export function describeContested(open: OpenTarget): void {
  describe('one key, several credentials', () => {
    it('F144: the namespaced one wins in its namespace alone; the loser tells, stays ready, and it is so after a restart', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await tenantBeside(world, { platform: HOST, team: [HOST] });
        const other = await world.namespace('b');
        await world.start();

        await users(world, namespace, { [HOST]: 'team' });
        await users(world, other, { [HOST]: 'platform' });
        await world.inTime(async () => (await shadowed(world, 'cluster', 'platform')) === 'True/HigherPrecedence');
        const { message } = (await world.condition('cluster', 'platform', 'Shadowed')) ?? assert.fail();
        assert.ok(message.includes(HOST) && message.includes(world.name('team')) && message.includes(namespace));
        assert.equal((await world.condition('cluster', 'platform', 'Ready'))?.status, 'True');
        assert.equal(await shadowed(world, 'tenant', 'team', namespace), 'False/NotShadowed');

        await world.stop();
        world.writes();
        await world.start();
        await world.inTime(
          async () => (await world.condition('tenant', 'team', 'Ready', namespace))?.status === 'True',
        );
        assert.deepEqual(pullSecretWrites(world), []);
      }));

    it('F144: the older of two cluster credentials wins, whichever is seen first', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        for (const name of ['a', 'b']) await world.source(name, { [HOST]: login(name) });
        await world.start();

        await world.cluster('b');
        await users(world, namespace, { [HOST]: 'b' });
        const first = (await world.admin.get(KIND, world.name('b')))?.metadata.creationTimestamp;
        const created = await world.cluster('a');

        const winner = created.metadata.creationTimestamp === first ? 'a' : 'b'; // in the same second the name decides
        await eventually(
          async () => (await shadowed(world, 'cluster', winner === 'a' ? 'b' : 'a')) === 'True/HigherPrecedence',
        );
        await users(world, namespace, { [HOST]: winner });
      }));

    it('F145: an Enforced one takes its key and the paths under it, and gives both back', () =>
      inWorld(open, {}, async (world) => {
        const hosts = { platform: HOST, team: [HOST, `${HOST}/team`] };
        const namespace = await tenantBeside(world, hosts, { precedence: 'Enforced' });
        await world.start();

        await users(world, namespace, { [HOST]: 'platform' });
        await eventually(async () => (await shadowed(world, 'tenant', 'team', namespace)) === 'True/Enforced');
        assert.equal((await world.condition('tenant', 'team', 'Ready', namespace))?.status, 'True');

        await patchSpec(world, 'platform', { precedence: 'Overridable' });
        await users(world, namespace, { [HOST]: 'team', [`${HOST}/team`]: 'team' });
      }));

    it('F146: an Enforced one without a token displaces nobody, and takes its key in one write when it has one', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await share(world, { team: HOST });
        await world.cluster('enforced', { precedence: 'Enforced' });
        await eventually(async () => (await world.condition('cluster', 'enforced', 'TokenIssued'))?.status === 'False');
        const over = await userOverTime(world, namespace, HOST);
        world.writes();

        await world.source('enforced', { [HOST]: login('enforced') });

        await users(world, namespace, { [HOST]: 'enforced' });
        const writes = pullSecretWrites(world);
        assert.deepEqual(writes, [`patch secrets ${namespace}/${PULL_SECRET}`]);
        assert.deepEqual([...new Set(over())], ['team', 'enforced']);
      }));

    it('F146: an Enforced one whose token expired under Remove gives way', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await tenantBeside(
          world,
          { platform: HOST, team: [HOST] },
          { precedence: 'Enforced', expiryPolicy: 'Remove' },
        );
        await endsAt(world, 'platform', new Date(world.clock.now().getTime() + 2 * MINUTE));
        await world.start();
        await users(world, namespace, { [HOST]: 'platform' });

        await world.passes(3 * MINUTE);

        await users(world, namespace, { [HOST]: 'team' });
        await eventually(async () => (await shadowed(world, 'tenant', 'team', namespace)) === 'False/NotShadowed');
      }));

    it('F147: all spellings of Docker Hub are one key; both keys of it come from the same winner', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await tenantBeside(world, { platform: 'docker.io', team: ['registry-1.docker.io'] });
        await world.start();

        await users(world, namespace, { 'docker.io': 'team', [HUB_URL]: 'team' });
        assert.deepEqual((await markerOf(world, namespace)).hosts, { 'docker.io': world.name('team') });
      }));

    it('F147: two spellings in one credential are InvalidSpec, and both are named', () =>
      inWorld(open, {}, async (world) => {
        await world.source('main', { 'docker.io': login('main') });
        const registries = [{ prefix: 'docker.io' }, { prefix: 'index.docker.io' }];
        const auth = { dockerConfig: { secretRef: { name: world.name('main') } } };
        await world.cluster('main', { provider: { static: { auth, registries } } });
        await world.start();

        const ready = await eventually(() => world.condition('cluster', 'main', 'Ready'));
        assert.equal(`${ready.status}/${ready.reason}`, 'False/InvalidSpec');
        for (const { prefix } of registries) assert.ok(ready.message.includes(`"${prefix}"`));
        assert.equal((await world.condition('cluster', 'main', 'Stalled'))?.status, 'True');
      }));

    it('F149: a stronger one without a token leaves the host to who has it, and takes it in one write', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.cluster('a');
        await world.source('b', { [HOST]: login('b') });
        await world.cluster('b');
        await world.start();
        await users(world, namespace, { [HOST]: 'b' });
        const over = await userOverTime(world, namespace, HOST);
        world.writes();

        await world.source('a', { [HOST]: login('a') });

        await users(world, namespace, { [HOST]: 'a' });
        assert.equal(pullSecretWrites(world).length, 1);
        assert.deepEqual([...new Set(over())], ['b', 'a']);
      }));

    it('F150: the next in order takes the host of a winner that expired under Remove, and gives it back', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world, { expiryPolicy: 'Remove' });
        await endsAt(world, 'a', new Date(world.clock.now().getTime() + 2 * MINUTE));
        await eventually(() => expiryOf(world, 'a'));

        await world.passes(3 * MINUTE);
        await users(world, namespace, { [HOST]: 'b' });
        await world.inTime(async () => (await shadowed(world, 'cluster', 'b')) === 'False/NotShadowed');
        await world.inTime(async () => (await world.condition('cluster', 'a', 'Ready'))?.status === 'False');

        await endsAt(world, 'a', new Date(world.clock.now().getTime() + 600 * MINUTE));
        await users(world, namespace, { [HOST]: 'a' });
        await world.inTime(async () => (await shadowed(world, 'cluster', 'b')) === 'True/HigherPrecedence');
      }));

    it('F150: nothing changes for a winner that expired under Keep', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await contested(world, { expiryPolicy: 'Keep' });
        await endsAt(world, 'a', new Date(world.clock.now().getTime() + 2 * MINUTE));
        await eventually(() => expiryOf(world, 'a'));
        world.writes();

        await world.passes(3 * MINUTE);

        await world.inTime(async () => (await world.condition('cluster', 'a', 'TokenIssued'))?.status === 'False');
        await users(world, namespace, { [HOST]: 'a' });
        assert.deepEqual(pullSecretWrites(world), []);
      }));

    it('F153: a malformed source takes away its own hosts only', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('good', { 'good.example.com': login('good') });
        await world.cluster('good');
        const body = {
          ...sourceBody(world.name('bad'), {}),
          data: { '.dockerconfigjson': btoa('{"auths":{"bad.example.com":{}}}') },
        };
        await world.admin.create('Secret', body, world.operatorNamespace);
        await world.cluster('bad');
        await world.cluster('absent');
        await world.start();

        await users(world, namespace, { 'good.example.com': 'good' });
        for (const name of ['bad', 'absent'])
          await eventually(async () => (await world.condition('cluster', name, 'TokenIssued'))?.status === 'False');
        assert.deepEqual((await markerOf(world, namespace)).hosts, { 'good.example.com': world.name('good') });
        assert.equal(await world.oracle(namespace, 'good.example.com/app'), 'good');
        await world.admin.delete('Secret', world.name('bad'), world.operatorNamespace);
      }));

    it('F153: without any token there is no Secret and no entry', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.cluster('absent');
        await world.start();

        await eventually(async () => (await world.condition('cluster', 'absent', 'TokenIssued'))?.status === 'False');
        assert.equal(await world.secret(namespace), undefined);
        assert.deepEqual(await world.entries(namespace), []);
        assert.deepEqual(
          world.writes().filter((write) => write.includes(`${namespace}/`)),
          [],
        );
      }));

    it('F156: the entry stands in the union of the ServiceAccounts; it leaves those of a credential that goes', () =>
      inWorld(open, { serviceAccountNames: ['default', 'builder'] }, async (world) => {
        const namespace = await share(world, { one: 'one.example.com' });
        await world.admin.create('ServiceAccount', { metadata: { name: 'builder' } }, namespace);
        await world.source('two', { 'two.example.com': login('two') });
        await world.cluster('two', { serviceAccounts: { names: ['builder'] } });
        for (const account of ['default', 'builder'])
          await eventually(async () => (await world.entries(namespace, account)).includes(PULL_SECRET));

        await world.admin.delete(KIND, world.name('two'));

        await world.inTime(async () => (await world.entries(namespace, 'builder')).length === 0);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        await users(world, namespace, { 'one.example.com': 'one' });
      }));

    it('F159: two secretNames are two Secrets, two entries, and no shadow', () =>
      inWorld(open, { secretNames: [PULL_SECRET, 'own'] }, async (world) => {
        const namespace = await share(world, { one: HOST });
        await world.source('two', { [HOST]: login('two') });
        await world.cluster('two', { secretName: 'own' });

        await eventually(async () => (await world.entries(namespace)).length === 2);
        assert.deepEqual((await world.entries(namespace)).toSorted(), ['own', PULL_SECRET]);
        assert.equal((await world.auths(namespace, 'own'))?.[HOST]?.username, 'two');
        await users(world, namespace, { [HOST]: 'one' });
        for (const name of ['one', 'two'])
          await world.inTime(async () => (await shadowed(world, 'cluster', name)) === 'False/NotShadowed');
      }));

    it('F160: what no longer fits into 1 MiB is left out and told; the rest is written', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        for (const name of ['a', 'b', 'c']) {
          await world.source(name, { [`${name}.example.com`]: { username: name, password: 'x'.repeat(200_000) } });
          await world.cluster(name);
        }
        await world.start();

        await users(world, namespace, { 'a.example.com': 'a', 'b.example.com': 'b' });
        await eventually(async () => (await world.condition('cluster', 'c', 'Synced'))?.reason === 'SecretTooLarge');
        await world.inTime(async () => (await world.status('cluster', 'c')).namespaces?.summary === '0/1');
        assert.equal((await world.condition('cluster', 'c', 'Ready'))?.status, 'True');
        await world.inTime(async () => (await world.condition('cluster', 'a', 'Synced'))?.status === 'True');
      }));

    for (const [code, body] of [
      [
        413,
        { kind: 'Status', status: 'Failure', reason: 'RequestEntityTooLarge', code: 413, message: 'limit is 3145728' },
      ],
      [500, { kind: 'Status', status: 'Failure', code: 500, message: 'etcdserver: request is too large' }],
    ] as const) {
      it(`F160: HTTP ${code} "${body.message}" is SecretTooLarge in that namespace; others are served`, () =>
        inWorld(open, {}, async (world) => {
          const [full, fine] = [await world.namespace('full'), await world.namespace('fine')];
          world.proxy.on({ verb: 'create', resource: 'secrets', namespace: full }, { kind: 'answer', code, body });
          await world.source('main', { [HOST]: login('main') });
          await world.cluster('main');
          await world.start();

          await users(world, fine, { [HOST]: 'main' });
          await world.inTime(
            async () => (await world.condition('cluster', 'main', 'Synced'))?.reason === 'SecretTooLarge',
          );
          await world.inTime(async () => (await world.status('cluster', 'main')).namespaces?.summary === '1/2');
          const { failures } = await world.status('cluster', 'main');
          assert.deepEqual(
            failures?.map(({ name }) => name),
            [full],
          );
          world.proxy.removeRules();
        }));
    }
  });

  describe('bytes that the operator does not hold', () => {
    it("F163: a suspended credential's host that the tenant edited is carried in that Secret alone", () =>
      inWorld(open, {}, async (world) => {
        const { namespace, other } = await suspendedBeside(world);
        await edit(world, namespace, { username: 'tenant', password: 'edited' });

        await world.source('two', { 'two.example.com': login('rotated') });

        await users(world, namespace, { 'one.example.com': 'tenant', 'two.example.com': 'rotated' });
        await users(world, other, { 'one.example.com': 'one', 'two.example.com': 'rotated' });
        await patchSpec(world, 'one', { suspend: false });
        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'rotated' });
      }));

    it('F163: one that does not parse is dropped, since it would stop every pull', () =>
      inWorld(open, {}, async (world) => {
        const { namespace } = await suspendedBeside(world);

        await edit(world, namespace, { auth: '%%%' });

        await users(world, namespace, { 'two.example.com': 'two' });
        assert.equal(await world.oracle(namespace, 'two.example.com/app'), 'two');
        await patchSpec(world, 'one', { suspend: false });
        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'two' });
      }));

    it('F163: a deleted Secret comes back with the others; that host waits', () =>
      inWorld(open, {}, async (world) => {
        const { namespace } = await suspendedBeside(world);

        await world.admin.delete('Secret', PULL_SECRET, namespace);

        await users(world, namespace, { 'two.example.com': 'two' });
        await patchSpec(world, 'one', { suspend: false });
        await users(world, namespace, { 'one.example.com': 'one', 'two.example.com': 'two' });
      }));
  });
}

/** "one" is suspended, "two" is not; both publish in two namespaces. */
async function suspendedBeside(world: World): Promise<{ readonly namespace: string; readonly other: string }> {
  const other = await world.namespace('b');
  const namespace = await share(world, { one: 'one.example.com', two: 'two.example.com' });
  await users(world, other, { 'one.example.com': 'one', 'two.example.com': 'two' });
  await patchSpec(world, 'one', { suspend: true });
  await eventually(async () => (await world.condition('cluster', 'one', 'Ready'))?.reason === 'Suspended');
  return { namespace, other };
}

async function edit(world: World, namespace: string, entry: object): Promise<void> {
  const secret = (await world.secret(namespace)) ?? assert.fail();
  const config = JSON.parse(configOf(secret)) as { auths: Record<string, object> };
  config.auths['one.example.com'] = entry;
  const data = { '.dockerconfigjson': btoa(JSON.stringify(config)) };
  await world.admin.patch('Secret', PULL_SECRET, { data }, namespace);
}
