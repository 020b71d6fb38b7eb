import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  keysOf,
  readMarker,
  readPullSecrets,
  standingOf,
  writeMarker,
  writePullSecrets,
} from '../../src/reconcile/marker.ts';
import type { Marker } from '../../src/reconcile/marker.ts';

const PLACE = { installation: 'regcred-system', namespaceUid: 'uid-team-a', secretName: 'regcred-managed' };

const MARKER: Marker = {
  ...PLACE,
  adopted: false,
  by: [
    { kind: 'ClusterRegistryCredential', name: 'platform', uid: 'uid-1', retain: false },
    { kind: 'RegistryCredential', name: 'team', uid: 'uid-2', retain: true },
  ],
  hosts: new Map([
    ['docker.io', 0],
    ['ghcr.io', 1],
    ['quay.io', 0],
  ]),
  labels: new Map([['cost-centre', 'hash']]),
  annotations: new Map(),
  records: new Map(),
};

const VALID = JSON.parse(writeMarker(MARKER)) as Readonly<Record<string, unknown>>;

describe('the marker', () => {
  it('reads back what it wrote', () => {
    assert.deepEqual(readMarker(writeMarker(MARKER)), MARKER);
  });

  it('F164: is equal text for hosts in another order', () => {
    const reversed = new Map([...MARKER.hosts].reverse());
    assert.equal(writeMarker({ ...MARKER, hosts: reversed }), writeMarker(MARKER));
  });

  it('leaves out what is not so, and keeps it apart from garbage', () => {
    const bare = { ...MARKER, by: [], hosts: new Map(), labels: new Map() };
    assert.deepEqual(JSON.parse(writeMarker(bare)), {
      v: 1,
      installation: 'regcred-system',
      namespace: 'uid-team-a',
      name: 'regcred-managed',
      by: [],
      hosts: {},
    });
    assert.deepEqual(readMarker(writeMarker(bare)), bare);
  });

  it('is read as far as known when a newer operator wrote it', () => {
    assert.deepEqual(readMarker(JSON.stringify({ ...VALID, v: 2, news: [1] })), MARKER);
  });

  const broken: Readonly<Record<string, unknown>> = {
    'no object': [VALID],
    'an older version': { ...VALID, v: 0 },
    'a version that is text': { ...VALID, v: '1' },
    'no installation': { ...VALID, installation: undefined },
    'a namespace that is no text': { ...VALID, namespace: 7 },
    'no name': { ...VALID, name: null },
    'adopted as text': { ...VALID, adopted: 'true' },
    'by as an object': { ...VALID, by: {} },
    'a contributor of another kind': { ...VALID, by: [{ kind: 'Secret', name: 'x', uid: 'y' }], hosts: {} },
    'a contributor without a UID': { ...VALID, by: [{ kind: 'RegistryCredential', name: 'x', uid: '' }], hosts: {} },
    'retain as text': { ...VALID, by: [{ kind: 'RegistryCredential', name: 'x', uid: 'y', retain: 'no' }], hosts: {} },
    'a host of nobody': { ...VALID, hosts: { 'ghcr.io': 2 } },
    'a host of -1': { ...VALID, hosts: { 'ghcr.io': -1 } },
    'a host of 0.5': { ...VALID, hosts: { 'ghcr.io': 0.5 } },
    'hosts as a list': { ...VALID, hosts: ['ghcr.io'] },
    'labels without hashes': { ...VALID, labels: { a: 1 } },
  };
  for (const [title, value] of Object.entries(broken)) {
    it(`reads ${title} as no marker`, () => {
      assert.equal(readMarker(JSON.stringify(value)), undefined);
    });
  }

  it('reads text that is no JSON, too long, or absent as no marker', () => {
    for (const text of [undefined, '', '{', 'null', '"v"', ' '.repeat(200_000) + writeMarker(MARKER)]) {
      assert.equal(readMarker(text), undefined);
    }
  });

  it('never throws, whatever a tenant writes there', () => {
    const mutated = fc.tuple(fc.constantFrom(...Object.keys(VALID)), fc.jsonValue()).map(([field, value]) => {
      return JSON.stringify({ ...VALID, [field]: value });
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated), (text) => {
        const marker = readMarker(text);
        if (marker) assert.deepEqual(readMarker(writeMarker(marker)), marker);
      }),
    );
  });

  it('gives to each credential its keys', () => {
    assert.deepEqual(keysOf(MARKER, 'uid-1'), ['docker.io', 'quay.io']);
    assert.deepEqual(keysOf(MARKER, 'uid-3'), []);
  });
});

describe('what a marker proves', () => {
  it('is ours only under its own name, in its own namespace, by this installation', () => {
    assert.equal(standingOf(MARKER, PLACE), 'ours');
    assert.equal(standingOf(MARKER, { ...PLACE, namespaceUid: 'uid-new' }), 'stale');
    assert.equal(standingOf(MARKER, { ...PLACE, secretName: 'other' }), 'foreign');
    assert.equal(standingOf(MARKER, { ...PLACE, installation: 'other' }), 'foreign');
    assert.equal(standingOf(undefined, PLACE), 'foreign');
  });
});

describe('the set of entries that we added', () => {
  it('is written sorted and once, and goes when it is empty', () => {
    assert.equal(writePullSecrets(['b', 'a', 'b']), '["a","b"]');
    assert.equal(writePullSecrets([]), undefined);
    assert.deepEqual(readPullSecrets('["a","b"]'), ['a', 'b']);
  });

  it('reads garbage as the empty set', () => {
    for (const text of [undefined, '', 'a', '{"a":1}', '[1]', 'null', `["${'a'.repeat(200_000)}"]`]) {
      assert.deepEqual(readPullSecrets(text), []);
    }
  });
});
