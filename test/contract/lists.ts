// Contract: lists, their selectors and their pages.
import assert from 'node:assert/strict';

import type { Body } from '../support/raw-client.ts';
import { skipBecause } from '../support/skip.ts';
import { expectCode, secret, secretsOf, unique, type Fixture } from './fixture.ts';

export function describeLists(fixture: () => Fixture): void {
  describe('lists', () => {
    it('hold whole objects in the order of their names, and a version to watch from', async () => {
      const { home, admin } = await withSecrets(fixture(), ['b', 'a', 'c']);

      const list = expectCode(await admin.get(secretsOf(home)), 200);

      assert.equal(list.kind, 'SecretList');
      assert.equal(list.apiVersion, 'v1');
      assert.deepEqual(namesOf(list), ['a', 'b', 'c']);
      assert.match(list.metadata.resourceVersion, /^\d+$/);
      assert.equal(list.metadata.continue, undefined);
      assert.equal(list.items[0]!.kind, undefined);
      assert.ok(list.items[0]!.data['key']);
    });

    it('of one name go over all namespaces', async () => {
      const name = unique('everywhere');
      const first = await withSecrets(fixture(), [name, 'other']);
      const second = await withSecrets(fixture(), [name]);

      const list = expectCode(await first.admin.get(`/api/v1/secrets?fieldSelector=metadata.name%3D${name}`), 200);

      const homes = list.items.map(({ metadata }) => metadata.namespace);
      assert.deepEqual(homes, [first.home, second.home].sort());
    });

    it('select by namespace too', async () => {
      const { home, admin } = await withSecrets(fixture(), ['a', 'b']);

      const inside = await admin.get(`/api/v1/secrets?fieldSelector=metadata.namespace=${home},metadata.name!=a`);

      assert.deepEqual(namesOf(expectCode(inside, 200)), ['b']);
    });

    it('know no other fields', async () => {
      const { home, admin } = await withSecrets(fixture(), []);

      expectCode(await admin.get(`${secretsOf(home)}?fieldSelector=metadata.uid=x`), 400);
    });

    for (const [selector, expected] of [
      ['tier=a', ['x']],
      ['tier!=a', ['y', 'z']],
      ['tier in (a,b)', ['x', 'y']],
      ['tier notin (a)', ['y', 'z']],
      ['tier', ['x', 'y']],
      ['!tier', ['z']],
      ['tier=b,env=e', ['y']],
    ] as const) {
      it(`select by the labels "${selector}"`, async () => {
        const { admin, namespace } = fixture();
        const home = await namespace();
        for (const [name, labels] of Object.entries({ x: { tier: 'a' }, y: { tier: 'b', env: 'e' }, z: {} }))
          expectCode(await admin.post(secretsOf(home), secret(name, { metadata: { name, labels } })), 201);

        const list = await admin.get(`${secretsOf(home)}?labelSelector=${encodeURIComponent(selector)}`);

        assert.deepEqual(namesOf(expectCode(list, 200)), expected);
      });
    }

    it('come in pages of one moment, whatever happens between them', async () => {
      const { home, admin } = await withSecrets(fixture(), ['a', 'b', 'c', 'd', 'e']);

      const first = expectCode(await admin.get(`${secretsOf(home)}?limit=2`), 200);
      expectCode(await admin.delete(secretsOf(home, 'c')), 200);
      expectCode(await admin.post(secretsOf(home), secret('d2')), 201);
      const second = expectCode(await admin.get(nextPage(home, first)), 200);
      const third = expectCode(await admin.get(nextPage(home, second)), 200);

      assert.deepEqual([first, second, third].map(namesOf), [['a', 'b'], ['c', 'd'], ['e']]);
      assert.equal(first.metadata.remainingItemCount, 3);
      assert.equal(third.metadata.continue, undefined);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it('in pages keep their selector and do not say how many remain', async () => {
      const { home, admin } = await withSecrets(fixture(), ['a', 'b', 'c']);
      const selected = 'fieldSelector=metadata.name!=b';

      const first = expectCode(await admin.get(`${secretsOf(home)}?limit=1&${selected}`), 200);
      const second = expectCode(await admin.get(`${nextPage(home, first)}&${selected}`), 200);

      assert.deepEqual([first, second].map(namesOf), [['a'], ['c']]);
      assert.equal(first.metadata.remainingItemCount, undefined);
    });

    it('from version "0" ignore the limit', async () => {
      const { home, admin } = await withSecrets(fixture(), ['a', 'b', 'c']);
      // From the watch cache: it may lag behind, so the test asks until it has all three.
      const all = async (): Promise<unknown> =>
        (await admin.get(`${secretsOf(home)}?resourceVersion=0`)).body.items.length;
      while ((await all()) !== 3) await new Promise((resolve) => setTimeout(resolve, 20));

      const list = expectCode(await admin.get(`${secretsOf(home)}?resourceVersion=0&limit=1`), 200);

      assert.equal(list.items.length, 3);
      assert.equal(list.metadata.continue, undefined);
    });

    it('refuse a continue token that is none, or that comes with a version', async () => {
      const { home, admin } = await withSecrets(fixture(), ['a', 'b']);
      const first = expectCode(await admin.get(`${secretsOf(home)}?limit=1`), 200);

      expectCode(await admin.get(`${secretsOf(home)}?limit=1&continue=nonsense`), 400);
      const both = `${nextPage(home, first)}&resourceVersion=${first.metadata.resourceVersion}`;
      expectCode(await admin.get(both), 400);
    });

    it('whose continue token is too old answer 410 with one for the inconsistent rest', async function () {
      const { cluster } = fixture();
      if (!cluster.expireContinueTokens) return skipBecause(this, 'the etcd of this cluster is out of reach');
      const { home, admin } = await withSecrets(fixture(), ['a', 'b', 'c']);
      const first = expectCode(await admin.get(`${secretsOf(home)}?limit=1`), 200);
      expectCode(await admin.post(secretsOf(home), secret('b2')), 201);
      await cluster.expireContinueTokens();

      const expired = expectCode(await admin.get(nextPage(home, first)), 410);
      const rest = expectCode(await admin.get(`${secretsOf(home)}?continue=${expired.metadata.continue}`), 200);

      assert.equal(expired.reason, 'Expired');
      assert.deepEqual(namesOf(rest), ['b', 'b2', 'c']);
    });

    it('not older than a version of the future time out', async () => {
      const { home, admin } = await withSecrets(fixture(), []);

      const refused = expectCode(await admin.get(`${secretsOf(home)}?resourceVersion=9000000000000`), 504);

      assert.equal(refused.reason, 'Timeout');
      assert.equal(refused.details.causes[0]!.reason, 'ResourceVersionTooLarge');
    });
  });
}

function nextPage(home: string, page: Body): string {
  return `${secretsOf(home)}?limit=2&continue=${encodeURIComponent(page.metadata.continue)}`;
}

function namesOf(list: Body): string[] {
  return list.items.map(({ metadata }) => metadata.name);
}

async function withSecrets(
  { admin, namespace }: Fixture,
  names: readonly string[],
): Promise<{ admin: Fixture['admin']; home: string }> {
  const home = await namespace();
  for (const name of names) expectCode(await admin.post(secretsOf(home), secret(name)), 201);
  return { admin, home };
}
