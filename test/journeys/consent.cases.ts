// Journeys of "Consent and permissions" (docs/faults.md): what the operator may read in a tenant's namespace, and in its own.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { claimsOf } from '../../src/lib/jwt.ts';
import { byAmbient, byKey, byServiceAccount, withCloud } from '../support/scripted-cloud.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { key, passwordIn } from './stored-tokens.cases.ts';

const HOST = 'de.icr.io';
const REGISTRY = 'registry.example.com';
const KIND = 'ClusterRegistryCredential';
const MINUTE = 60_000;

/** The condition of the tenant's credential "main". */
export const tenantIssued = (world: World, namespace: string) =>
  world.condition('tenant', 'main', 'TokenIssued', namespace);
const issued = (world: World, name = 'main') => world.condition('cluster', name, 'TokenIssued');
const soon = <T>(world: World, probe: () => T | Promise<T>, stepMs = 5000) =>
  eventually(
    () => {
      if (!world.proxy.isBusy()) world.clock.advance(stepMs);
      return probe();
    },
    { everyMs: 30, timeoutMs: 20_000 },
  );

export function describeConsent(open: OpenTarget): void {
  describe('consent', () => {
    it('F123: without it the message holds the command that grants it; others go on; granted, it works in minutes', () =>
      withCloud(open, async (world, cloud) => {
        const [namespace, other] = [await world.namespace('a'), await world.namespace('b')];
        await world.source('main', { 'registry.example.com': login('bot') });
        await world.cluster('main');
        await key(world, 'key', namespace);
        await world.tenant(namespace, 'main', { provider: byKey(world.name('key'), HOST) });
        await world.start();
        await eventually(async () => (await tenantIssued(world, namespace))?.reason === 'ConsentMissing');
        const { message = '' } = (await tenantIssued(world, namespace)) ?? {};
        assert.ok(message.includes(`kubectl -n ${namespace} create rolebinding`), message);
        await eventually(async () => (await world.oracle(other, 'registry.example.com/a')) === 'bot');
        assert.equal(cloud.calls.length, 0);

        await world.grantInputs(namespace);
        const from = world.clock.monotonicMs();
        await soon(
          world,
          async () => cloud.tokens[0] !== undefined && (await passwordIn(world, namespace)) === cloud.tokens[0],
        );
        assert.ok(world.clock.monotonicMs() - from <= 8 * MINUTE, 'later than a poll');
      }));

    it('F128: with it, what is missing is not found', () =>
      withCloud(open, async (world) => {
        const namespace = await world.namespace('a');
        await world.grantInputs(namespace);
        await world.tenant(namespace, 'main', { provider: byKey(world.name('key'), HOST) });
        await world.start();
        await eventually(async () => (await tenantIssued(world, namespace))?.reason === 'InputNotFound');
        await world.admin.create(
          'Secret',
          { metadata: { name: world.name('key') }, data: { other: 'eA==' } },
          namespace,
        );
        await soon(world, async () => ((await tenantIssued(world, namespace))?.message ?? '').includes('key "apikey"'));
        assert.equal((await tenantIssued(world, namespace))?.reason, 'InputNotFound');
      }));

    it("F127: an input of the operator's namespace needs the label; without it again, the last good login stays", () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await world.namespace('a');
        await key(world, 'key');
        const label = (value: string | null) =>
          world.admin.patch(
            'Secret',
            world.name('key'),
            { metadata: { labels: { 'regcred.dev/input': value } } },
            world.operatorNamespace,
          );
        await world.cluster('main', { provider: byKey(world.name('key'), HOST) });
        for (const [value, isFirst] of [
          [null, true],
          ['True', false],
        ] as const) {
          await label(value);
          if (isFirst) await world.start();
          await eventually(async () => (await issued(world))?.reason === 'InputNotAllowed');
        }
        assert.match((await issued(world))?.message ?? '', /regcred\.dev\/input=true/);
        assert.equal(cloud.calls.length, 0);
        await label('true'); // read at once, by its event: no time has to pass
        await eventually(
          async () => cloud.tokens.length === 1 && (await passwordIn(world, namespace)) === cloud.tokens[0],
        );

        await label(null); // as if it were gone: what was issued lives on to its end, and no call uses the text
        await eventually(async () => (await issued(world))?.reason === 'LastGood');
        await world.admin.patch('ClusterRegistryCredential', world.name('main'), {
          metadata: { annotations: { 'regcred.dev/refresh': '1' } },
        });
        await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '1');
        assert.equal(await passwordIn(world, namespace), cloud.tokens[0]);
        await soon(world, async () => (await issued(world))?.reason === 'Expired', MINUTE);
        assert.equal(cloud.calls.length, 1);
        await label('true');
        await soon(world, async () => (await passwordIn(world, namespace)) === cloud.tokens[1]);
      }));

    it("F129: there is no way to name another namespace's input", () =>
      withCloud(open, async (world) => {
        const [namespace, victim] = [await world.namespace('a'), await world.namespace('b')];
        await world.grantInputs(namespace);
        await key(world, 'key', victim);
        const secretRef = { name: world.name('key'), namespace: victim };
        await world.tenant(namespace, 'main', {
          provider: { icr: { registries: [{ prefix: HOST }], auth: { apiKey: { secretRef } } } },
        });
        await world.start();
        await eventually(async () => (await tenantIssued(world, namespace))?.reason === 'InputNotFound');
        assert.equal(world.proxy.count({ resource: 'secrets', namespace: victim, name: world.name('key') }), 0);
      }));

    it('F130: a token of a ServiceAccount: fixed audience, ten minutes, its subject; missing, it is not found', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await world.namespace('a');
        await world.grantInputs(namespace);
        await world.tenant(namespace, 'main', { provider: byServiceAccount('puller', HOST) });
        await world.start();
        await eventually(async () => (await tenantIssued(world, namespace))?.reason === 'InputNotFound');
        await world.admin.create('ServiceAccount', { metadata: { name: 'puller' } }, namespace);
        await soon(world, async () => (await tenantIssued(world, namespace))?.reason === 'Issued');
        const claims = claimsOf(cloud.calls[0]?.secret ?? '') ?? {};
        assert.deepEqual(claims['aud'], ['iam']);
        assert.equal(claims['sub'], `system:serviceaccount:${namespace}:puller`);
        assert.equal(Number(claims['exp']) - Number(claims['iat']), 600);
        await world.passes(6 * MINUTE); // a poll asks for no token
        await world.inTime(() => true);
        assert.equal(world.proxy.count({ verb: 'create', resource: 'serviceaccounts', namespace }), 1);
        assert.ok((await world.metrics()).includes('regcred_token_refresh_total{provider="icr",result="success"} 1'));
      }));

    it('F131: a secretName that is not permitted is named, with the option, and never asked for', () =>
      inWorld(open, {}, async (world) => {
        await world.namespace('a');
        await world.source('main', { 'registry.example.com': login('bot') });
        await world.cluster('main', { secretName: 'elsewhere' });
        await world.start();
        for (const type of ['Ready', 'Stalled'])
          await eventually(async () => {
            const found = await world.condition('cluster', 'main', type);
            return found?.reason === 'NotPermitted' && /elsewhere.*--secret-names/.test(found.message);
          });
        assert.equal(world.proxy.count({ resource: 'secrets', name: 'elsewhere' }), 0);
      }));

    it('F132: ServiceAccount names that are not permitted are named and skipped, the rest is served', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { 'registry.example.com': login('bot') });
        await world.cluster('main', { serviceAccounts: { names: ['default', 'builder'] } });
        await world.start();
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        await eventually(async () =>
          ((await world.condition('cluster', 'main', 'Stalled'))?.message ?? '').includes('builder'),
        );
      }));

    it('F134: a credential that moves to a name that is not permitted is frozen', () =>
      inWorld(open, { secretNames: [PULL_SECRET, 'second'] }, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { [REGISTRY]: login('bot') });
        await world.cluster('main');
        await world.start();
        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        await world.admin.patch(KIND, world.name('main'), { spec: { secretName: 'third' } });
        await eventually(async () => (await world.condition('cluster', 'main', 'Ready'))?.reason === 'NotPermitted');
        assert.equal(await world.oracle(namespace, `${REGISTRY}/a`), 'bot');
        assert.equal(world.proxy.count({ resource: 'secrets', name: 'third' }), 0);

        await world.admin.delete(KIND, world.name('main'));
        await world.inTime(async () => (await world.secret(namespace)) === undefined);
        assert.deepEqual(await world.entries(namespace), []);
      }));

    it('F134: an option that was narrowed freezes what exists, without a loop; the rest is served and cleaned', () =>
      inWorld(open, { secretNames: [PULL_SECRET, 'second'] }, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { [REGISTRY]: login('bot') });
        await world.source('other', { 'other.example.com': login('other') });
        await world.cluster('main', { secretName: 'second' });
        await world.cluster('other');
        await world.start();
        await eventually(async () => (await world.entries(namespace)).length === 2);
        await world.inTime(async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
        await world.stop();
        const before = await world.secret(namespace, 'second');
        const touched = world.proxy.count({ resource: 'secrets', name: 'second' });

        await world.start({ secretNames: PULL_SECRET });
        await eventually(async () => (await world.condition('cluster', 'main', 'Ready'))?.reason === 'NotPermitted');
        assert.match((await world.condition('cluster', 'main', 'Stalled'))?.message ?? '', /second.*--secret-names/);
        await world.source('main', { [REGISTRY]: login('changed') });
        await world.source('other', { 'other.example.com': login('rotated') });
        await world.inTime(async () => (await world.oracle(namespace, 'other.example.com/a')) === 'rotated');
        assert.equal(await world.oracle(namespace, `${REGISTRY}/a`), 'bot', 'the entry stays as well');
        await world.passes(10 * MINUTE);
        await world.inTime(async () => (await world.condition('cluster', 'other', 'Ready'))?.status === 'True');

        await world.admin.delete(KIND, world.name('other'));
        await world.admin.delete(KIND, world.name('main'));
        await world.inTime(async () => (await world.secret(namespace)) === undefined);
        assert.ok(!(await world.entries(namespace)).includes(PULL_SECRET));
        assert.deepEqual(await world.secret(namespace, 'second'), before, 'it may not be touched');
        assert.equal(world.proxy.count({ resource: 'secrets', name: 'second' }), touched, 'it was asked for');
      })).timeout(60_000);

    it('F142: a tenant can not ask for ambient identity', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await world.namespace('a');
        const provider = byAmbient('111122223333.dkr.ecr.eu-west-1.amazonaws.com');
        await assert.rejects(world.tenant(namespace, 'main', { provider }), /HTTP 4/);
        assert.equal(cloud.calls.length, 0);
      }));
  });
}

export function describeRefusedTokenRequests(open: OpenTarget): void {
  describe('a TokenRequest that is refused', () => {
    it('F130: 422 is TokenRequestRefused, and heals', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await world.namespace('a');
        const code = 422;
        const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', code, message: 'no' };
        const rule = world.proxy.on({ verb: 'create', resource: 'serviceaccounts' }, { kind: 'answer', code, body });
        await world.admin.create(
          'ServiceAccount',
          { metadata: { name: world.name('puller') } },
          world.operatorNamespace,
        );
        await world.cluster('main', { provider: byServiceAccount(world.name('puller'), HOST) });
        await world.start();
        await eventually(async () => (await issued(world))?.reason === 'TokenRequestRefused');
        assert.equal(cloud.calls.length, 0);
        rule.remove();
        await soon(
          world,
          async () => cloud.tokens.length === 1 && (await passwordIn(world, namespace)) === cloud.tokens[0],
        );
      }));
  });
}
