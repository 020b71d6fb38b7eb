import assert from 'node:assert/strict';
import { RESOURCE } from '../../src/api/names.ts';
import { slimSecret } from '../../src/kube/slim.ts';
import { takeSnapshot } from '../../src/kube/snapshot.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import { connectTo, createCleanup, listOf, secret, status } from './helpers.ts';

describe('snapshot', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  it('reads every page of every name into one store', async () => {
    const stub = await startHttpStub(({ url }, response) => {
      const name = url.searchParams.get('fieldSelector')!.split('=')[1]!;
      const isFirst = !url.searchParams.has('continue');
      const item = {
        ...secret(name, '1'),
        metadata: { ...secret(name, '1').metadata, namespace: isFirst ? 'n1' : 'n2' },
      };
      json(response, 200, listOf([item], '9', isFirst ? 'more' : ''));
    });
    const { client, close } = connectTo(stub.url);
    cleanup.add(() => stub.close());
    cleanup.add(close);

    const store = await takeSnapshot({ client, resource: RESOURCE.secrets, slim: slimSecret, names: ['a', 'b'] });

    assert.equal(store.synced, true);
    assert.deepEqual([...store.values()].map(({ namespace, name }) => `${namespace}/${name}`).sort(), [
      'n1/a',
      'n1/b',
      'n2/a',
      'n2/b',
    ]);
  });

  it('is none when a page is refused', async () => {
    const stub = await startHttpStub(({ url }, response) => {
      if (url.searchParams.has('continue')) json(response, 403, status(403));
      else json(response, 200, listOf([secret('a', '1')], '9', 'more'));
    });
    const { client, close } = connectTo(stub.url);
    cleanup.add(() => stub.close());
    cleanup.add(close);

    const work = takeSnapshot({ client, resource: RESOURCE.secrets, slim: slimSecret, namespace: 'team-a' });

    await assert.rejects(work, { name: 'KubeError', kind: 'Forbidden' });
    assert.match(stub.requests[0]!.path, /^\/api\/v1\/namespaces\/team-a\/secrets\?/);
  });
});
