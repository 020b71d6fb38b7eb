import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseGoUrl } from '../../src/lib/go-url.ts';

// Measured with net/url of Go 1.26.8.
const cases: readonly (readonly [text: string, url: readonly [host: string, path: string] | undefined])[] = [
  ['https://reg.io', ['reg.io', '']],
  ['http://reg.io/', ['reg.io', '/']],
  ['https://reg.io:5000/a/b', ['reg.io:5000', '/a/b']],
  ['https://reg.io?a/b', ['reg.io', '']],
  ['https://reg.io/a#b?c', ['reg.io', '/a']],
  ['https://', ['', '']],
  ['https:///a', ['', '/a']],
  ['https://u:p@q@reg.io', ['reg.io', '']],
  ['https://u%zz@reg.io', undefined],
  ['https://u/p@reg.io', ['u', '/p@reg.io']],
  ['https://reg.io:', ['reg.io:', '']],
  ['https://reg.io:99999', ['reg.io:99999', '']],
  ['https://reg.io:x', undefined],
  ['https://a:1:2', undefined],
  ['https://re g.io', undefined],
  ['https://reg.io/a b', ['reg.io', '/a b']],
  ['https://reg.io/%41%c3%a9', ['reg.io', '/Aé']],
  ['https://reg.io/%4', undefined],
  ['https://reg.io/#%4', undefined],
  ['https://%41.io', undefined],
  ['https://%25.io', ['%.io', '']],
  ['https://%c3%a9.io', ['é.io', '']],
  ['https://é.io', ['é.io', '']],
  ['https://reg.io/\u0001', undefined],
  ['https://reg.io/#\u0001', ['reg.io', '/']],
  ['https://[::1]', ['[::1]', '']],
  ['https://[::1]:80/x', ['[::1]:80', '/x']],
  ['https://[::ffff:1.2.3.4]', ['[::ffff:1.2.3.4]', '']],
  ['https://[::1]x', undefined],
  ['https://[::1', undefined],
  ['https://[1.2.3.4]', undefined],
  ['https://[fe80::1%25en0]', ['[fe80::1%en0]', '']],
  ['https://[fe80::1%25%20x]', ['[fe80::1% x]', '']],
  ['https://[fe80::1%25]', undefined],
  ['https://a[::1]', undefined],
];

describe('parseGoUrl', () => {
  for (const [text, url] of cases) {
    it(`${url ? 'reads' : 'refuses'} ${JSON.stringify(text)}`, () => {
      const parsed = parseGoUrl(text);
      assert.deepEqual(parsed && [parsed.host, parsed.path], url);
    });
  }

  it('never throws', () => {
    const piece = fc.constantFrom('a.io', '/', ':', '@', '[', ']', '::1', '%', '%25', '%c3', '?', '#', ' ', '\\');
    const hostile = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
    );
    fc.assert(fc.property(hostile, (text) => void parseGoUrl(`https://${text}`)));
  });
});
