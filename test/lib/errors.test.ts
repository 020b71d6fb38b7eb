import assert from 'node:assert/strict';
import { TerminalError, nameOf } from '../../src/lib/errors.ts';

describe('the name of a thrown value', () => {
  it('is its code where that is one', () => {
    assert.equal(nameOf(Object.assign(new Error('secret'), { code: 'ECONNRESET' })), 'ECONNRESET');
  });

  it('is its class where the code is text that anybody chose', () => {
    for (const code of ['secret', 'A', 7, 'X'.repeat(100), 'ABC DEF', undefined]) {
      assert.equal(nameOf(Object.assign(new RangeError('secret'), { code })), 'RangeError');
    }
    assert.equal(nameOf(new TerminalError('secret')), 'TerminalError');
  });

  it('is the type of what is no error', () => {
    assert.deepEqual(['secret', undefined, null, { code: 'E_SECRET' }].map(nameOf), [
      'string',
      'undefined',
      'object',
      'object',
    ]);
  });
});
