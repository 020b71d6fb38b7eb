import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSameMarker, joinMarker, splitMarker } from '../../src/lib/marker-text.ts';

const UID = '0d5e8f5c-5b3b-4b57-9a3c-8f0f5d6d9a01';
const marker = (namespace: string, more: object = {}): string =>
  JSON.stringify({
    v: 1,
    installation: 'regcred-system',
    namespace,
    name: 'regcred-managed',
    by: [],
    hosts: {},
    ...more,
  });

describe('the text of a marker', () => {
  it('is the same in every namespace but for the UID', () => {
    const [here, there] = [splitMarker(marker(UID)), splitMarker(marker('uid-b'))];

    assert.deepEqual([here.namespaceUid, there.namespaceUid], [UID, 'uid-b']);
    assert.equal(here.common, there.common);
    assert.equal(here.common, marker(''));
  });

  const whole: Readonly<Record<string, string>> = {
    garbage: '{',
    'a newer version': marker(UID).replace('"v":1', '"v":2'),
    'another order': JSON.stringify({ ...(JSON.parse(marker(UID)) as object), v: 1 }).replace('{"v":1,', '{ "v":1,'),
    'no UID': marker(''),
    'a second namespace': marker(UID).replace('"by"', '"namespace":"","by"'),
    'a second namespace in other letters': marker(UID).replace('"by"', '"n\\u0061mespace":"","by"'),
    'a label of that name': marker(UID, { labels: { namespace: 'hash' } }),
  };
  for (const [title, text] of Object.entries(whole)) {
    it(`stays whole for ${title}`, () => {
      assert.deepEqual(splitMarker(text), { common: text, namespaceUid: undefined });
    });
  }

  it('is put together again as it was, whatever a tenant wrote', () => {
    const pieces = fc.constantFrom('{"v":1,"installation":"', 'x', '\\"', '","namespace":"', UID, '"', '","name":"a"}');
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join('')),
      fc.uuid().map((uid) => marker(uid)),
    );

    fc.assert(fc.property(texts, (text) => assert.equal(joinMarker(splitMarker(text)), text)));
  });

  it('is compared as a whole, however it was split', () => {
    const labels = { labels: { namespace: 'hash' } };
    const written = { common: marker('', labels), namespaceUid: UID };

    assert.ok(isSameMarker(splitMarker(marker(UID, labels)), written));
    assert.ok(isSameMarker(splitMarker(marker(UID)), { common: marker(''), namespaceUid: UID }));
    assert.ok(!isSameMarker(splitMarker(marker(UID)), { common: marker(''), namespaceUid: 'uid-b' }));
    assert.ok(!isSameMarker(splitMarker(marker(UID, labels)), { common: marker(''), namespaceUid: UID }));
  });
});
