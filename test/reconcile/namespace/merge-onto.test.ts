import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeDockerConfig } from '../../../src/lib/docker-config.ts';
import type { DockerConfig } from '../../../src/lib/docker-config.ts';
import { keyringKey, readDockerConfig } from '../../../src/lib/keyring.ts';
import { mergeOnto } from '../../../src/reconcile/namespace/merge-onto.ts';
import { auth } from '../../support/gen.ts';

function config(entries: Readonly<Record<string, unknown>>): DockerConfig {
  return new Map(Object.entries(entries));
}

/** Raw key to password. */
function merged(live: DockerConfig, ours: DockerConfig, keep: readonly string[]) {
  return Object.fromEntries(
    [...mergeOnto(live, ours, keep)].map(([raw, entry]) => [raw, (entry as { password?: string }).password]),
  );
}

describe('merging our entries onto a live Secret', () => {
  it('keeps of the live entries only what is named, byte for byte', () => {
    const foreign = { auth: 'dXNlcjpw', email: 'x@example.com', odd: [1] };
    const live = config({ 'kept.example.com': foreign, 'dropped.example.com': auth('d') });

    const result = mergeOnto(live, config({ 'ours.example.com': auth('o') }), [
      'kept.example.com',
      'absent.example.com',
    ]);

    assert.deepEqual([...result.keys()].sort(), ['kept.example.com', 'ours.example.com']);
    assert.equal(result.get('kept.example.com'), foreign);
  });

  it('replaces every spelling of a key of ours, and leaves longer paths', () => {
    const spellings = [
      'https://r.example.com',
      'http://r.example.com/',
      'r.example.com/v1/',
      'https://r.example.com/v2/',
    ];
    const live = config({
      ...Object.fromEntries(spellings.map((raw) => [raw, auth('old')])),
      'r.example.com/team': auth('t'),
    });

    assert.deepEqual(merged(live, config({ 'r.example.com': auth('new') }), [...live.keys()]), {
      'r.example.com': 'new',
      'r.example.com/team': 't',
    });
  });

  it('drops what the kubelet could not read: one bad entry ends every pull', () => {
    const live = config({ 'a.example.com': { auth: '%%%' }, 'b.example.com': 7, 'c.example.com': auth('c') });

    assert.deepEqual(merged(live, config({}), [...live.keys()]), { 'c.example.com': 'c' });
  });

  it('F164: gives a config that parses, holds ours, and of the live one only what is kept, by keyring key', () => {
    const host = fc.constantFrom(
      'docker.io',
      'index.docker.io',
      'r.example.com',
      'r.example.com:5000',
      'R.example.com',
    );
    const spelled = fc
      .tuple(
        fc.constantFrom('', 'https://', 'http://', 'ftp://'),
        host,
        fc.constantFrom('', '/', '/v1/', '/v2', '/team', '//', '/%zz'),
      )
      .map((parts) => parts.join(''));
    const entry = fc.oneof(
      fc.string().map(auth),
      fc.record({ auth: fc.oneof(fc.base64String(), fc.string(), fc.integer()) }),
      fc.jsonValue(),
    );
    const live = fc
      .array(fc.tuple(fc.oneof(spelled, fc.string()), entry))
      .map((entries) => new Map<string, unknown>(entries));
    const ours = fc
      .uniqueArray(fc.constantFrom('https://index.docker.io/v1/', 'docker.io', 'r.example.com', 'r.example.com/team'))
      .map((hosts) => new Map<string, unknown>(hosts.map((raw) => [raw, auth('ours')])));
    const given = live.chain((map) => fc.tuple(fc.constant(map), ours, fc.subarray([...map.keys()])));

    fc.assert(
      fc.property(given, ([before, own, keep]) => {
        const untouched = encodeDockerConfig(before);
        const result = mergeOnto(before, own, keep);

        assert.ok(readDockerConfig('kubernetes.io/dockerconfigjson', encodeDockerConfig(result)).ok);
        for (const [raw, value] of own) assert.equal(result.get(raw), value);
        const ownKeys = new Set([...own.keys()].map(keyringKey));
        for (const raw of result.keys()) {
          if (own.has(raw)) continue;
          assert.ok(keep.includes(raw));
          assert.equal(result.get(raw), before.get(raw));
          const key = keyringKey(raw);
          assert.ok(key === undefined || !ownKeys.has(key), raw);
        }
        assert.equal(encodeDockerConfig(before), untouched);
        assert.equal(encodeDockerConfig(mergeOnto(result, own, keep)), encodeDockerConfig(result));
      }),
    );
  });
});
