// Journeys of "Stored tokens and poisoned copies" (docs/faults.md): what a restart takes back, and what it never does.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { byKey, withCloud } from '../support/scripted-cloud.ts';
import type { Cloud } from '../support/scripted-cloud.ts';
import type { OpenTarget } from '../support/target.ts';
import { annotationOf, PULL_SECRET } from '../support/world.ts';
import type { Auths, World } from '../support/world.ts';

const HOST = 'de.icr.io';
const OTHER = 'us.icr.io';
const MINUTE = 60_000;

export async function key(world: World, name: string, namespace = world.operatorNamespace, text = name): Promise<void> {
  const metadata = { name: world.name(name), labels: { 'regcred.dev/input': 'true' } };
  const data = { apikey: Buffer.from(text).toString('base64') };
  if (await world.admin.get('Secret', metadata.name, namespace))
    await world.admin.patch('Secret', metadata.name, { data }, namespace);
  else await world.admin.create('Secret', { metadata, type: 'Opaque', data }, namespace);
}

/** A cluster credential by API key for one namespace, served. */
export async function serveByKey(world: World, ...prefixes: readonly string[]): Promise<string> {
  const namespace = await world.namespace('a');
  await key(world, 'key');
  await world.cluster('main', { provider: byKey(world.name('key'), ...(prefixes.length > 0 ? prefixes : [HOST])) });
  await world.start();
  await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
  await settled(world);
  return namespace;
}

/** The stored token is there, and status tells all. */
async function settled(world: World, name = 'main'): Promise<void> {
  await eventually(async () => (await stored(world, name)) !== undefined);
  await world.inTime(async () => (await world.condition('cluster', name, 'Synced'))?.status === 'True');
}

export function stored(world: World, name = 'main') {
  return world.admin.get('Secret', `regcred-token-${world.name(name)}`, world.operatorNamespace);
}

/** Polls while minutes pass, but not over requests that are on their way: their deadlines are of the same clock. */
function inMinutes(world: World, probe: () => boolean, stepMs = MINUTE): Promise<boolean> {
  return world.inTime(() => {
    if (!probe() && !world.proxy.isBusy()) world.clock.advance(stepMs);
    return probe();
  });
}

/** The fence is tried by a create that is not stored. */
function writesOf(world: World): readonly string[] {
  return world.writes().filter((write) => write !== 'create secrets default/');
}

export async function passwordIn(world: World, namespace: string, host = HOST): Promise<string> {
  return (await world.auths(namespace))?.[host]?.password ?? 'none';
}

async function poison(world: World, namespace: string, annotations: object = {}): Promise<void> {
  const auths = {
    [HOST]: { username: 'evil', password: 'poison', auth: Buffer.from('evil:poison').toString('base64') },
  };
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  await world.admin.patch('Secret', PULL_SECRET, { data, metadata: { annotations } }, namespace);
}

async function isStill(world: World, cloud: Cloud, calls: number): Promise<void> {
  await world.inTime(async () => (await world.condition('cluster', 'main', 'Ready'))?.status === 'True');
  assert.equal(cloud.calls.length, calls);
}

export function describeStoredTokens(open: OpenTarget): void {
  describe('a stored token', () => {
    it('F19: a restart with life left makes no provider call and no write, and refreshes when it would have', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const before = await world.status('cluster', 'main');
        await world.stop();
        world.writes();

        await world.start();
        await isStill(world, cloud, 1);
        assert.deepEqual(writesOf(world), []);
        assert.deepEqual(await world.status('cluster', 'main'), before);

        const refresh = Date.parse(before.nextRefreshTime ?? '');
        await world.passes(refresh - world.clock.now().getTime() - MINUTE);
        assert.equal(cloud.calls.length, 1);
        await inMinutes(world, () => cloud.calls.length === 2, 10_000);
        assert.ok(world.clock.now().getTime() >= refresh);
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
      }));

    for (const [when, elect] of [
      ['is edited while the operator is down', 'false'],
      ['is edited while the leader changes', 'true'],
    ] as const)
      it(`F20: a copy that ${when} is restored from the stored token, and poisons nothing`, () =>
        withCloud(
          open,
          async (world, cloud) => {
            const namespace = await serveByKey(world);
            const other = await world.namespace('b');
            await world.inTime(async () => (await passwordIn(world, other)) === cloud.tokens[0]);
            const untouched = await world.secret(other);
            await world.kill();
            await poison(world, namespace);
            world.writes();
            const readsBefore = world.proxy.count(ownReads(world));

            await world.start(); // where there are elections: another leader, once the Lease of the first has ended
            await world.inTime(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
            await isStill(world, cloud, 1);
            assert.ok(
              world.writes().every((write) => !write.includes(`${other}/`)),
              'another namespace was written',
            );
            assert.deepEqual(await world.secret(other), untouched);
            assert.ok(world.proxy.count(ownReads(world)) > readsBefore, 'the stored token was not read');
            const poisoned = Buffer.from('evil:poison').toString('base64');
            const objects = (await world.admin.list('Secret')).map((secret) => JSON.stringify(secret));
            const bytes = objects.map((object) => object + Buffer.from(dataIn(object), 'base64').toString());
            assert.ok(bytes.every((text) => !text.includes(poisoned) && !text.includes('poison')));
          },
          { flags: { leaderElect: elect } },
        ));

    it('F24: a credential made anew under its name does not use what was stored for the one before', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        await world.kill();
        await world.admin.delete('ClusterRegistryCredential', world.name('main'));
        await world.cluster('main', { provider: byKey(world.name('key'), HOST) });

        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        assert.equal(cloud.calls.length, 2);
        const uid = (await world.admin.get('ClusterRegistryCredential', world.name('main')))?.metadata.uid ?? 'none';
        await eventually(async () => recordOf(await stored(world)).uid === uid);
      }));
  });
}

const ownReads = ({ operatorNamespace: namespace }: World) =>
  ({ verb: 'get', resource: 'secrets', namespace }) as const;

/** The first value of a Secret, as it stands in its JSON. */
function dataIn(json: string): string {
  return Object.values((JSON.parse(json) as { data?: Record<string, string> }).data ?? {})[0] ?? '';
}

/** What stands in a stored token. */
export function recordOf(secret: object | undefined): { uid?: string; tokens?: { password: string }[] } {
  const { data = {} } = (secret ?? {}) as { data?: Record<string, string> };
  return JSON.parse(Buffer.from(data['token'] ?? '', 'base64').toString('utf8') || '{}') as { uid?: string };
}

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** What is done to the record of a stored token. */
const TAMPERED: Readonly<Record<string, (token: string) => Record<string, string | null>>> = {
  'is cut': (token) => ({
    token: Buffer.from(Buffer.from(token, 'base64').toString().slice(0, 100)).toString('base64'),
  }),
  'is not JSON': () => ({ token: Buffer.from('<html>').toString('base64') }),
  'has no data': () => ({ token: null }),
  'names a foreign host': (token) => ({ token: edited(token, { prefix: 'evil.example.com' }) }),
  'has a colon in the user name': (token) => ({ token: edited(token, { username: 'a:b' }) }),
};

function edited(token: string, fields: object): string {
  const record = JSON.parse(Buffer.from(token, 'base64').toString()) as { tokens: object[] };
  return text({ ...record, tokens: record.tokens.map((one) => ({ ...one, ...fields })) });
}

async function warnings(world: World, reason: string): Promise<readonly object[]> {
  return (await world.admin.list('Event')).filter((event) => event['reason'] === reason);
}

export function describeStoredTokensSandboxOnly(open: OpenTarget): void {
  describe('a stored token that is not what it should be', () => {
    for (const [what, tamper] of Object.entries(TAMPERED))
      it(`F23: that ${what} is discarded with an event, and one new token is issued`, () =>
        withCloud(open, async (world, cloud) => {
          const namespace = await serveByKey(world);
          await world.stop();
          const secret = await stored(world);
          const token = (secret?.['data'] as Record<string, string>)['token'] ?? '';
          await world.admin.patch(
            'Secret',
            secret?.metadata.name ?? '',
            { data: tamper(token) },
            world.operatorNamespace,
          );

          await world.start();
          await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
          await eventually(async () => (await warnings(world, 'StoredTokenDiscarded')).length === 1);
          assert.equal(cloud.calls.length, 2);
          assert.ok((await world.metrics()).includes('regcred_sync_errors_total{reason="StoredTokenDiscarded"} 1'));
          assert.deepEqual(Object.keys((await world.auths(namespace)) ?? {}), [HOST]);
        }));

    it('F23: two that are swapped are both discarded', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        await key(world, 'other');
        await world.cluster('other', { provider: byKey(world.name('other'), OTHER) });
        await settled(world, 'other');
        await world.stop();
        const [one, two] = [await stored(world), await stored(world, 'other')];
        for (const [to, from] of [
          [one, two],
          [two, one],
        ] as const)
          await world.admin.patch('Secret', to?.metadata.name ?? '', { data: from?.['data'] }, world.operatorNamespace);

        await world.start();
        await eventually(
          async () => cloud.calls.length === 4 && cloud.tokens.slice(2).includes(await passwordIn(world, namespace)),
        );
        const auths: Auths = await eventually(() => world.auths(namespace));
        await eventually(async () => (await warnings(world, 'StoredTokenDiscarded')).length === 2);
        assert.deepEqual(Object.keys(auths).sort(), [HOST, OTHER]);
      }));

    it('F21: without it a new token is issued, and an edited copy is never read back', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        await world.kill();
        await poison(world, namespace);
        await world.admin.delete('Secret', `regcred-token-${world.name('main')}`, world.operatorNamespace);

        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        await eventually(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[1]);
      }));

    it('F22: edited annotations are rewritten, and neither stop the refresh nor hasten it', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const marker = annotationOf(await world.secret(namespace), 'regcred.dev/managed');
        const { nextRefreshTime } = await world.status('cluster', 'main');
        for (const until of ['9999-01-01T00:00:00Z', '2001-01-01T00:00:00Z', 'garbage']) {
          const tokens = { [HOST]: { identity: 'x', entry: 'y', from: until, until } };
          const forged = JSON.stringify({ ...(JSON.parse(marker ?? '{}') as object), tokens });
          await poison(world, namespace, { 'regcred.dev/managed': forged });
          await world.inTime(async () => annotationOf(await world.secret(namespace), 'regcred.dev/managed') === marker);
          assert.equal(await passwordIn(world, namespace), cloud.tokens[0]);
        }
        assert.equal((await world.status('cluster', 'main')).nextRefreshTime, nextRefreshTime);
        assert.equal(cloud.calls.length, 1);
      }));

    it('F25: restored from a backup: expired it is issued anew, alive it is used, beside memory it is overruled', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const old = await stored(world);
        await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
          metadata: { annotations: { 'regcred.dev/refresh': '1' } },
        });
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        await eventually(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[1]);
        const restore = () =>
          world.admin.patch('Secret', old?.metadata.name ?? '', { data: old?.['data'] }, world.operatorNamespace);

        await restore(); // beside memory
        await eventually(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[1]);

        await world.stop();
        await restore(); // alive
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
        assert.equal(cloud.calls.length, 2);

        await world.stop();
        await world.passes(61 * MINUTE); // expired
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[2]);
      }));

    it('F26: deleted while the operator runs, it is written again from memory; what can not be stored is retried', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const name = `regcred-token-${world.name('main')}`;
        await world.admin.delete('Secret', name, world.operatorNamespace);
        await eventually(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[0]);
        assert.equal(cloud.calls.length, 1);

        const rule = world.proxy.on(
          { verb: 'patch', resource: 'secrets', name },
          { kind: 'answer', code: 500, body: {} },
        );
        await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
          metadata: { annotations: { 'regcred.dev/refresh': '1' } },
        });
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        await eventually(async () => /reason="StoredTokenNotWritten"\} [1-9]/.test(await world.metrics()));
        rule.remove();
        await world.inTime(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[1]);
        assert.equal(cloud.calls.length, 2);
      }));

    it('F27: made for another key or spec, it is not used', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        await world.stop();
        await key(world, 'key', world.operatorNamespace, 'changed');
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        assert.equal(cloud.calls[1]?.secret, 'changed');
        await eventually(async () => recordOf(await stored(world)).tokens?.[0]?.password === cloud.tokens[1]);

        await world.stop();
        await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
          spec: { provider: byKey(world.name('key'), OTHER) },
        });
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace, OTHER)) === cloud.tokens[2]);
      }));

    it('F24: it goes with its credential, after the grace', () =>
      withCloud(open, async (world) => {
        await serveByKey(world);
        await world.admin.delete('ClusterRegistryCredential', world.name('main'));
        await world.inTime(async () => (await stored(world)) === undefined);
      }));
  });

  describe("a tenant's token", () => {
    const tenant = async (world: World, name = 'a', text = 'same'): Promise<string> => {
      const namespace = await world.namespace(name);
      await world.grantInputs(namespace);
      await key(world, 'key', namespace, text);
      await world.tenant(namespace, 'main', { provider: byKey(world.name('key'), HOST) });
      return namespace;
    };
    const issued = (world: World, namespace: string) =>
      eventually(async () => (await world.condition('tenant', 'main', 'TokenIssued', namespace))?.reason === 'Issued');

    it('F28: is taken back from its own Secret after a restart; an edited one is issued anew', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await tenant(world);
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
        await world.inTime(
          async () => (await world.condition('tenant', 'main', 'Synced', namespace))?.status === 'True',
        );
        await world.stop();
        world.writes();
        await world.start();
        await issued(world, namespace);
        await eventually(() => world.proxy.count({ verb: 'get', resource: 'secrets', name: PULL_SECRET }) > 0);
        assert.equal(cloud.calls.length, 1);
        assert.deepEqual(writesOf(world), []);

        await world.stop();
        await poison(world, namespace);
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
        assert.equal(cloud.calls.length, 2);
      }));

    it('F29: a forged record lives no longer than a token can, and never reaches a cloud', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await tenant(world);
        await world.start();
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
        await world.stop();
        const marker = JSON.parse(annotationOf(await world.secret(namespace), 'regcred.dev/managed') ?? '{}') as {
          tokens: Record<string, object>;
        };
        const tokens = { [HOST]: { ...marker.tokens[HOST], until: '9999-01-01T00:00:00Z' } };
        const forged = { 'regcred.dev/managed': JSON.stringify({ ...marker, tokens }) };
        await world.admin.patch('Secret', PULL_SECRET, { metadata: { annotations: forged } }, namespace);

        await world.start();
        await eventually(async () => {
          const { expirationTime = '' } = await world.status('tenant', 'main', namespace);
          return Date.parse(expirationTime) - world.clock.now().getTime() <= 60 * MINUTE;
        });
        await inMinutes(world, () => cloud.calls.length >= 2);
        assert.ok(cloud.calls.every(({ secret }) => secret === 'same'));
      }));

    it('F30: what one tenant edits is never held by another of the same identity', () =>
      withCloud(open, async (world, cloud) => {
        const [one, two] = [await tenant(world, 'a'), await tenant(world, 'b')];
        await world.start();
        await eventually(
          async () => (await passwordIn(world, one)) !== 'none' && (await passwordIn(world, two)) !== 'none',
        );
        const good = await passwordIn(world, two);
        await world.kill();
        await poison(world, one);

        await world.start();
        await eventually(async () => (await passwordIn(world, one)) === cloud.tokens[2]);
        assert.equal(await passwordIn(world, two), good);
        assert.equal(cloud.calls.length, 3, 'two trust domains share no call');
      }));

    it("F31: another's identity with a wrong secret gets an error of its own", () =>
      withCloud(open, async (world, cloud) => {
        cloud.script(({ secret }, response) =>
          secret === 'right' ? cloud.give(response) : response.writeHead(401).end('{}'),
        );
        const [one, two] = [await tenant(world, 'a', 'right'), await tenant(world, 'b', 'wrong')];
        await world.start();
        await issued(world, one);
        await eventually(
          async () => (await world.condition('tenant', 'main', 'TokenIssued', two))?.reason === 'CredentialsRejected',
        );
        assert.equal(await world.secret(two), undefined);
      }));

    for (const [what, find] of [
      ['one of our stored tokens', (world: World) => `regcred-token-${world.name('main')}`],
      ['a pull Secret of ours', () => PULL_SECRET],
    ] as const)
      it(`F32: ${what} is never an input, also with the label`, () =>
        withCloud(
          open,
          async (world) => {
            await serveByKey(world);
            await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
              spec: { namespaces: { names: [`${world.name('')}*`, world.operatorNamespace] } },
            });
            await eventually(() => world.secret(world.operatorNamespace));
            const labels = { 'regcred.dev/input': 'true' };
            await world.admin.patch('Secret', find(world), { metadata: { labels } }, world.operatorNamespace);
            await world.cluster('thief', { provider: byKey(find(world), OTHER), secretName: 'second' });
            await eventually(
              async () => (await world.condition('cluster', 'thief', 'TokenIssued'))?.reason === 'InputNotAllowed',
            );
          },
          { secretNames: [PULL_SECRET, 'second'] },
        ));
  });
}
