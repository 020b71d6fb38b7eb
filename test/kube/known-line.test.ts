import assert from 'node:assert/strict';
import fc from 'fast-check';
import { versionIn } from '../../src/kube/known-line.ts';

const UID = '0d5e8f5c-5b3b-4b57-9a3c-8f0f5d6d9a01';
const OBJECT = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name: 'regcred-managed', namespace: 'team-a', uid: UID, resourceVersion: '42', labels: { a: 'b' } },
  data: { '.dockerconfigjson': 'x'.repeat(2000) },
};
const lineOf = (type: string, object: object): Buffer => Buffer.from(JSON.stringify({ type, object }));

describe('the beginning of a line of a watch', () => {
  it('says which version of which object the line is about', () => {
    const { name, namespace, uid, resourceVersion } = OBJECT.metadata;

    for (const type of ['ADDED', 'MODIFIED']) {
      assert.deepEqual(versionIn(lineOf(type, OBJECT)), { name, namespace, uid, resourceVersion });
    }
    const { namespace: _none, ...metadata } = OBJECT.metadata;
    const clusterWide = lineOf('ADDED', { ...OBJECT, metadata });
    assert.deepEqual(versionIn(clusterWide), { name, namespace: undefined, uid, resourceVersion });
  });

  const { name, namespace, uid, resourceVersion } = OBJECT.metadata;
  const others: Readonly<Record<string, Buffer>> = {
    'a deletion': lineOf('DELETED', OBJECT),
    'a bookmark': lineOf('BOOKMARK', { kind: 'Secret', apiVersion: 'v1', metadata: { resourceVersion: '42' } }),
    'another order': lineOf('ADDED', { metadata: OBJECT.metadata, kind: 'Secret', apiVersion: 'v1' }),
    'an object made by a prefix': lineOf('ADDED', {
      ...OBJECT,
      metadata: { name, generateName: 'regcred-', namespace, uid, resourceVersion, labels: {} },
    }),
    'no version': lineOf('ADDED', { ...OBJECT, metadata: { name, namespace, uid } }),
    garbage: Buffer.from('{"type":"ADDED","object":'),
  };
  for (const [title, line] of Object.entries(others)) {
    it(`does not say it for ${title}`, () => {
      assert.equal(versionIn(line), undefined);
    });
  }

  it('says what the whole line says, or nothing', () => {
    const texts = fc.constantFrom('a', 'team-a', 'a"b', 'a\\b', 'ü', '42', '');
    const metadata = fc.record({
      name: texts,
      namespace: texts,
      uid: texts,
      resourceVersion: texts,
      labels: fc.object(),
    });
    fc.assert(
      fc.property(metadata, (one) => {
        const version = versionIn(lineOf('MODIFIED', { kind: 'Secret', apiVersion: 'v1', metadata: one }));
        const { labels: _labels, ...whole } = one;
        if (version) assert.deepEqual(version, whole);
      }),
    );
  });
});
