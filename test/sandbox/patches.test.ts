import assert from 'node:assert/strict';

import fc from 'fast-check';

import { jsonPatch, mergePatch } from '../../src/sandbox/patches.ts';
import { ApiError } from '../../src/sandbox/status.ts';

describe('mergePatch', () => {
  // The examples of RFC 7386, appendix A.
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(target)} by ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(mergePatch(target, patch), result);
    });
  }

  it('changes neither what it is given, nor anything by a second time', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const [before, asked] = [structuredClone(target), structuredClone(patch)];
        const once = mergePatch(target, patch);
        assert.deepEqual([target, patch], [before, asked]);
        assert.deepEqual(mergePatch(once, patch), once);
      }),
    );
  });

  it('takes __proto__ for a name like any other', () => {
    const patch: unknown = JSON.parse('{"__proto__":{"polluted":true}}');

    const merged = mergePatch({}, patch) as object;

    assert.deepEqual(Object.keys(merged), ['__proto__']);
    assert.equal((merged as { polluted?: boolean }).polluted, undefined);
  });
});

describe('jsonPatch', () => {
  const document = { list: ['a', 'b'], map: { 'x/y': 1 } };

  for (const [what, operation, result] of [
    ['adds to the end of a list', { op: 'add', path: '/list/-', value: 'c' }, { ...document, list: ['a', 'b', 'c'] }],
    ['adds within a list', { op: 'add', path: '/list/1', value: 'c' }, { ...document, list: ['a', 'c', 'b'] }],
    ['replaces', { op: 'replace', path: '/list/0', value: 'c' }, { ...document, list: ['c', 'b'] }],
    ['removes an escaped name', { op: 'remove', path: '/map/x~1y' }, { ...document, map: {} }],
    ['moves', { op: 'move', from: '/list/0', path: '/list/1' }, { ...document, list: ['b', 'a'] }],
    ['copies', { op: 'copy', from: '/list/0', path: '/first' }, { ...document, first: 'a' }],
    ['tests', { op: 'test', path: '/map/x~1y', value: 1 }, document],
    ['takes absent for null', { op: 'test', path: '/absent', value: null }, document],
  ] as const) {
    it(what, () => {
      assert.deepEqual(jsonPatch(document, [operation]), result);
    });
  }

  for (const operation of [
    { op: 'test', path: '/list/0', value: 'b' },
    { op: 'remove', path: '/absent' },
    { op: 'replace', path: '/list/2', value: 'c' },
    { op: 'add', path: '/absent/-', value: 'c' },
    { op: 'add', path: '/list/x', value: 'c' },
  ]) {
    it(`refuses ${JSON.stringify(operation)} and leaves the document`, () => {
      const before = structuredClone(document);

      assert.throws(
        () => jsonPatch(document, [operation]),
        (thrown) => thrown instanceof ApiError && thrown.code === 422,
      );
      assert.deepEqual(document, before);
    });
  }

  it('is a bad request when it is no list of operations', () => {
    for (const patch of [{}, [1], [{ op: 'add' }], [{ op: 'invent', path: '/x' }]])
      assert.throws(
        () => jsonPatch(document, patch),
        (thrown) => thrown instanceof ApiError && thrown.code === 400,
      );
  });
});
