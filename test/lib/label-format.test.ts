import assert from 'node:assert/strict';
import { isLabelValue, isQualifiedName } from '../../src/lib/label-format.ts';

describe('the shape of labels', () => {
  for (const key of ['team', 'a', 'A.b_c-1', 'example.com/team', 'x'.repeat(63), `${'a'.repeat(253)}/b`]) {
    it(`takes the key ${key.slice(0, 40)}`, () => assert.ok(isQualifiedName(key)));
  }

  const badKeys = [
    '',
    '/',
    'a/',
    '/a',
    'a/b/c',
    '-a',
    'a-',
    'a b',
    'ä',
    'Example.com/a',
    'x'.repeat(64),
    'a..b/c',
    '__proto__',
  ];
  for (const key of [...badKeys, `${'a'.repeat(254)}/b`, 'a\n']) {
    it(`refuses the key ${JSON.stringify(key.slice(0, 40))}`, () => assert.ok(!isQualifiedName(key)));
  }

  it('takes an empty value, and 63 characters of one', () => {
    assert.ok(isLabelValue(''));
    assert.ok(isLabelValue('v'.repeat(63)));
    assert.ok(!isLabelValue('v'.repeat(64)));
    assert.ok(!isLabelValue('a b') && !isLabelValue('-a') && !isLabelValue('a\n'));
  });
});
