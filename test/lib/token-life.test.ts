import assert from 'node:assert/strict';
import { lifeOf, lifeUntil, tokenOf } from '../../src/lib/token-life.ts';

const sentAt = new Date('2030-01-01T00:00:00Z');
const after = (seconds: number): Date => new Date(sentAt.getTime() + seconds * 1000);

describe('tokenOf', () => {
  it('takes one word of printable ASCII', () => {
    assert.equal(tokenOf('ya29.a-b_c=')?.reveal(), 'ya29.a-b_c=');
  });

  for (const value of [
    '',
    'a b',
    'a\nb',
    'a\0',
    '\u00fc',
    '\ud800',
    'x'.repeat(65_536),
    7,
    null,
    undefined,
    {},
    ['a'],
  ]) {
    it(`takes nothing else: ${JSON.stringify([value]).slice(0, 20)}`, () => {
      assert.equal(tokenOf(value), undefined);
    });
  }
});

describe('lifeOf', () => {
  it('counts from the time of the question', () => {
    assert.deepEqual(lifeOf(3599, sentAt, 3600), { expiresAt: after(3599), expirySource: 'response' });
  });

  it('assumes the longest documented life where none is told, or a longer one', () => {
    const assumed = { expiresAt: after(3600), expirySource: 'nominal' };
    assert.deepEqual(
      [undefined, null, 3961, 43_200].map((seconds) => lifeOf(seconds, sentAt, 3600)),
      [assumed, assumed, assumed, assumed],
    );
  });

  for (const seconds of [0, -1, Number.NaN, Infinity, '3600', 3_600_000, true]) {
    it(`takes no nonsense: ${String(seconds)}`, () => {
      assert.equal(lifeOf(seconds, sentAt, 3600), undefined);
    });
  }
});

describe('lifeUntil', () => {
  it('believes an end within ten percent of the longest life, also one in the past', () => {
    assert.deepEqual(
      [-60, 3600, 3960].map((seconds) => lifeUntil(after(seconds), sentAt, 3600).expiresAt),
      [-60, 3600, 3960].map(after),
    );
  });
});
