import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseChallenge, parseChallenges } from '../../src/verification/challenge.ts';

const plain = (header: string): unknown =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('challenge', () => {
  for (const [title, header, expected] of [
    [
      'one Bearer challenge',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
      [['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' }]],
    ],
    [
      'two challenges in one header',
      'Bearer realm="https://a.example/t",service="s",Basic realm="b"',
      [
        ['bearer', { realm: 'https://a.example/t', service: 's' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'unquoted values with spaces after the commas',
      'Bearer realm=https://cp.icr.io/oauth/token, service=registry, scope=repository:x:pull',
      [['bearer', { realm: 'https://cp.icr.io/oauth/token', service: 'registry', scope: 'repository:x:pull' }]],
    ],
    [
      'names and schemes in any case',
      'BEARER Realm="https://a.example/t"',
      [['bearer', { realm: 'https://a.example/t' }]],
    ],
    [
      'commas and escapes inside quotes',
      'Bearer realm="https://a.example/t?x=1,2",service="a\\"b"',
      [['bearer', { realm: 'https://a.example/t?x=1,2', service: 'a"b' }]],
    ],
    [
      'an empty scope',
      'Bearer realm="https://a.example/t",scope=""',
      [['bearer', { realm: 'https://a.example/t', scope: '' }]],
    ],
    [
      'a bare scheme',
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['nothing', '', []],
    ['garbage', '"', []],
  ] as const) {
    it(`F105: reads ${title}`, () => {
      assert.deepEqual(plain(header), expected);
    });
  }

  it('F105: prefers Bearer, and takes none without a realm', () => {
    assert.equal(
      chooseChallenge(parseChallenges('Basic realm="x", Bearer realm="https://a.example/t"'))?.scheme,
      'bearer',
    );
    assert.equal(chooseChallenge(parseChallenges('Bearer service="s", Basic realm="x"'))?.scheme, 'basic');
    assert.equal(chooseChallenge(parseChallenges('Digest realm="x"')), undefined);
  });

  it('F262: never throws and never hangs, whatever a registry answers', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (header) => {
        parseChallenges(header);
      }),
    );
    assert.deepEqual(parseChallenges('a='.repeat(10_000)), []);
  });
});
