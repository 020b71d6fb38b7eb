import assert from 'node:assert/strict';

import type { ApiObject } from '../../src/sandbox/api-object.ts';
import { selectionOf } from '../../src/sandbox/selectors.ts';

describe('selectionOf', () => {
  for (const [query, expected] of [
    ['', ['x', 'y', 'z']],
    ['fieldSelector=metadata.name==x', ['x']],
    ['fieldSelector=metadata.name!=x,metadata.namespace=a', ['y']],
    ['labelSelector=tier in (a, b),env', ['y']],
    ['labelSelector=tier notin (a)', ['y', 'z']],
    ['labelSelector=!tier', ['z']],
    ['labelSelector=tier==a', ['x']],
    ['labelSelector=tier!=a,tier', ['y']],
    ['labelSelector=empty=', ['z']],
  ] as const) {
    it(`selects ${expected.join(', ')} by "${query}"`, () => {
      const { matches } = selectionOf(new URLSearchParams(query), undefined);

      assert.deepEqual(
        objects.filter(matches).map(({ metadata }) => metadata.name),
        expected,
      );
    });
  }

  it('keeps to a namespace, and knows when one name is left', () => {
    const { matches, name, isNarrowed } = selectionOf(new URLSearchParams('fieldSelector=metadata.name=x'), 'b');

    assert.deepEqual(objects.filter(matches), []);
    assert.deepEqual([name, isNarrowed], ['x', true]);
    assert.equal(selectionOf(new URLSearchParams(), 'a').isNarrowed, false);
  });

  it('knows no other fields', () => {
    for (const fieldSelector of ['metadata.uid=x', 'nonsense'])
      assert.throws(() => selectionOf(new URLSearchParams({ fieldSelector }), undefined), { code: 400 });
  });
});

const objects: readonly ApiObject[] = [
  object('a', 'x', { tier: 'a' }),
  object('a', 'y', { tier: 'b', env: 'e' }),
  object('b', 'z', { empty: '' }),
];

function object(namespace: string, name: string, labels: Record<string, string>): ApiObject {
  return { metadata: { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '', labels } };
}
