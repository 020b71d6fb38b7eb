import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ownCopy } from '../../src/lib/own-copy.ts';

describe('a copy of a text', () => {
  it('is the same text, also where it is no Unicode', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(ownCopy(text), text)));
    assert.equal(ownCopy('a\ud800'), 'a\ud800');
  });
});
