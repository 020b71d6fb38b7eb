import assert from 'node:assert/strict';

import type { ApiObject } from '../../src/sandbox/api-object.ts';
import { ObjectStore, type StoreEvent } from '../../src/sandbox/objects.ts';

describe('ObjectStore', () => {
  it('counts one revision for all resources', () => {
    const store = new ObjectStore();

    const first = store.put('secrets', object('a', 'one'));
    const second = store.put('leases', object('a', 'one'));

    assert.equal(Number(second.metadata.resourceVersion), Number(first.metadata.resourceVersion) + 1);
    assert.equal(store.revision, Number(second.metadata.resourceVersion));
  });

  it('takes an equal state for no change', () => {
    const store = new ObjectStore();
    const first = store.put('secrets', object('a', 'one'));
    const events: StoreEvent[] = [];
    store.onEvent((event) => events.push(event));

    const again = store.put('secrets', object('a', 'one'));

    assert.equal(again, first);
    assert.deepEqual(events, []);
  });

  it('sorts as etcd does, by namespace and slash and name', () => {
    const store = new ObjectStore();
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a-b', 'x'],
      ['a', 'y'],
      ['a', 'x'],
    ] as const)
      store.put('secrets', object(namespace, name));

    const keys = store
      .snapshot('secrets')
      .objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);

    assert.deepEqual(keys, ['a-b/x', 'a/x', 'a/y', 'b/x']);
  });

  it('keeps a snapshot as it was', () => {
    const store = new ObjectStore();
    store.put('secrets', object('a', 'one'));
    const { objects } = store.snapshot('secrets');

    store.remove('secrets', objects[0]!);

    assert.equal(objects.length, 1);
    assert.equal(store.snapshot('secrets').objects.length, 0);
  });

  it('tells what happened after a revision, and no more once history is compacted', () => {
    const store = new ObjectStore();
    const start = store.revision;
    const created = store.put('secrets', object('a', 'one'));
    store.put('leases', object('a', 'one'));
    store.remove('secrets', created);

    const events = store.eventsAfter('secrets', start);
    store.compact();

    assert.deepEqual(events !== 'expired' && events.map(({ type }) => type), ['ADDED', 'DELETED']);
    assert.equal(store.eventsAfter('secrets', start), 'expired');
    assert.deepEqual(store.eventsAfter('secrets', store.revision), []);
  });

  it('publishes a deletion under a revision of its own', () => {
    const store = new ObjectStore();
    const created = store.put('secrets', object('a', 'one'));

    const last = store.remove('secrets', created);

    assert.ok(Number(last.metadata.resourceVersion) > Number(created.metadata.resourceVersion));
    assert.equal(store.get('secrets', 'a', 'one'), undefined);
  });

  it('forgets the older half of a long history', () => {
    const store = new ObjectStore();
    const start = store.revision;
    for (let version = 0; version < 20_001; version += 1) store.put('secrets', object('a', 'one', String(version)));

    assert.equal(store.eventsAfter('secrets', start), 'expired');
    assert.notEqual(store.eventsAfter('secrets', store.revision - 9_000), 'expired');
  });
});

function object(namespace: string, name: string, note = ''): ApiObject {
  const metadata = { namespace, name, uid: `${namespace}/${name}`, resourceVersion: '', creationTimestamp: '' };
  return { metadata, note };
}
