import assert from 'node:assert/strict';
import { createPool } from '../../src/lib/pool.ts';

describe('pool', () => {
  it('makes a value once', () => {
    const pool = createPool<object>(2);

    assert.equal(
      pool.get('a', () => ({})),
      pool.get('a', () => ({})),
    );
  });

  it('forgets the value that was not asked for longest', () => {
    const pool = createPool<string>(2);
    const made: string[] = [];
    const get = (key: string): string => pool.get(key, (name) => (made.push(name), name));

    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key);

    assert.deepEqual(made, ['a', 'b', 'c', 'b']);
  });
});
