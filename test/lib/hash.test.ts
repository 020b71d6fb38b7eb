import assert from 'node:assert/strict';
import { shortHash } from '../../src/lib/hash.ts';

describe('the short hash', () => {
  it('is 96 bits of SHA-256 in base64url', () => {
    assert.equal(shortHash('abc'), Buffer.from('ba7816bf8f01cfea414140de', 'hex').toString('base64url'));
  });

  it('is the same for a text and its bytes, and another for another text', () => {
    assert.equal(shortHash(Buffer.from('é')), shortHash('é'));
    assert.notEqual(shortHash('a'), shortHash('b'));
  });
});
