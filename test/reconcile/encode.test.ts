import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDockerConfig } from '../../src/lib/keyring.ts';
import { shortHash } from '../../src/lib/hash.ts';
import { createEncoder } from '../../src/reconcile/encode.ts';
import { auth, publishedEntry } from '../support/gen.ts';

describe('the bytes of a pull Secret', () => {
  it('hold sorted hosts, and Docker Hub under both keys that readers ask for', () => {
    const encoded = createEncoder()([publishedEntry('quay.io', 'q'), publishedEntry('docker.io', 'd')]);

    const auths = { 'docker.io': auth('d'), 'https://index.docker.io/v1/': auth('d'), 'quay.io': auth('q') };
    assert.equal(encoded.text, JSON.stringify({ auths }));
    assert.equal(encoded.hash, shortHash(encoded.text));
    assert.deepEqual([...encoded.entries.keys()].sort(), Object.keys(auths));
    assert.ok(encoded.readable);
  });

  it('are made once for each set of winners, and anew for another password', () => {
    const encode = createEncoder();
    const first = encode([publishedEntry('quay.io', 'q1')]);

    assert.equal(encode([publishedEntry('quay.io', 'q1')]), first);
    assert.notEqual(encode([publishedEntry('quay.io', 'q2')]).hash, first.hash);
    for (let i = 0; i < 200; i += 1) encode([publishedEntry('quay.io', `other-${i}`)]);
    assert.notEqual(encode([publishedEntry('quay.io', 'q1')]), first, 'the memory is small');
    assert.deepEqual(encode([publishedEntry('quay.io', 'q1')]), first);
  });

  it('F164: are equal for the same winners in any order, and the kubelet reads them', () => {
    const hosts = fc.constantFrom(
      'docker.io',
      'quay.io',
      'quay.io/team',
      'ghcr.io',
      'r.example.com:5000',
      '*.example.com',
    );
    const winner = fc.record({ host: hosts, password: fc.string({ minLength: 1, unit: 'grapheme' }) });
    const winners = fc.uniqueArray(winner, { selector: ({ host }) => host });
    const inTwoOrders = winners.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );

    fc.assert(
      fc.property(inTwoOrders, ([one, other]) => {
        const [a, b] = [one, other].map((list) =>
          createEncoder()(list.map(({ host, password }) => publishedEntry(host, password))),
        );
        assert.equal(a?.text, b?.text);
        assert.ok(readDockerConfig('kubernetes.io/dockerconfigjson', a?.text ?? '').ok);
      }),
    );
  });
});
