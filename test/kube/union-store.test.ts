import assert from 'node:assert/strict';
import type { SlimSecret } from '../../src/kube/slim.ts';
import { createStore } from '../../src/kube/store.ts';
import { unionOf } from '../../src/kube/union-store.ts';
import { slimSecret } from '../support/gen.ts';

function union(names: readonly string[] | '*') {
  const stores = (names === '*' ? ['*'] : names).map(() => createStore<SlimSecret>());
  return { stores, all: unionOf(stores, names) };
}

describe('unionOf', () => {
  it('keeps each object in the store of its name, and reads them as one', () => {
    const { stores, all } = union(['one', 'two']);
    const [one, two] = [slimSecret({ name: 'one' }), slimSecret({ name: 'two', namespace: 'team-b' })];

    assert.equal(all.put(one), one);
    all.put(two);

    assert.deepEqual(
      stores.map(({ size }) => size),
      [1, 1],
    );
    assert.equal(all.size, 2);
    assert.equal(all.get('team-a/one'), one);
    assert.equal(all.get('team-a/two'), undefined);
    assert.deepEqual([...all.values()], [one, two]);
    assert.deepEqual(all.inNamespace('team-b'), [two]);
  });

  it('has no place for a name that is not watched', () => {
    const { all } = union(['one']);

    all.put(slimSecret({ name: 'other' }));

    assert.equal(all.size, 0);
    assert.equal(all.get('team-a/other'), undefined);
    all.remove('team-a/other');
  });

  it('has one store for all names under "*"', () => {
    const { all } = union('*');
    const secret = slimSecret({ name: 'any' });
    all.put(secret);

    assert.equal(all.get('team-a/any'), secret);
    assert.deepEqual(all.inNamespace('team-a'), [secret]);
    all.remove('team-a/any');
    assert.equal(all.size, 0);
  });

  it('is synced when all of its stores are, and tells of changes in each', () => {
    const { stores, all } = union(['one', 'two']);
    const changed: (string | undefined)[] = [];
    all.onChange((change) => changed.push(change.new?.name));

    stores[0]?.replace([slimSecret({ name: 'one' })]);
    assert.equal(all.synced, false);
    stores[1]?.replace([slimSecret({ name: 'two' })]);

    assert.equal(all.synced, true);
    assert.deepEqual(changed, ['one', 'two']);
  });
});
