import assert from 'node:assert/strict';
import { refreshed } from '../../src/kube/refreshed.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('refreshed value', () => {
  function counting(maxAgeMs = 60_000) {
    const clock = fakeClock();
    const reads: boolean[] = [];
    let failing = false;
    const get = refreshed(
      (forced) => {
        reads.push(forced);
        return failing ? Promise.reject(new Error('unreadable')) : Promise.resolve(reads.length);
      },
      { clock, maxAgeMs },
    );
    const fail = (is: boolean): void => {
      failing = is;
    };
    return { clock, reads, get, fail };
  }

  it('is read once for many who ask at the same time', async () => {
    const { get, reads } = counting();

    assert.deepEqual(await Promise.all([get(), get({ force: true }), get()]), [1, 1, 1]);
    assert.equal(reads.length, 1);
  });

  it('is read again when it is old, not before', async () => {
    const { get, clock } = counting();
    await get();

    clock.advance(59_999);
    assert.equal(await get(), 1);
    clock.advance(1);
    assert.equal(await get(), 2);
  });

  it('is forced at most every five seconds, however many are refused', async () => {
    const { get, clock, reads } = counting();
    await get();

    assert.equal(await get({ force: true }), 2);
    assert.equal(await get({ force: true }), 2);
    clock.advance(5_000);
    assert.equal(await get({ force: true }), 3);
    assert.deepEqual(reads, [false, true, true]);
  });

  it('outlives failed reads, which are not repeated before it is old again', async () => {
    const { get, clock, reads, fail } = counting();
    await get();
    fail(true);

    clock.advance(60_000);
    assert.equal(await get(), 1);
    assert.equal(await get(), 1);
    assert.equal(reads.length, 2);
    fail(false);
    clock.advance(60_000);
    assert.equal(await get(), 3);
  });

  it('fails while there is none, and is tried again', async () => {
    const { get, fail } = counting();
    fail(true);
    await assert.rejects(get());

    fail(false);

    assert.equal(await get(), 2);
  });
});
