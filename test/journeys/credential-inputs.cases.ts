// Journeys of "Credentials over their life" (docs/faults.md), on either API server: their sources, and sizes at the limit.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { serve, soon } from './credentials.cases.ts';

const HOST = 'registry.example.com';
const IMAGE = `${HOST}/app:1`;
const KIND = 'ClusterRegistryCredential';

export function describeCredentialInputs(open: OpenTarget): void {
  describe('a source', () => {
    it('F222: missing, it is named; it appears, rotates, and when it goes the last good login is kept', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.cluster('main');
        await world.start();
        await eventually(async () => (await reasonOf(world)) === 'InputNotFound');
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'False');

        await world.source('main', { [HOST]: login('bot') });
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'bot');
        await world.source('main', { [HOST]: login('rotated') });
        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');

        await world.admin.delete('Secret', world.name('main'), world.operatorNamespace);
        await eventually(async () => (await reasonOf(world)) === 'LastGood');
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        assert.equal(await world.oracle(namespace, IMAGE), 'rotated');
      }));

    it("F222: a tenant's source is looked at again within the poll interval", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.grantInputs(namespace);
        await world.tenant(namespace, 'main');
        await world.start();
        const reason = async (): Promise<string | undefined> =>
          (await world.condition('tenant', 'main', 'TokenIssued', namespace))?.reason;
        await eventually(async () => (await reason()) === 'InputNotFound');

        const minutes = async (probe: () => Promise<boolean>): Promise<void> => {
          const from = world.clock.monotonicMs();
          await soon(world, probe);
          assert.ok(world.clock.monotonicMs() - from <= 7 * 60_000, 'five minutes, a fifth more at most');
        };
        await world.source('main', { [HOST]: login('bot') }, namespace);
        await minutes(async () => (await world.oracle(namespace, IMAGE)) === 'bot');
        await world.source('main', { [HOST]: login('rotated') }, namespace);
        await minutes(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');
        await world.admin.delete('Secret', world.name('main'), namespace);
        await minutes(async () => (await reason()) === 'LastGood');
        assert.equal(await world.oracle(namespace, IMAGE), 'rotated');
      }));

    for (const { what, type, data, reason, provider } of BAD_SOURCES)
      it(`F223: ${what} is ${reason}, and nothing of it is quoted`, () =>
        inWorld(open, {}, async (world) => {
          const namespace = await world.namespace('a');
          await world.admin.create(
            'Secret',
            { metadata: { name: world.name('main'), labels: { 'regcred.dev/input': 'true' } }, type, data },
            world.operatorNamespace,
          );
          try {
            await world.cluster('main', { provider: provider(world.name('main')) });
            await world.start();

            await eventually(async () => (await reasonOf(world)) === reason);
            assert.equal((await world.condition('cluster', 'main', 'Ready'))?.reason, reason);
            assert.equal(await world.secret(namespace), undefined);
            const shown = JSON.stringify(await world.admin.get(KIND, world.name('main'))) + world.logs();
            assert.ok(!shown.includes('CANARY'), 'the content is quoted');
          } finally {
            await world.admin.delete('Secret', world.name('main'), world.operatorNamespace);
          }
        }));
  });

  describe('a credential at the limits', () => {
    it('F225: a name of 200 characters works, one of 201 is refused', () =>
      inWorld(open, {}, async (world) => {
        const name = 'n'.repeat(200 - world.name('').length);
        const namespace = await world.namespace('a');
        await world.source('main', { [HOST]: login('bot') });
        await world.start();

        await world.cluster(name, {}, 'main');
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        await soon(world, async () => (await world.condition('cluster', name, 'Synced'))?.status === 'True');
        assert.equal((await world.marker(namespace))?.by[0]?.name.length, 200);

        await assert.rejects(world.cluster(`${name}n`, {}, 'main'), /HTTP 422/);
      }));

    it('F225: annotations of 200 KiB are no burden, and stay where they are', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await serve(world);
        const note = 'annotation'.repeat(20_000);

        await world.admin.patch(KIND, world.name('main'), { metadata: { annotations: { 'example.com/note': note } } });
        await world.source('main', { [HOST]: login('rotated') });

        await eventually(async () => (await world.oracle(namespace, IMAGE)) === 'rotated');
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        const secret = JSON.stringify(await world.secret(namespace));
        assert.ok(!secret.includes('annotationannotation') && secret.length < 8192);
      }));
  });
}

/** A fault of each namespace at once needs a proxy's answer for a whole cluster. */
export function describeCredentialInputsSandboxOnly(open: OpenTarget): void {
  describe('a credential with many failures', () => {
    it('F226: 300 namespaces that fail with long messages make a small status, seldom written', () =>
      inWorld(open, {}, async (world) => {
        const failWith = (word: string): void => {
          world.proxy.removeRules();
          world.proxy.on({ verb: 'create', resource: 'secrets' }, denied(word.repeat(2000)));
        };
        failWith('first ');
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await Promise.all(Array.from({ length: 300 }, (_, index) => world.namespace(`many-${index}`)));
        const from = world.clock.monotonicMs();
        await world.start();
        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.failed === 300);

        for (const word of ['second ', 'third ']) {
          failWith(word);
          await soon(world, async () => {
            const { failures = [] } = await world.status('cluster', 'main');
            return failures.length === 10 && failures.every(({ message }) => message.includes(word.trim()));
          });
        }
        const status = await world.status('cluster', 'main');
        assert.ok(Buffer.byteLength(JSON.stringify(status)) < 8192);
        assert.ok(status.failures?.every(({ message }) => message.length <= 256));
        assert.deepEqual(
          status.failures?.map(({ name }) => name),
          Array.from({ length: 300 }, (_, index) => world.name(`many-${index}`))
            .sort()
            .slice(0, 10),
        );
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        assert.equal((await world.condition('cluster', 'main', 'Synced'))?.reason, 'AdmissionDenied');
        const writes = world.writes().filter((write) => write.includes('/status'));
        const intervals = (world.clock.monotonicMs() - from) / 10_000;
        assert.ok(writes.length <= intervals + 3, `${writes.length} status writes in ${intervals} times 10 s`);
      })).timeout(60_000);

    it('F226: while the first failures come in, the status is written at most once in ten seconds', () =>
      inWorld(open, {}, async (world) => {
        const held = Array.from({ length: 20 }, (_, index) =>
          world.proxy.on(
            { verb: 'create', resource: 'secrets', namespace: world.name(`many-${index}`) },
            denied('long '.repeat(index + 1)),
          ),
        );
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        await eventually(async () => (await world.condition('cluster', 'main', 'Ready'))?.status === 'True');
        const from = world.clock.monotonicMs();
        world.writes();

        for (let index = 19; index >= 0; index -= 1) {
          await world.namespace(`many-${index}`);
          await eventually(() => (held[index]?.hits ?? 0) > 0);
          world.clock.advance(1000);
        }

        const intervals = (world.clock.monotonicMs() - from) / 10_000;
        const writes = world.writes().filter((write) => write.includes('/status'));
        assert.ok(writes.length <= intervals + 3, `${writes.length} status writes in ${intervals} times 10 s`);
        await soon(world, async () => (await world.status('cluster', 'main')).namespaces?.failed === 20);
      }));
  });
}

const text = (value: string): string => Buffer.from(value).toString('base64');
const dockerConfig = (name: string): object => ({ static: { auth: { dockerConfig: { secretRef: { name } } } } });
const basic = (name: string): object => ({
  static: { registries: [{ prefix: HOST }], auth: { basic: { username: 'bot', secretRef: { name } } } },
});

const BAD_SOURCES = [
  {
    what: 'a docker config of the wrong type',
    type: 'Opaque',
    data: { '.dockerconfigjson': text('{"auths":{"CANARY":{}}}') },
    reason: 'InputUnsupported',
    provider: dockerConfig,
  },
  {
    what: 'an entry whose base64 is broken',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': text(`{"auths":{"${HOST}":{"auth":"CANARY%%%"}}}`) },
    reason: 'InputInvalid',
    provider: dockerConfig,
  },
  {
    what: 'a docker config without auths',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': text('{"CANARY":[]}') },
    reason: 'InputInvalid',
    provider: dockerConfig,
  },
  {
    what: 'a docker config whose auths are a list',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': text('{"auths":["CANARY"]}') },
    reason: 'InputInvalid',
    provider: dockerConfig,
  },
  {
    what: 'a login without the key',
    type: 'Opaque',
    data: { CANARY: text('CANARY') },
    reason: 'InputNotFound',
    provider: basic,
  },
  {
    what: 'a password of 300 KiB',
    type: 'Opaque',
    data: { password: text('CANARY'.repeat(51_200)) },
    reason: 'InputInvalid',
    provider: basic,
  },
] as const;

function denied(detail: string) {
  const message = `ValidatingAdmissionPolicy 'theirs' with binding 'theirs' denied request: ${detail}`;
  return {
    kind: 'answer',
    code: 422,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', message, code: 422 },
  } as const;
}

async function reasonOf(world: World): Promise<string | undefined> {
  return (await world.condition('cluster', 'main', 'TokenIssued'))?.reason;
}
