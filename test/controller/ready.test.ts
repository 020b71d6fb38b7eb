import assert from 'node:assert/strict';
import { createReady } from '../../src/controller/ready.ts';

describe('ready items', () => {
  it('leave by priority, then in their order', () => {
    const ready = createReady<string>();
    ready.push('low', -100);
    ready.push('first', 0);
    ready.push('second', 0);
    ready.push('high', 7);
    const order = [1, 2, 3, 4, 5].map(() => ready.shift(-Infinity));
    assert.deepEqual(order, ['high', 'first', 'second', 'low', undefined]);
  });

  it('stay when a worker wants higher ones only', () => {
    const ready = createReady<string>();
    ready.push('low', -100);
    assert.equal(ready.shift(0), undefined);
    assert.equal(ready.size, 1);
  });

  it('leave also after the line was empty and when items before them were taken out', () => {
    const ready = createReady<string>();
    ready.push('a', 0);
    assert.equal(ready.shift(0), 'a');
    assert.equal(ready.shift(0), undefined);
    for (const item of ['b', 'c', 'd']) ready.push(item, 0);
    assert.equal(ready.remove('b', 0), true);
    ready.push('b', 0);
    assert.deepEqual([ready.shift(0), ready.shift(0), ready.shift(0)], ['c', 'd', 'b']);
  });

  it('are counted by priority', () => {
    const ready = createReady<string>();
    ready.push('a', 0);
    ready.push('b', -100);
    ready.push('c', -100);
    assert.deepEqual(
      [...ready.depth()],
      [
        [0, 1],
        [-100, 2],
      ],
    );
    ready.clear();
    assert.equal(ready.size, 0);
  });

  it('F68: let a low one go first now and then, however many higher ones there are', () => {
    const ready = createReady<string>();
    for (const item of ['low-1', 'low-2']) ready.push(item, -100);
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 20; i += 1) {
      ready.push(`event-${i}`, 0);
      order.push(ready.shift(-Infinity));
    }
    assert.deepEqual([order.indexOf('low-1'), order.indexOf('low-2')], [8, 17]);
  });

  it('F68: give no low one to a worker that wants higher ones only', () => {
    const ready = createReady<string>();
    ready.push('low', -100);
    for (let i = 0; i < 20; i += 1) {
      ready.push(`event-${i}`, 0);
      assert.equal(ready.shift(0), `event-${i}`);
    }
  });

  it('F73: take turns by group: one of many does not make the others wait', () => {
    const ready = createReady<string>((item) => item.split('/')[0] ?? '');
    for (let i = 0; i < 9900; i += 1) ready.push(`big/${i}`, 0);
    for (const item of ['small/0', 'small/1', 'other/0']) ready.push(item, 0);
    const order = Array.from({ length: 6 }, () => ready.shift(0));
    assert.deepEqual(order, ['big/0', 'small/0', 'other/0', 'big/1', 'small/1', 'big/2']);
    assert.equal(ready.size, 9897);
  });

  it('forget a group that is empty, and know it again', () => {
    const ready = createReady<string>((item) => item.split('/')[0] ?? '');
    ready.push('a/0', 0);
    ready.push('b/0', 0);
    assert.equal(ready.remove('a/0', 0), true);
    assert.equal(ready.remove('a/0', 0), false);
    ready.push('a/1', 0);
    assert.deepEqual([ready.shift(0), ready.shift(0), ready.shift(0)], ['b/0', 'a/1', undefined]);
  });
});
