// Contract: the official JavaScript client gets along with the server.
import assert from 'node:assert/strict';

import { CoreV1Api, KubeConfig, makeInformer, setHeaderOptions, V1ObjectMeta, V1Secret } from '@kubernetes/client-node';

import { eventually } from '../support/eventually.ts';
import type { Access } from '../support/raw-client.ts';
import { base64, expectCode, secret, secretsOf, type Fixture } from './fixture.ts';

export function describeOfficialClient(fixture: () => Fixture): void {
  describe('the official client', () => {
    it('creates, reads, patches, lists and deletes', async () => {
      const { cluster, namespace } = fixture();
      const api = kubeConfig(cluster.access).makeApiClient(CoreV1Api);
      const home = await namespace();
      const metadata = Object.assign(new V1ObjectMeta(), { name: 'one' });
      const body = Object.assign(new V1Secret(), { metadata, data: { key: base64('value') } });
      const one = { namespace: home, name: 'one' };

      const created = await api.createNamespacedSecret({ namespace: home, body });
      const patch = { metadata: { labels: { a: 'b' } } };
      const merge = setHeaderOptions('Content-Type', 'application/merge-patch+json');
      const patched = await api.patchNamespacedSecret({ ...one, body: patch }, merge);
      const list = await api.listSecretForAllNamespaces({ fieldSelector: `metadata.namespace=${home}` });
      await api.deleteNamespacedSecret(one);

      assert.equal(created.metadata?.namespace, home);
      assert.deepEqual(patched.metadata?.labels, { a: 'b' });
      assert.deepEqual(
        list.items.map(({ metadata }) => metadata?.name),
        ['one'],
      );
      await assert.rejects(api.readNamespacedSecret(one), /404/);
    });

    it('keeps an informer up to date', async () => {
      const { cluster, admin, namespace } = fixture();
      const config = kubeConfig(cluster.access);
      const api = config.makeApiClient(CoreV1Api);
      const home = await namespace();
      expectCode(await admin.post(secretsOf(home), secret('one')), 201);
      const seen: string[] = [];

      const list = () => api.listNamespacedSecret({ namespace: home });
      const informer = makeInformer<V1Secret>(config, secretsOf(home), list);
      for (const event of ['add', 'update', 'delete'] as const)
        informer.on(event, ({ metadata }) => seen.push(`${event} ${metadata?.name ?? ''}`));
      await informer.start();
      expectCode(await admin.post(secretsOf(home), secret('two')), 201);
      expectCode(await admin.merge(secretsOf(home, 'one'), { data: { key: base64('new') } }), 200);
      expectCode(await admin.delete(secretsOf(home, 'two')), 200);

      await eventually(() => seen.length >= 4);
      await informer.stop();
      assert.deepEqual(seen, ['add one', 'add two', 'update one', 'delete two']);
    });
  });
}

function kubeConfig({ url, token, ca }: Access): KubeConfig {
  const config = new KubeConfig();
  const authority =
    ca === undefined ? { skipTLSVerify: false } : { skipTLSVerify: false, caData: Buffer.from(ca).toString('base64') };
  config.loadFromOptions({
    clusters: [{ name: 'contract', server: url, ...authority }],
    users: [{ name: 'contract', token }],
    contexts: [{ name: 'contract', cluster: 'contract', user: 'contract' }],
    currentContext: 'contract',
  });
  return config;
}
