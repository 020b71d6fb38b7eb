// The five use cases of the Kubernetes documentation on images, end to end, on either API server: could this image be
// pulled in that namespace, and with whose login?
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';

const HOST = 'registry.example.com';
const IMAGE = `${HOST}/team/app:1`;

export function describeUseCases(open: OpenTarget): void {
  describe('the use cases', () => {
    it("1. only public images: the operator writes nothing and is in nobody's way", () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await eventually(async () => (await world.admin.get('ServiceAccount', 'default', namespace)) !== undefined);
        const before = await world.admin.get('ServiceAccount', 'default', namespace);
        await world.start();
        const later = await world.namespace('b');
        await eventually(async () => (await world.admin.get('ServiceAccount', 'default', later)) !== undefined);
        await world.passes(24 * 3_600_000);

        assert.equal(await world.oracle(namespace, 'docker.io/library/nginx:1'), undefined);
        assert.deepEqual(await world.admin.get('ServiceAccount', 'default', namespace), before);
        assert.deepEqual(await world.entries(later), []);
        assert.deepEqual(writesIn(world, [namespace, later]), []);
      }));

    it('2. some private images for everybody: one credential for all namespaces, those that come later too', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        const later = await world.namespace('later');

        for (const one of [namespace, later]) await pulls(world, one, IMAGE, 'bot');
        assert.equal(await world.oracle(later, 'docker.io/library/nginx:1'), undefined);

        await world.source('main', { [HOST]: login('rotated') });
        for (const one of [namespace, later]) await pulls(world, one, IMAGE, 'rotated');
      }));

    it('3. private images with stricter access: only labelled namespaces receive the credential', () =>
      inWorld(open, {}, async (world) => {
        const tier = world.name('prod');
        const strict = await world.namespace('strict', { tier });
        const other = await world.namespace('other');
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main', { namespaces: { selector: { matchLabels: { tier } } } });
        await world.start();

        await pulls(world, strict, IMAGE, 'bot');
        assert.equal(await world.oracle(other, IMAGE), undefined);
        assert.equal(await world.secret(other), undefined);

        await world.admin.patch('Namespace', strict, { metadata: { labels: { tier: null } } });
        await pulls(world, strict, IMAGE, undefined); // the entry goes first, then the Secret
        await eventually(async () => (await world.secret(strict)) === undefined);
      }));

    it("4. a registry for each tenant: a credential in each namespace, and none sees another's", () =>
      inWorld(open, {}, async (world) => {
        const tenants = ['red', 'blue'];
        for (const tenant of tenants) {
          const namespace = await world.namespace(tenant);
          await world.grantInputs(namespace);
          await world.source('own', { [`${tenant}.example.com`]: login(tenant) }, namespace);
          await world.tenant(namespace, 'own');
        }
        await world.start();

        for (const tenant of tenants) await pulls(world, world.name(tenant), `${tenant}.example.com/app:1`, tenant);
        for (const [tenant, other] of [tenants, tenants.toReversed()]) {
          assert.equal(await world.oracle(world.name(tenant ?? ''), `${other}.example.com/app:1`), undefined);
          assert.deepEqual(Object.keys((await world.auths(world.name(tenant ?? ''))) ?? {}), [`${tenant}.example.com`]);
        }
      }));

    it('4. a registry for each tenant: what a tenant names in its credential is read in its own namespace alone', () =>
      inWorld(open, {}, async (world) => {
        const red = await world.namespace('red');
        const blue = await world.namespace('blue');
        for (const namespace of [red, blue]) await world.grantInputs(namespace);
        await world.source('own', { 'red.example.com': login('red') }, red);
        await world.tenant(blue, 'own');
        await world.start();

        await eventually(async () => {
          return (await world.condition('tenant', 'own', 'TokenIssued', blue))?.reason === 'InputNotFound';
        });
        assert.equal(await world.secret(blue), undefined);
      }));

    it('5. several registries at once: all in one Secret with one entry, the longest path first', () =>
      inWorld(open, {}, async (world) => {
        const namespace = await world.namespace('a');
        await world.grantInputs(namespace);
        await world.source('hub', { 'docker.io': login('hub'), 'ghcr.io': login('ghcr') });
        await world.source('shared', { 'europe-docker.pkg.dev': login('platform') });
        await world.source('own', { 'europe-docker.pkg.dev/team-a': login('tenant') }, namespace);
        await world.cluster('hub');
        await world.cluster('shared');
        await world.tenant(namespace, 'own');
        await world.start();

        for (const [image, username] of [
          ['nginx:1', 'hub'],
          ['ghcr.io/org/app:1', 'ghcr'],
          ['europe-docker.pkg.dev/team-a/repo/app:1', 'tenant'],
          ['europe-docker.pkg.dev/base/jre:21', 'platform'],
          [IMAGE, undefined],
        ] as const)
          await pulls(world, namespace, image, username);
        assert.deepEqual(await world.entries(namespace), [PULL_SECRET]);
        assert.equal((await world.marker(namespace))?.by.length, 3);
      }));
  });
}

/** Undefined: anonymously. */
async function pulls(world: World, namespace: string, image: string, username: string | undefined): Promise<void> {
  await eventually(async () => {
    assert.equal(await world.oracle(namespace, image), username, `${image} in ${namespace}`);
    return true;
  });
}

function writesIn(world: World, namespaces: readonly string[]): readonly string[] {
  return world.writes().filter((write) => namespaces.some((namespace) => write.includes(` ${namespace}/`)));
}
