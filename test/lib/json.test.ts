import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, isJsonObject, isValidJson, parseJson } from '../../src/lib/json.ts';

describe('json', () => {
  it('parses what JSON.parse parses', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.deepEqual(parseJson(text), { ok: true, value: JSON.parse(text) as unknown });
      }),
    );
  });

  for (const text of ['', '{', '{}x', '\ufeff{}', "{'a':1}", '[1,]', '"\u0001"']) {
    it(`refuses ${JSON.stringify(text)} without quoting it`, () => {
      assert.deepEqual(parseJson(text), { ok: false });
    });
  }

  it('refuses what is nested too deep, at once', () => {
    assert.deepEqual(parseJson('['.repeat(1_000_000)), { ok: false });
    assert.deepEqual(parseJson(`${'['.repeat(101)}${']'.repeat(101)}`), { ok: false });
    assert.equal(parseJson(`${'['.repeat(100)}${']'.repeat(100)}`).ok, true);
  });

  it('counts no bracket inside of a string', () => {
    assert.equal(isValidJson('["[[[\\"[[["]', 1), true);
    assert.equal(isValidJson('[[]]', 1), false);
  });

  it('knows objects', () => {
    assert.deepEqual([{}, null, [], 'x', 1].map(isJsonObject), [true, false, false, false, false]);
  });

  it('writes fields in one order, without white space', () => {
    assert.equal(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
  });

  it('leaves out what is not there', () => {
    assert.equal(canonicalJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
  });

  it('writes the same text for the same value, whatever the order of its fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(canonicalJson(turned), canonicalJson(value));
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
