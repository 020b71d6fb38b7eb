// Journeys of "ServiceAccounts" (docs/faults.md), on either API server.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import {
  IMAGE,
  attached,
  deleteCredential,
  pass,
  prepare,
  publish,
  pulledAs,
  rotate,
  secretIn,
  syncedInTime,
  syncedWith,
  unmark,
} from '../support/steps.ts';
import type { Body } from '../support/raw-client.ts';
import type { OpenTarget } from '../support/target.ts';
import { annotationOf, inWorld, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';

const OURS = { name: PULL_SECRET };
const ANNOTATION = 'regcred.dev/pull-secrets';
const PATCH = { verb: 'patch', resource: 'serviceaccounts' } as const;
const HOUR_MS = 3_600_000;

export function describeServiceAccounts(open: OpenTarget): void {
  describe('a ServiceAccount that comes and goes', () => {
    it('F184: gets the entry again when it was deleted and made anew', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const { uid } = (await accountIn(world, namespace)).metadata;

        await world.admin.delete('ServiceAccount', 'default', namespace);

        await eventually(async () => (await accountIn(world, namespace)).metadata.uid !== uid);
        await attached(world, namespace);
        assert.equal(annotationOf(await accountIn(world, namespace), ANNOTATION), `["${PULL_SECRET}"]`);
      }));

    it('F185: is never made by us when it was deleted between our read and our patch', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        const held = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await world.start();
        await held.caught;

        const { uid } = (await accountIn(world, namespace)).metadata;
        await world.admin.delete('ServiceAccount', 'default', namespace);
        held.remove();

        await attached(world, namespace);
        assert.notEqual((await accountIn(world, namespace)).metadata.uid, uid);
        assert.equal(world.proxy.count({ verb: 'create', resource: 'serviceaccounts', namespace }), 0);
        await syncedWith(world, 'Synced');
      }));
  });

  describe('a ServiceAccount that others write, too', () => {
    it('F187: ends a fight over the entry: slow after three restores, and says who fights', () =>
      inWorld(open, { serviceAccountDelayMs: 1000 }, async (world) => {
        const namespace = await world.namespace('a');
        await giveFieldsTo(world, namespace);
        await prepare(world);
        await world.start();
        await attached(world, namespace);

        const startMs = world.clock.monotonicMs();
        const { message } = await world.inTime(async () => {
          await removeEntry(world, namespace);
          return contentionOf(world);
        });
        await pass(world, HOUR_MS, () => removeEntry(world, namespace));

        assert.match(message, /ServiceAccount "default": our change was undone 3 times in 10 minutes by "?argocd/);
        assert.ok(world.clock.monotonicMs() - startMs >= HOUR_MS);
        const conflicts = Number(/^regcred_conflicts_total (\d+)$/m.exec(await world.metrics())?.[1] ?? 0);
        const writes = world.proxy.count({ ...PATCH, namespace }) - conflicts; // what was refused wrote nothing
        assert.ok(writes > 4 && writes < 20, `${writes} writes an hour`);
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
      }));

    it('F188: appends its own while twenty others append theirs: all stand there, once each', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        await eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
        const names = Array.from({ length: 20 }, (_, index) => `writer-${index}`);

        await Promise.all([world.start(), ...names.map((name) => append(world, namespace, name))]);
        await attached(world, namespace);

        assert.deepEqual((await world.entries(namespace)).toSorted(), [...names, PULL_SECRET].sort());
      }));

    it('F188: gives up after five tries with live reads, and comes back later', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        const faster = world.proxy.on({ ...PATCH, namespace }, { kind: 'answer', code: 409, body: conflict() });
        await world.start();

        await syncedWith(world, 'Contention');
        assert.equal(faster.hits % 5, 0);
        assert.ok(world.proxy.count({ verb: 'get', resource: 'serviceaccounts', namespace }) >= 5);
        for (const { text } of world.proxy.sent({ ...PATCH, namespace })) assertConditional(text);
        faster.remove();

        await syncedInTime(world, 'Synced');
        await attached(world, namespace);
      }));

    for (const [what, before] of Object.entries(lists()))
      it(`F190: keeps ${what}, in their order, and adds ours once`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await world.namespace('a');
          await eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
          const set = await setEntries(world, namespace, before);
          await prepare(world);
          await world.start();
          await attached(world, namespace);

          const after = await accountIn(world, namespace);
          assert.deepEqual(after.imagePullSecrets, [...entriesOf(set), OURS]);
          await deleteCredential(world);
          await world.inTime(async () => !(await world.entries(namespace)).includes(PULL_SECRET));
          assert.deepEqual(entriesOf(await accountIn(world, namespace)), entriesOf(set));
        }));

    it('F190: keeps a list that appears between our read and our write', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world);
        const held = world.proxy.on({ ...PATCH, namespace }, { kind: 'hold' });
        await world.start();
        await held.caught;

        await setEntries(world, namespace, [{ name: 'theirs' }]);
        held.remove();
        await attached(world, namespace);

        assert.deepEqual(await world.entries(namespace), ['theirs', PULL_SECRET]);
      }));

    it('F191: sends merge patches alone, conditional ones, and nothing of what it does not know', () =>
      inWorld(open, {}, async (world) => {
        const unknown = (body: object): object => ({ ...body, fieldOfTomorrow: { kept: true } });
        for (const resource of ['serviceaccounts', 'secrets'])
          for (const verb of ['get', 'patch'] as const)
            world.proxy.on({ resource, verb }, { kind: 'rewriteBody', rewrite: unknown });
        for (const resource of ['serviceaccounts', 'secrets'])
          world.proxy.on(
            { resource, verb: 'watch' },
            { kind: 'rewriteEvents', rewrite: ({ type, object }) => [{ type, object: unknown(object) }] },
          );
        const namespace = await publish(world);
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');
        await world.admin.patch('ServiceAccount', 'default', { automountServiceAccountToken: false }, namespace);
        await removeEntry(world, namespace);
        await attached(world, namespace);
        await deleteCredential(world);
        await world.inTime(async () => (await world.secret(namespace)) === undefined);

        const patches = world.proxy.sent({ verb: 'patch' });
        assert.ok(patches.length > 4);
        for (const { contentType } of patches) assert.equal(contentType, 'application/merge-patch+json');
        assert.equal(world.proxy.count({ verb: 'update' }), 0);
        for (const { text } of world.proxy.sent(PATCH)) {
          assertConditional(text);
          assert.deepEqual(Object.keys(JSON.parse(text) as object).sort(), ['imagePullSecrets', 'metadata']);
        }
        for (const { text } of world.proxy.sent({ verb: 'patch', resource: 'secrets' })) {
          assertConditional(text);
          assert.doesNotMatch(text, /fieldOfTomorrow/);
        }
        assert.equal((await accountIn(world, namespace))['automountServiceAccountToken'], false);
      }));
  });

  describe('the order of Secret and entry', () => {
    it('F197: writes the Secret before the entry, and takes the entry off before the Secret', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a', { team: 'a' });
        const selector = { matchLabels: { team: 'a' } };
        await prepare(world, { namespaces: { selector } });
        await world.start();
        await attached(world, namespace);
        await world.admin.patch('Namespace', namespace, { metadata: { labels: { team: null } } });
        await eventually(async () => (await world.secret(namespace)) === undefined);

        const writes = world.writes().filter((one) => one.includes(` ${namespace}/`));
        assert.deepEqual(writes, [
          `create secrets ${namespace}/`,
          `patch serviceaccounts ${namespace}/default`,
          `patch serviceaccounts ${namespace}/default`,
          `delete secrets ${namespace}/${PULL_SECRET}`,
        ]);
      }));
  });
}

/** Rows that only the embedded API server plays. */
export function describeServiceAccountsSandboxOnly(open: OpenTarget): void {
  describe('entries and their bookkeeping, on the embedded API server', () => {
    it('F186: restores an entry that a tenant removed, once', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        const before = world.proxy.count(PATCH);

        await removeEntry(world, namespace);
        await attached(world, namespace);
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');

        assert.equal(world.proxy.count(PATCH), before + 1);
        assert.deepEqual(await world.entries(namespace), ['from-git', PULL_SECRET]);
      }));

    it('F189: neither doubles nor claims an entry of our name that stood there before', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
        await setEntries(world, namespace, [{ name: 'theirs' }, OURS]);
        const before = await accountIn(world, namespace);
        await prepare(world);
        await world.start();
        await pulledAs(world, namespace, 'bot');

        await deleteCredential(world);
        await world.inTime(async () => (await world.secret(namespace)) === undefined);

        assert.deepEqual(await accountIn(world, namespace), before);
      }));

    it("F189: removes the annotated entry on leaving, although a user's list holds it as well", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await setEntries(world, namespace, [{ name: 'theirs' }, OURS]);

        await deleteCredential(world);

        await world.inTime(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), ['theirs']);
      }));

    it('F192: never acts on names in the annotation that are not ours', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await setEntries(world, namespace, [{ name: 'theirs' }, OURS]);
        const forged = JSON.stringify(['theirs', PULL_SECRET]);

        await annotate(world, namespace, { [ANNOTATION]: forged });
        await deleteCredential(world);
        await world.inTime(async () => (await world.secret(namespace)) === undefined);

        assert.deepEqual(await world.entries(namespace), ['theirs']);
        assert.equal(world.proxy.count({ resource: 'secrets', name: 'theirs' }), 0);
      }));

    for (const annotation of [null, 'garbage'])
      it(`F192: leaves an entry whose annotation a tenant ${annotation === null ? 'removed' : 'spoilt'}`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await publish(world);

          await annotate(world, namespace, { [ANNOTATION]: annotation });
          await deleteCredential(world);
          await world.inTime(async () => (await world.secret(namespace)) === undefined);

          assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        }));

    it('F193: takes off an entry once its Secret is proven gone', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await world.stop();
        await deleteCredential(world);
        await world.admin.delete('Secret', PULL_SECRET, namespace);
        const get = { verb: 'get', resource: 'secrets', namespace, name: PULL_SECRET } as const;
        const broken = world.proxy.on(get, { kind: 'answer', code: 500, body: 'broken' });
        await world.start();

        await broken.caught;
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        broken.remove();

        await world.inTime(async () => (await world.entries(namespace)).length === 0);
        assert.equal(annotationOf(await accountIn(world, namespace), ANNOTATION), undefined);
      }));

    it('F193: leaves an entry while a foreign Secret stands there: pods may pull through it', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await unmark(world, namespace);
        await syncedWith(world, 'NameConflict');

        await deleteCredential(world);
        await pass(world, 60_000);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        assert.equal(await world.oracle(namespace, IMAGE), 'bot');
        await world.admin.delete('Secret', PULL_SECRET, namespace);

        await world.inTime(async () => (await world.entries(namespace)).length === 0);
      }));

    it('F194: serves all ServiceAccounts where that is permitted, later ones too', () =>
      inWorld(open, { serviceAccountNames: '*' }, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world, { serviceAccounts: { names: ['*'] } });
        await world.start();
        await attached(world, namespace);

        await world.admin.create('ServiceAccount', { metadata: { name: 'later' } }, namespace);

        await eventually(async () => (await world.entries(namespace, 'later')).includes(PULL_SECRET));
      }));

    it('F194: serves a named ServiceAccount when it appears, without an error before', () =>
      inWorld(open, { serviceAccountNames: ['default', 'builder'] }, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world, { serviceAccounts: { names: ['builder'] } });
        await world.start();
        await pulledAs(world, namespace, 'bot');
        await syncedWith(world, 'Synced');
        assert.deepEqual(await world.entries(namespace), []);

        await world.admin.create('ServiceAccount', { metadata: { name: 'builder' } }, namespace);

        await eventually(async () => (await world.entries(namespace, 'builder')).includes(PULL_SECRET));
        assert.deepEqual(await world.entries(namespace), []);
      }));

    it('F194: writes the Secret only under policy None', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await prepare(world, { serviceAccounts: { policy: 'None' } });
        await world.start();

        await pulledAs(world, namespace, 'bot');
        await syncedWith(world, 'Synced');

        assert.equal(world.proxy.count(PATCH), 0);
      }));

    it('F195: takes its entry off a ServiceAccount that opts out, and puts it back when that ends', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await publish(world);
        await setEntries(world, namespace, [{ name: 'theirs' }, OURS]);

        await annotate(world, namespace, { 'regcred.dev/ignore': 'true' });
        await eventually(async () => !(await world.entries(namespace)).includes(PULL_SECRET));
        assert.deepEqual(await world.entries(namespace), ['theirs']);
        assert.ok(await secretIn(world, namespace));
        await annotate(world, namespace, { 'regcred.dev/ignore': 'false' });

        await attached(world, namespace);
        assert.deepEqual(await world.entries(namespace), ['theirs', PULL_SECRET]);
        await annotate(world, namespace, { 'regcred.dev/ignore': null });
        await rotate(world, 'newer');
        await pulledAs(world, namespace, 'newer');
        assert.deepEqual(await world.entries(namespace), ['theirs', PULL_SECRET]);
      }));
  });
}

/** The entries in a ServiceAccount before we come, as users and tools leave them. */
function lists(): Readonly<Record<string, readonly object[] | null>> {
  return {
    'nothing where there is no list': null,
    'an empty list': [],
    'doubles and an empty entry': [{ name: 'twice' }, {}, { name: 'twice' }],
    'a thousand entries': Array.from({ length: 1000 }, (_, index) => ({ name: `secret-${index}` })),
  };
}

function accountIn(world: World, namespace: string) {
  return eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
}

function entriesOf(account: Body): readonly object[] {
  return (account as Partial<Body>).imagePullSecrets ?? [];
}

function setEntries(world: World, namespace: string, imagePullSecrets: readonly object[] | null) {
  return world.admin.patch('ServiceAccount', 'default', { imagePullSecrets }, namespace);
}

function annotate(world: World, namespace: string, annotations: object) {
  return world.admin.patch('ServiceAccount', 'default', { metadata: { annotations } }, namespace);
}

/** As a GitOps tool does with a field manager of its own; does nothing where the entry does not stand. */
async function removeEntry(world: World, namespace: string): Promise<void> {
  if (!(await world.entries(namespace)).includes(PULL_SECRET)) return;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default?fieldManager=argocd`;
  const { code, text } = await world.admin.raw.merge(path, { imagePullSecrets: [{ name: 'from-git' }] });
  assert.equal(code, 200, text);
}

async function contentionOf(world: World) {
  const condition = await world.condition('cluster', 'main', 'Synced');
  return condition?.reason === 'Contention' ? condition : undefined;
}

/** Field managers are only kept for objects that had a field when they were made; the controller's own one has none. */
async function giveFieldsTo(world: World, namespace: string): Promise<void> {
  const body = { metadata: { name: 'default' }, imagePullSecrets: [{ name: 'from-git' }] };
  await eventually(async () => {
    await world.admin.delete('ServiceAccount', 'default', namespace).catch(() => undefined);
    return world.admin.create('ServiceAccount', body, namespace);
  });
}

/** Appends an entry as a well-behaved writer: reads, patches with what it read, tries again. */
async function append(world: World, namespace: string, name: string): Promise<void> {
  await eventually(async () => {
    const account = await accountIn(world, namespace);
    const { uid, resourceVersion } = account.metadata;
    const body = { metadata: { uid, resourceVersion }, imagePullSecrets: [...entriesOf(account), { name }] };
    return world.admin.patch('ServiceAccount', 'default', body, namespace);
  });
}

function assertConditional(text: string): void {
  const { metadata } = JSON.parse(text) as { metadata: { uid?: string; resourceVersion?: string } };
  assert.ok(metadata.uid && metadata.resourceVersion, 'a write without a condition');
}

function conflict(): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Conflict', code: 409, message: 'changed' };
}
