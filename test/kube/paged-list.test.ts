import assert from 'node:assert/strict';
import { RESOURCE } from '../../src/api/names.ts';
import { listAll } from '../../src/kube/paged-list.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import { connectTo, createCleanup, listOf, secret } from './helpers.ts';

describe('paged list', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function list(handler: StubHandler) {
    const stub = await startHttpStub(handler);
    const { client, close } = connectTo(stub.url);
    cleanup.add(() => stub.close());
    cleanup.add(close);
    const slim = ({ metadata }: { metadata: { name: string } }): string | undefined =>
      metadata.name === 'skip' ? undefined : metadata.name;
    return { stub, whole: listAll({ client, resource: RESOURCE.secrets, namespace: 'n', fieldSelector: 's=t', slim }) };
  }

  it('takes all pages, the version of the first, and leaves out what the caller does', async () => {
    const { stub, whole } = await list(({ url }, response) => {
      const page = Number(url.searchParams.get('continue') ?? 0);
      json(
        response,
        200,
        listOf([secret(`s${page}`, '1'), secret('skip', '2')], String(7 + page), page < 2 ? String(page + 1) : ''),
      );
    });

    assert.deepEqual(await whole, { resourceVersion: '7', items: ['s0', 's1', 's2'] });
    assert.equal(stub.requests[2]?.path, '/api/v1/namespaces/n/secrets?limit=100&continue=2&fieldSelector=s%3Dt');
  });

  it('F51: is an error when a page points to itself', async () => {
    const { whole } = await list((_request, response) => json(response, 200, listOf([], '7', 'same')));

    await assert.rejects(whole, { kind: 'Malformed', detail: 'a page points to itself' });
  });
});
