import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonMembers, stringOf } from '../../src/lib/json-members.ts';

describe('jsonMembers', () => {
  it('keeps duplicates and their order', () => {
    assert.deepEqual(jsonMembers(' { "a" : 1 , "b":"x\\"}" ,"\\u0061" : [ {"]":2} ] } '), [
      { name: 'a', text: '1' },
      { name: 'b', text: '"x\\"}"' },
      { name: 'a', text: '[ {"]":2} ]' },
    ]);
  });

  it('finds what JSON.parse finds', () => {
    const name = fc.string().filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const members = jsonMembers(JSON.stringify(value, null, space));
        const rebuilt = Object.fromEntries(members.map(({ name, text }) => [name, JSON.parse(text) as unknown]));
        assert.deepEqual(rebuilt, Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(value)) as object)));
      }),
    );
  });

  it('replaces lone surrogates', () => {
    assert.equal(stringOf('"\\ud800x"'), '\ufffdx');
  });
});
