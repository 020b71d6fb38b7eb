// Journeys of "Namespaces" (docs/faults.md), on either API server.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { Body } from '../support/raw-client.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';

const HOST = 'registry.example.com';

export function describeNamespaces(open: OpenTarget): void {
  describe('namespaces that come', () => {
    it('F198: 300 namespaces at once cost two writes each, and a new credential does not wait behind them', () =>
      inWorld(open, {}, async (world) => {
        await world.source('main', { [HOST]: login('bot') });
        await world.source('small', { 'small.example.com': login('small') });
        await world.cluster('main', { namespaces: { names: [`${world.name('many')}-*`] } });
        await world.start();
        const other = await world.namespace('other');

        const names = Array.from({ length: 300 }, (_, index) => `many-${index}`);
        const creating = createAll(world, names);
        await eventually(async () => (await world.secret(world.name('many-0'))) !== undefined);
        await world.cluster('small', { namespaces: { names: [other] } });
        await eventually(async () => (await world.entries(other)).includes(PULL_SECRET), { timeoutMs: 5000 });
        const namespaces = await creating;

        await servesAll(world, namespaces);
        await hasCounts(world, 'main', { synced: 300, failed: 0 });
        const writes = world.writes();
        for (const namespace of namespaces) {
          const ofIt = writes.filter((write) => write.includes(` ${namespace}/`)).map((write) => write.split(' ')[0]);
          assert.deepEqual(ofIt, ['create', 'patch'], namespace);
        }
      })).timeout(60_000);

    it('F199: a rotation is one write a namespace, in another order each time, and counts come only when all are done', () =>
      inWorld(open, {}, async (world) => {
        const seen: (number | undefined)[] = [];
        await world.source('main', { [HOST]: login('bot') });
        await createAll(
          world,
          Array.from({ length: 100 }, (_, index) => `many-${index}`),
        );
        await world.start();

        await world.cluster('main');
        await eventually(async () => {
          const { namespaces } = await world.status('cluster', 'main');
          seen.push(namespaces?.selected);
          return namespaces?.synced === 100;
        });
        assert.deepEqual(new Set(seen.filter((selected) => selected !== undefined)), new Set([100]));

        const first = await rotate(world, 'one');
        const second = await rotate(world, 'two');
        assert.equal(first.secrets.length, 100);
        assert.deepEqual(first.secrets.toSorted(), second.secrets.toSorted());
        assert.notDeepEqual(first.secrets, second.secrets);
        assert.ok(first.status <= 2 && second.status <= 2, 'the status of a rotation is written once');
      })).timeout(60_000);

    it('F207: the Secret comes at once, its entry when the ServiceAccount does', () =>
      inWorld(open, { serviceAccountDelayMs: 1500 }, async (world) => {
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();

        const namespace = await world.namespace('late');
        await eventually(async () => (await world.secret(namespace)) !== undefined);
        await hasCounts(world, 'main', { synced: 1, failed: 0 });

        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        assert.deepEqual(await warningsOf(world, 'main'), []);
      }));

    it('F208: a namespace may have any name that Kubernetes allows', () =>
      inWorld(open, {}, async (world) => {
        const names = ['constructor', 'tostring', '20300101', 'n'.repeat(63)];
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main', { namespaces: { names } });
        await world.start();
        try {
          for (const name of names) await world.admin.create('Namespace', { metadata: { name } });

          for (const name of names) await eventually(async () => (await world.oracle(name, `${HOST}/app:1`)) === 'bot');
          await hasCounts(world, 'main', { synced: names.length, failed: 0 });
        } finally {
          for (const name of names) await world.admin.delete('Namespace', name);
        }
      }));
  });

  describe('namespaces that go', () => {
    it('F200: a namespace deleted in the middle of a write is dropped, and no failure', () =>
      inWorld(open, {}, async (world) => {
        const terminating = world.proxy.on(createIn(world.name('stuck')), { kind: 'hold' });
        const gone = world.proxy.on(createIn(world.name('gone')), { kind: 'hold' });
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        await world.namespace('other');
        await world.namespace('gone');
        await createHeld(world, 'stuck');
        await Promise.all([terminating.caught, gone.caught]);

        await world.admin.delete('Namespace', world.name('stuck'));
        await world.admin.delete('Namespace', world.name('gone'));
        await eventually(async () => (await world.admin.get('Namespace', world.name('gone'))) === undefined, {
          timeoutMs: 60_000,
        });
        terminating.release();
        gone.release();

        await hasCounts(world, 'main', { synced: 1, failed: 0 });
        await world.passes(10 * 60_000);
        await hasCounts(world, 'main', { synced: 1, failed: 0 });
        assert.equal(terminating.matches, 1, 'it is not tried again');
        assert.equal(gone.matches, 1, 'it is not tried again');
        assert.deepEqual(await warningsOf(world, 'main'), []);
        assert.doesNotMatch(world.logs(), /Cannot sync namespace/);
        await letGo(world, 'stuck');
      }));

    it('F200: a refusal without that cause is a failure of the namespace, not its end', () =>
      inWorld(open, {}, async (world) => {
        const refused = world.proxy.on(createIn(world.name('a')), { kind: 'answer', code: 403, body: FORBIDDEN });
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        await world.namespace('a');
        await world.namespace('b');

        await hasCounts(world, 'main', { synced: 1, failed: 1 });
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        assert.equal((await world.condition('cluster', 'main', 'Synced'))?.reason, 'Forbidden');

        refused.remove();
        await world.inTime(async () => (await world.status('cluster', 'main')).namespaces?.synced === 2);
      }));

    it('F201: a namespace made anew is served anew; one stuck in its end is left alone', () =>
      inWorld(open, {}, async (world) => {
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        const again = await world.namespace('again');
        const stuck = await createHeld(world, 'stuck');
        await hasCounts(world, 'main', { synced: 2, failed: 0 });
        const before = await world.marker(again);

        await world.admin.delete('Namespace', again);
        await world.admin.delete('Namespace', stuck);
        await eventually(async () => (await world.admin.get('Namespace', again)) === undefined);
        await world.admin.create('Namespace', { metadata: { name: again } });

        await eventually(async () => (await world.entries(again)).includes(PULL_SECRET));
        assert.notEqual((await world.marker(again))?.namespaceUid, before?.namespaceUid);
        await hasCounts(world, 'main', { synced: 1, failed: 0 });
        await world.inTime(() => true);
        world.writes();
        await world.passes(10 * 60_000);
        await hasCounts(world, 'main', { synced: 1, failed: 0 });
        assert.deepEqual(
          world.writes().filter((write) => write.includes(stuck)),
          [],
        );
        await letGo(world, stuck);
      }));

    it('F201: made anew before its watch tells, it is not left with the Secret of the former one', () =>
      inWorld(open, {}, async (world) => {
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        const again = await world.namespace('again');
        await world.start();
        await eventually(async () => (await world.entries(again)).includes(PULL_SECRET));
        const former = (await world.admin.get('Namespace', again))?.metadata.uid;
        world.proxy.silenceWatches({ resource: 'namespaces' });

        await world.admin.delete('Namespace', again);
        await eventually(async () => (await world.admin.get('Namespace', again)) === undefined);
        const anew = await world.admin.create('Namespace', { metadata: { name: again } });
        await eventually(async () => (await world.marker(again))?.namespaceUid === former);
        world.proxy.cutWatches({ resource: 'namespaces' });

        await world.inTime(async () => (await world.marker(again))?.namespaceUid === anew.metadata.uid);
        await world.inTime(async () => (await world.entries(again)).includes(PULL_SECRET));
        await hasCounts(world, 'main', { synced: 1, failed: 0 });
      }));

    it('F202: nothing of ours holds a namespace: operator running, stopped, without rights', () =>
      inWorld(open, {}, async (world) => {
        const namespaces = await createAll(world, ['running', 'refused', 'stopped']);
        for (const namespace of namespaces) {
          await world.grantInputs(namespace);
          await world.source('main', { [HOST]: login('tenant') }, namespace);
          await world.tenant(namespace, 'main');
        }
        await world.start();
        for (const namespace of namespaces)
          await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));

        const gone = async (name: string): Promise<void> => {
          await world.admin.delete('Namespace', world.name(name));
          await eventually(async () => (await world.admin.get('Namespace', world.name(name))) === undefined);
        };
        await gone('running');
        world.proxy.on({ namespace: world.name('refused') }, { kind: 'answer', code: 403, body: FORBIDDEN });
        await gone('refused');
        await world.stop();
        await gone('stopped');
      }));
  });

  describe('namespaces that are chosen', () => {
    it('F203: a label brings Secret and entry; without it the entry goes first, and only what is ours', () =>
      inWorld(open, {}, async (world) => {
        const label = (value: string | null): Promise<unknown> =>
          world.admin.patch('Namespace', namespace, { metadata: { labels: { team: value } } });
        const namespace = await world.namespace('a');
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main', { namespaces: { selector: { matchLabels: { team: world.name('x') } } } });
        await eventually(async () => (await world.admin.get('ServiceAccount', 'default', namespace)) !== undefined);
        await world.admin.patch('ServiceAccount', 'default', { imagePullSecrets: [{ name: 'theirs' }] }, namespace);
        await world.source('decoy', { [HOST]: login('decoy') }, namespace);
        await world.start();

        await label(world.name('x'));
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        assert.deepEqual(await world.entries(namespace), ['theirs', PULL_SECRET]);

        world.writes();
        await label(null);
        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), ['theirs']);
        assert.ok(await world.secret(namespace, world.name('decoy')));
        assert.deepEqual(
          world.writes().filter((write) => write.includes(namespace)),
          [`patch serviceaccounts ${namespace}/default`, `delete secrets ${namespace}/${PULL_SECRET}`],
        );

        for (let flip = 0; flip < 20; flip += 1) await label(flip % 2 === 0 ? world.name('x') : null);
        await label(world.name('x'));
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        await hasCounts(world, 'main', { synced: 1, failed: 0 });
        assert.ok(await world.secret(namespace));
        assert.ok(
          world.writes().filter((write) => write.includes(namespace)).length <= 42,
          'two writes a flip at most',
        );
      }));

    it('F205: a selection that names nobody is refused by the schema', () =>
      inWorld(open, {}, async (world) => {
        const invalid = [
          undefined,
          {},
          { selector: {} },
          { selector: { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] } },
          { selector: { matchExpressions: [{ key: 'a', operator: 'Is', values: ['x'] }] } },
          { names: Array.from({ length: 1000 }, (_, index) => `n${index}`) },
        ];
        for (const namespaces of invalid) {
          const text = JSON.stringify({ namespaces }).slice(0, 80);
          await assert.rejects(world.cluster('main', { namespaces }), /HTTP 422/, text);
        }
      }));

    it('F205: past the schema it is an invalid spec, and never all namespaces', () =>
      inWorld(open, {}, async (world) => {
        const broken = new Map<string, unknown>([
          [world.name('absent'), undefined],
          [world.name('empty'), {}],
          [world.name('all'), { selector: {} }],
          [world.name('in'), { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }],
          [world.name('operator'), { selector: { matchExpressions: [{ key: 'a', operator: 'Is', values: ['x'] }] } }],
        ]);
        const rewrite = (object: Partial<Body>): Partial<Body> =>
          broken.has(object.metadata?.name ?? '')
            ? { ...object, spec: { ...object.spec, namespaces: broken.get(object.metadata?.name ?? '') } }
            : object;
        const resource = 'clusterregistrycredentials';
        world.proxy.on(
          { resource },
          {
            kind: 'rewriteBody',
            rewrite: (body) => ('items' in body ? { ...body, items: body.items.map(rewrite) } : rewrite(body)),
          },
        );
        world.proxy.on(
          { resource, verb: 'watch' },
          { kind: 'rewriteEvents', rewrite: (event) => [{ ...event, object: rewrite(event.object) }] },
        );
        await world.source('main', { [HOST]: login('bot') });
        const namespace = await world.namespace('a');
        const names = ['absent', 'empty', 'all', 'in', 'operator'];
        for (const name of names) await world.cluster(name, {}, 'main');
        await world.start();

        for (const name of names)
          await eventually(async () => {
            assert.equal((await world.condition('cluster', name, 'Ready'))?.reason, 'InvalidSpec');
            assert.equal((await world.condition('cluster', name, 'Stalled'))?.status, 'True');
            return true;
          });
        assert.equal(await world.secret(namespace), undefined);
      }));
  });
}

/** What only the embedded API server plays: names of the system's own namespaces, and faults of a whole cluster. */
export function describeNamespacesSandboxOnly(open: OpenTarget): void {
  describe('namespaces, in a cluster of their own', () => {
    it('F204: globs never reach system namespaces, exclude wins, and a name that does not exist is no error', () =>
      inWorld(open, {}, async (world) => {
        for (const name of ['kube-system', 'kube-public', 'kube-node-lease']) {
          if ((await world.admin.get('Namespace', name)) === undefined)
            await world.admin.create('Namespace', { metadata: { name } });
        }
        const [a = '', b = ''] = await createAll(world, ['a', 'b']);
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main', { namespaces: { names: ['*', 'kube-*'], exclude: { names: [b] } } });
        await world.start();

        await eventually(async () => (await world.entries(a)).includes(PULL_SECRET));
        await world.inTime(async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
        for (const name of ['kube-system', 'kube-public', 'kube-node-lease', world.operatorNamespace, b])
          assert.equal(await world.secret(name), undefined, name);

        await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
          spec: { namespaces: { names: ['kube-system', world.operatorNamespace, world.name('later')] } },
        });
        for (const name of ['kube-system', world.operatorNamespace])
          await eventually(async () => (await world.secret(name)) !== undefined);
        await eventually(async () => (await world.secret(a)) === undefined);
        await hasCounts(world, 'main', { synced: 2, failed: 0 });
        await world.namespace('later');
        await hasCounts(world, 'main', { synced: 3, failed: 0 });
      }));

    it('F206: an ignored namespace loses what is ours, entry first, and is no failure', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        const label = (value: string | null): Promise<unknown> =>
          world.admin.patch('Namespace', namespace, { metadata: { labels: { 'regcred.dev/ignore': value } } });
        await world.grantInputs(namespace);
        await world.source('main', { [HOST]: login('bot') });
        await world.source('own', { 'own.example.com': login('own') }, namespace);
        await world.cluster('main');
        await world.tenant(namespace, 'own');
        await world.start();
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).length === 2);
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));

        world.writes();
        await label('true');
        await eventually(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(
          world.writes().filter((write) => !write.includes('/status')),
          [`patch serviceaccounts ${namespace}/default`, `delete secrets ${namespace}/${PULL_SECRET}`],
        );
        await eventually(
          async () => (await world.condition('tenant', 'own', 'Ready', namespace))?.reason === 'NamespaceIgnored',
        );
        await hasCounts(world, 'main', { synced: 0, failed: 0 });
        await eventually(async () => (await world.status('tenant', 'own', namespace)).namespaces?.summary === '0/0');

        for (const value of ['True', '', null]) {
          await label(value);
          await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
          await eventually(
            async () => (await world.condition('tenant', 'own', 'Ready', namespace))?.reason === 'Ready',
          );
          await hasCounts(world, 'main', { synced: 1, failed: 0 });
          await label('true');
          await eventually(async () => (await world.secret(namespace)) === undefined);
        }
      }));

    it('F209: many namespaces deleted in a rotation leave no backlog and no trace in metrics', () =>
      inWorld(open, { flags: { metricsAddress: '127.0.0.1:0' } }, async (world) => {
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        const operator = await world.start();
        const namespaces = await createAll(
          world,
          Array.from({ length: 120 }, (_, index) => `many-${index}`),
        );
        await servesAll(world, namespaces);
        await hasCounts(world, 'main', { synced: 120, failed: 0 });

        await world.source('main', { [HOST]: login('rotated') });
        await Promise.all(namespaces.slice(20).map((namespace) => world.admin.delete('Namespace', namespace)));

        await hasCounts(world, 'main', { synced: 20, failed: 0 });
        await eventually(async () => (await world.oracle(namespaces[0] ?? '', `${HOST}/app:1`)) === 'rotated');
        const text = await (await fetch(`http://${operator.addresses().metrics ?? ''}/metrics`)).text();
        assert.match(text, /^workqueue_depth\{[^}]*name="namespace"[^}]*\} 0$/m);
        assert.ok(!text.includes(world.name('many')), 'a series names a namespace');
        assert.doesNotMatch(world.logs(), /Cannot sync namespace/);
      })).timeout(60_000);

    it('F210: one namespace that fails, or hangs, stops no other', () =>
      inWorld(open, {}, async (world) => {
        const hung = world.proxy.on({ namespace: world.name('hung') }, { kind: 'hold' });
        const failing = world.proxy.on(createIn(world.name('failing')), { kind: 'answer', code: 500, body: 'boom' });
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        await world.namespace('hung');
        await world.namespace('failing');
        const others = await createAll(
          world,
          Array.from({ length: 30 }, (_, index) => `fine-${index}`),
        );

        for (const namespace of others)
          await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET), { timeoutMs: 3000 });
        hung.remove();
        await hasCounts(world, 'main', { synced: 31, failed: 1 });
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        assert.equal((await world.condition('cluster', 'main', 'Synced'))?.reason, 'WriteFailed');
        assert.deepEqual(
          (await world.status('cluster', 'main')).failures?.map(({ name }) => name),
          [world.name('failing')],
        );

        failing.remove();
        await world.inTime(async () => (await world.status('cluster', 'main')).namespaces?.failed === 0);
      })).timeout(60_000);
  });
}

const FORBIDDEN = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Forbidden',
  message: 'secrets is forbidden: User "operator" cannot create resource "secrets"',
  code: 403,
};

function createIn(namespace: string) {
  return { verb: 'create', resource: 'secrets', namespace } as const;
}

function createAll(world: World, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => world.namespace(name)));
}

/** Its deletion waits for letGo(). */
async function createHeld(world: World, name: string): Promise<string> {
  const namespace = await world.namespace(name);
  await world.admin.patch('Namespace', namespace, { metadata: { finalizers: ['example.com/held'] } });
  return namespace;
}

async function letGo(world: World, name: string): Promise<void> {
  const namespace = name.startsWith(world.name('')) ? name : world.name(name);
  await world.admin.patch('Namespace', namespace, { metadata: { finalizers: null } });
}

async function servesAll(world: World, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces)
    await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET), { timeoutMs: 40_000 });
}

/** Counts are put off by up to ten seconds: time runs fast. */
async function hasCounts(world: World, name: string, wanted: { synced: number; failed: number }): Promise<void> {
  await world.inTime(async () => {
    const { namespaces } = await world.status('cluster', name);
    assert.deepEqual({ synced: namespaces?.synced, failed: namespaces?.failed }, wanted);
    return true;
  });
}

/** New bytes for everybody: the order in which the Secrets were written, and how often the status was. */
async function rotate(world: World, username: string): Promise<{ secrets: readonly string[]; status: number }> {
  const namespaces = (await world.admin.list('Namespace')).filter(({ metadata }) =>
    metadata.name.startsWith(world.name('many')),
  );
  world.writes();
  await world.source('main', { [HOST]: login(username) });
  for (const { metadata } of namespaces)
    await eventually(async () => (await world.auths(metadata.name))?.[HOST]?.username === username);
  const writes = world.writes();
  return {
    secrets: writes.filter((write) => write.startsWith('patch secrets ')),
    status: writes.filter((write) => write.includes('/status')).length,
  };
}

async function warningsOf(world: World, name: string): Promise<readonly unknown[]> {
  const events = await world.admin.list('Event');
  return events.filter(
    ({ type, ...event }) =>
      type === 'Warning' && (event['regarding'] as { name?: string } | undefined)?.name === world.name(name),
  );
}
