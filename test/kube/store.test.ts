import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Change } from '../../src/kube/store.ts';
import { createStore, isOlder, keyOf, storeKey } from '../../src/kube/store.ts';

interface Item {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

function item(name: string, resourceVersion: string, uid = `uid-${name}`): Item {
  return { namespace: 'team-a', name, uid, resourceVersion };
}

function storeWith(...items: readonly Item[]) {
  const store = createStore<Item>();
  store.replace(items);
  const changes: Change<Item>[] = [];
  store.onChange((change) => changes.push(change));
  return { store, changes };
}

describe('store', () => {
  it('is synced with the first whole list, also an empty one', async () => {
    const store = createStore<Item>();
    assert.equal(store.synced, false);

    store.replace([]);

    assert.equal(store.synced, true);
    await store.whenSynced();
  });

  it('finds by key and by namespace', () => {
    const { store } = storeWith(item('a', '1'), { ...item('a', '2'), namespace: 'team-b' }, item('b', '3'));

    assert.equal(store.get('team-b/a')?.resourceVersion, '2');
    assert.deepEqual(
      store.inNamespace('team-a').map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(store.inNamespace('nowhere'), []);
    assert.equal(store.size, 3);
    assert.equal([...store.values()].length, 3);
  });

  it('knows an event about the very version that it holds', () => {
    const { store } = storeWith(item('a', '5'));

    assert.equal(store.holds(item('a', '5')), true);
    assert.equal(store.holds(item('a', '6')), false);
    assert.equal(store.holds(item('a', '5', 'another')), false);
    assert.equal(store.holds(item('b', '5')), false);
  });

  it('keeps whole objects by their metadata', () => {
    const store = createStore<{ metadata: { name: string; uid: string; resourceVersion: string } }>();

    store.put({ metadata: { name: 'hub', uid: 'u', resourceVersion: '1' } });

    assert.equal(store.get('hub')?.metadata.uid, 'u');
  });

  it('tells what a list changed, deletions with the last object', () => {
    const [a, b, c] = [item('a', '1'), item('b', '2'), item('c', '3')];
    const { store, changes } = storeWith(a, b, c);
    const newB = item('b', '5');
    const d = item('d', '6');

    store.replace([{ ...a }, newB, d]);

    assert.deepEqual(changes, [
      { old: c, new: undefined, initial: true },
      { old: b, new: newB, initial: true },
      { old: undefined, new: d, initial: true },
    ]);
  });

  it('F54: believes a list whatever its versions say', () => {
    const { store } = storeWith(item('a', '100'));

    store.replace([item('a', '7')]);

    assert.equal(store.get('team-a/a')?.resourceVersion, '7');
  });

  it('F53: drops an older event of the same object, by the length of the number first', () => {
    const { store, changes } = storeWith(item('a', '100'));

    store.put(item('a', '99'));

    assert.deepEqual(changes, []);
    assert.equal(store.get('team-a/a')?.resourceVersion, '100');
  });

  it('F55: takes the echo of our own write for no news', () => {
    const { store, changes } = storeWith(item('a', '1'));
    store.put(item('a', '2')); // our answer
    changes.length = 0;

    store.put(item('a', '2')); // its event

    assert.deepEqual(changes, []);
  });

  it('F55: keeps an object that we re-created when the event of its predecessor comes late', () => {
    const { store, changes } = storeWith(item('a', '10', 'old'));
    store.put(item('a', '30', 'new'));
    changes.length = 0;

    store.remove('team-a/a', { uid: 'old', resourceVersion: '20' });

    assert.deepEqual(changes, []);
    assert.equal(store.get('team-a/a')?.uid, 'new');
  });

  it('takes a new uid under an old name for a change, but nothing late of a predecessor', () => {
    const { store, changes } = storeWith(item('a', '10', 'old'));

    store.put(item('a', '13', 'new'));
    store.put(item('a', '11', 'old'));

    assert.equal(changes.length, 1);
    assert.equal(store.get('team-a/a')?.uid, 'new');
  });

  it('removes once, with the object that was there', () => {
    const { store, changes } = storeWith(item('a', '10'));

    store.remove('team-a/a', { uid: 'uid-a', resourceVersion: '11' });
    store.remove('team-a/a');

    assert.deepEqual(changes, [{ old: item('a', '10'), new: undefined, initial: false }]);
    assert.deepEqual(store.inNamespace('team-a'), []);
  });

  it('goes on when a handler throws, and forgets one that stopped', () => {
    const { store, changes } = storeWith();
    const stop = store.onChange(() => {
      throw new Error('broken');
    });
    store.onChange((change) => changes.push(change));

    store.put(item('a', '1'));
    stop();
    store.put(item('b', '2'));

    assert.equal(changes.length, 4);
  });

  it('does not disturb who iterates over a namespace', () => {
    const { store } = storeWith(item('a', '1'), item('b', '2'));
    const names: string[] = [];

    for (const { name } of store.inNamespace('team-a')) {
      store.remove(storeKey('team-a', name));
      names.push(name);
    }

    assert.deepEqual(names, ['a', 'b']);
  });

  it('tells of changes that, put together, are its content', () => {
    const items = fc.record({
      namespace: fc.constantFrom('n1', 'n2'),
      name: fc.constantFrom('a', 'b'),
      uid: fc.constantFrom('u1', 'u2'),
      resourceVersion: fc.nat({ max: 20 }).map(String),
    });
    const action = fc.oneof(
      items.map((value) => ({ put: value })),
      items.map((value) => ({ remove: value })),
      fc.uniqueArray(items, { selector: keyOf, maxLength: 4 }).map((value) => ({ replace: value })),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const store = createStore<Item>();
        const mirror = new Map<string, Item>();
        store.onChange(({ old, new: now }) => {
          assert.deepEqual(old && mirror.get(keyOf(old)), old);
          if (now) mirror.set(keyOf(now), now);
          else if (old) mirror.delete(keyOf(old));
        });
        for (const step of actions) {
          if ('put' in step) store.put(step.put);
          else if ('remove' in step) store.remove(keyOf(step.remove), step.remove);
          else store.replace(step.replace);
        }
        assert.deepEqual(new Set(store.values()), new Set(mirror.values()));
        assert.deepEqual(new Set([...store.inNamespace('n1'), ...store.inNamespace('n2')]), new Set(mirror.values()));
      }),
    );
  });

  it('compares versions as numbers of any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (a, b) => {
        assert.equal(isOlder(String(a), String(b)), a < b);
      }),
    );
  });
});
