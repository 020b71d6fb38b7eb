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
});
