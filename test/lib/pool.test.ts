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

  it('keeps what is asked for again and again, and forgets what is not', () => {
    const pool = createPool<string>(2);
    const made: string[] = [];
    const get = (key: string): string => pool.get(key, (name) => (made.push(name), name));

    for (const key of ['a', 'b', 'a', 'c', 'a', 'd', 'a', 'e', 'a', 'b']) get(key);

    assert.deepEqual(made, ['a', 'b', 'c', 'd', 'e', 'b']);
  });

  it('is bounded', () => {
    const pool = createPool<string>(10);
    const made: string[] = [];
    const get = (key: string): string => pool.get(key, (name) => (made.push(name), name));
    const keys = Array.from({ length: 1000 }, (_, index) => String(index));

    keys.forEach(get);
    made.length = 0;
    keys.toReversed().forEach(get);

    assert.ok(made.length >= 980, String(made.length));
  });
});
