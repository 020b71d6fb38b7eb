import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { ApiObject } from '../../src/sandbox/api-object.ts';
import { Lists, type Page } from '../../src/sandbox/lists.ts';
import { ObjectStore } from '../../src/sandbox/objects.ts';
import { selectionOf } from '../../src/sandbox/selectors.ts';

const everything = selectionOf(new URLSearchParams(), undefined);

describe('Lists', () => {
  it('page through exactly what the first page saw, whatever is written meanwhile', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 4 }), (present, later, limit) => {
        const store = storeWith(present);
        const lists = new Lists(store);

        const pages = [lists.page('secrets', everything, new URLSearchParams({ limit: String(limit) }))];
        for (const name of later) store.put('secrets', object(`${name}${name}`));
        for (let page = pages[0]!; page.metadata['continue'] !== undefined; page = pages.at(-1)!)
          pages.push(lists.page('secrets', everything, nextOf(page, limit)));

        assert.deepEqual(
          pages.flatMap(({ items }) => items).map(({ metadata }) => metadata.name),
          [...present].sort(),
        );
        assert.ok(pages.every(({ items }) => items.length <= limit));
        assert.equal(new Set(pages.map(({ metadata }) => metadata['resourceVersion'])).size, 1);
      }),
    );
  });

  it('answer 410 with a token for the rest once the snapshot is forgotten', () => {
    const store = storeWith(['a', 'b', 'c']);
    const lists = new Lists(store);
    const first = lists.page('secrets', everything, new URLSearchParams({ limit: '1' }));
    store.put('secrets', object('bb'));
    lists.forgetSnapshots();

    assert.throws(
      () => lists.page('secrets', everything, nextOf(first, 1)),
      (thrown: { code: number; body: { metadata: { continue: string } } }) => {
        const rest = new URLSearchParams({ continue: thrown.body.metadata.continue });
        const names = lists.page('secrets', everything, rest).items.map(({ metadata }) => metadata.name);
        assert.deepEqual([thrown.code, names], [410, ['b', 'bb', 'c']]);
        return true;
      },
    );
  });
});

function nextOf({ metadata }: Page, limit: number): URLSearchParams {
  return new URLSearchParams({ limit: String(limit), continue: String(metadata['continue']) });
}

function storeWith(names: readonly string[]): ObjectStore {
  const store = new ObjectStore();
  for (const name of names) store.put('secrets', object(name));
  return store;
}

function object(name: string): ApiObject {
  return { metadata: { namespace: 'a', name, uid: name, resourceVersion: '', creationTimestamp: '' } };
}
