import assert from 'node:assert/strict';
import { byKey, createPool } from '../../src/lib/pool.ts';

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

  it('is bounded by weight where users choose what is in it, and keeps nothing that is too heavy alone', () => {
    const pool = createPool<object>(256, byKey);
    const get = (key: string): object => pool.get(key, () => ({}));
    const of = (length: number, index: number): string => String(index).padStart(length, 'x');

    const light = get('light');
    const heavy = get(of(300_000, 0));
    assert.equal(get('light'), light);
    assert.notEqual(get(of(300_000, 0)), heavy);

    const first = get(of(200_000, 1));
    assert.equal(get(of(200_000, 1)), first);
    for (let index = 2; index < 20; index += 1) get(of(200_000, index));
    assert.notEqual(get(of(200_000, 1)), first);
  });
});
