// Contract: Secrets, what is stored and what is refused.
import assert from 'node:assert/strict';

import { skipBecause } from '../support/skip.ts';
import { base64, causeFields, expectCode, secret, secretsOf, type Fixture } from './fixture.ts';

const DOCKER = 'kubernetes.io/dockerconfigjson';
const KEY = '.dockerconfigjson';

export function describeSecrets(fixture: () => Fixture): void {
  describe('Secrets', () => {
    it('are created with uid, version, time and the type Opaque', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();

      const created = expectCode(await admin.post(secretsOf(home), secret('one')), 201);

      assert.equal(created.kind, 'Secret');
      assert.equal(created.apiVersion, 'v1');
      assert.equal(created.type, 'Opaque');
      assert.equal(created.metadata.namespace, home);
      assert.match(created.metadata.uid, /^[0-9a-f-]{36}$/);
      assert.match(created.metadata.resourceVersion, /^\d+$/);
      assert.match(created.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.deepEqual(expectCode(await admin.get(secretsOf(home, 'one')), 200), created);
    });

    it('are not created twice', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();
      expectCode(await admin.post(secretsOf(home), secret('one')), 201);

      const again = expectCode(await admin.post(secretsOf(home), secret('one')), 409);

      assert.equal(again.kind, 'Status');
      assert.equal(again.status, 'Failure');
      assert.equal(again.reason, 'AlreadyExists');
      assert.equal(again.message, 'secrets "one" already exists');
      assert.deepEqual(again.details, { name: 'one', kind: 'secrets' });
    });

    it('that are absent answer 404 with their name', async () => {
      const { admin, namespace } = fixture();
      const path = secretsOf(await namespace(), 'absent');

      const answers = [await admin.get(path), await admin.merge(path, {}), await admin.delete(path)];

      for (const answer of answers) {
        assert.equal(expectCode(answer, 404).reason, 'NotFound');
        assert.equal(answer.body.message, 'secrets "absent" not found');
        assert.deepEqual(answer.body.details, { name: 'absent', kind: 'secrets' });
      }
    });

    it('go into no namespace that does not exist', async () => {
      const refused = expectCode(await fixture().admin.post(secretsOf('no-such-namespace'), secret('one')), 404);

      assert.deepEqual(refused.details, { name: 'no-such-namespace', kind: 'namespaces' });
    });

    for (const content of ['{}', 'null', '{"auths":{"reg.example":{"auth":"%%%"}}}']) {
      it(`of type dockerconfigjson may hold ${content}`, async () => {
        const { admin, namespace } = fixture();
        const body = secret('docker', { type: DOCKER, data: { [KEY]: base64(content) } });

        expectCode(await admin.post(secretsOf(await namespace()), body), 201);
      });
    }

    for (const content of ['[]', '"x"', '{}x', '']) {
      it(`of type dockerconfigjson may not hold ${JSON.stringify(content)}`, async () => {
        const { admin, namespace } = fixture();
        const body = secret('docker', { type: DOCKER, data: { [KEY]: base64(content) } });

        const refused = await admin.post(secretsOf(await namespace()), body);

        assert.equal(expectCode(refused, 422).reason, 'Invalid');
        assert.equal(refused.body.details.kind, 'Secret');
        assert.deepEqual(causeFields(refused), [`data[${KEY}]`]);
      });
    }

    it('of type dockerconfigjson need their key', async () => {
      const { admin, namespace } = fixture();

      const refused = await admin.post(secretsOf(await namespace()), secret('docker', { type: DOCKER }));

      expectCode(refused, 422);
      assert.deepEqual(causeFields(refused), [`data[${KEY}]`]);
    });

    it('keep their type for life', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();
      expectCode(await admin.post(secretsOf(home), secret('one')), 201);

      const refused = await admin.merge(secretsOf(home, 'one'), { type: DOCKER, data: { [KEY]: base64('{}') } });

      expectCode(refused, 422);
      assert.ok(causeFields(refused).includes('type'));
    });

    it('that are immutable take labels, but neither data nor an end of it', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();
      const path = secretsOf(home, 'frozen');
      expectCode(await admin.post(secretsOf(home), secret('frozen', { immutable: true })), 201);

      const data = await admin.merge(path, { data: { key: base64('other') } });
      const thawed = await admin.merge(path, { immutable: null });
      const label = await admin.merge(path, { metadata: { labels: { a: 'b' } } });

      expectCode(data, 422);
      assert.deepEqual(causeFields(data), ['data']);
      expectCode(thawed, 422);
      assert.deepEqual(causeFields(thawed), ['immutable']);
      expectCode(label, 200);
    });

    it('take stringData as data and never show it', async () => {
      const { admin, namespace } = fixture();

      const body = secret('one', { stringData: { other: 'text' } });
      const created = expectCode(await admin.post(secretsOf(await namespace()), body), 201);

      assert.deepEqual(created.data, { key: base64('value'), other: base64('text') });
      assert.equal(created['stringData'], undefined);
    });

    it('lose fields that nobody knows', async () => {
      const { admin, namespace } = fixture();

      const created = expectCode(await admin.post(secretsOf(await namespace()), secret('one', { unheard: 1 })), 201);

      assert.equal(created['unheard'], undefined);
    });

    it('with data that is no base64 are a bad request', async () => {
      const { admin, namespace } = fixture();

      const refused = await admin.post(secretsOf(await namespace()), secret('one', { data: { key: '%%%' } }));

      assert.equal(expectCode(refused, 400).reason, 'BadRequest');
    });

    for (const [what, body, field] of [
      ['a bad name', secret('Not_a_name'), 'metadata.name'],
      ['a bad key', secret('one', { data: { 'a key': base64('x') } }), 'data[a key]'],
      ['more than 1 MiB', secret('one', { data: { key: 'A'.repeat(1_400_000) } }), 'data'],
    ] as const) {
      it(`with ${what} are refused`, async () => {
        const { admin, namespace } = fixture();

        const refused = await admin.post(secretsOf(await namespace()), body);

        expectCode(refused, 422);
        assert.deepEqual(causeFields(refused), [field]);
      });
    }

    it('carry at most 262144 bytes of annotations', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();
      const annotated = (size: number): object =>
        secret('one', { metadata: { name: 'one', annotations: { a: 'x'.repeat(size - 1) } } });

      const refused = await admin.post(secretsOf(home), annotated(262_145));
      const accepted = await admin.post(secretsOf(home), annotated(262_144));

      expectCode(refused, 422);
      assert.deepEqual(causeFields(refused), ['metadata.annotations']);
      expectCode(accepted, 201);
    });

    it('in a body over 3 MiB are too large', async () => {
      const { admin, namespace } = fixture();

      const refused = await admin.post(secretsOf(await namespace()), secret('one', { x: 'x'.repeat(3_200_000) }));

      expectCode(refused, 413);
    });

    it('of a dry run are checked and not stored', async () => {
      const { admin, namespace } = fixture();
      const home = await namespace();

      const dry = await admin.post(`${secretsOf(home)}?dryRun=All`, secret('one'));
      const absent = await admin.get(secretsOf(home, 'one'));
      expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      const taken = await admin.post(`${secretsOf(home)}?dryRun=All`, secret('one'));

      expectCode(dry, 201);
      expectCode(absent, 404);
      expectCode(taken, 409);
    });

    it('beyond a quota are refused before the name clash is found', async function () {
      const { admin, namespace, cluster } = fixture();
      if (!cluster.setSecretQuota) return skipBecause(this, 'this cluster sets no quotas');
      const home = await namespace();
      expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      await cluster.setSecretQuota(home, 1);

      const refused = expectCode(await admin.post(secretsOf(home), secret('one')), 403);

      assert.equal(refused.reason, 'Forbidden');
      assert.match(refused.message, /^secrets "one" is forbidden: exceeded quota: /);
      expectCode(await admin.merge(secretsOf(home, 'one'), { metadata: { labels: { a: 'b' } } }), 200);
    });
  });
}
