import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createEncoder } from '../../../src/reconcile/encode.ts';
import { desired } from '../../../src/reconcile/namespace/desired.ts';
import { createDrafts } from '../../../src/reconcile/namespace/draft.ts';
import {
  auth,
  clusterCredential,
  published,
  situation,
  slimNamespace,
  slimSecret,
  tenantCredential,
} from '../../support/gen.ts';
import type { SituationGiven } from '../../support/gen.ts';

const SHARED = clusterCredential({ name: 'platform' });
const TOKENS = { 'uid-platform': published({ 'quay.io': 'q' }) };
const namespaces = ['team-a', 'team-b'].map((name) => slimNamespace({ name, uid: `uid-${name}` }));

function counting() {
  let encoded = 0;
  const encode = createEncoder();
  const drafts = createDrafts((winners) => {
    encoded += 1;
    return encode(winners);
  });
  return { drafts, encoded: () => encoded };
}

describe('a draft', () => {
  it('is worked out once for all namespaces of one situation, and made out to each', () => {
    const { drafts, encoded } = counting();

    const [a, b] = namespaces.map((namespace) => {
      return desired(situation({ namespace, credentials: [SHARED], tokens: TOKENS }), drafts).secrets[0];
    });

    assert.equal(encoded(), 1);
    assert.equal(a?.config, b?.config);
    assert.deepEqual([a?.marker.namespaceUid, b?.marker.namespaceUid], ['uid-team-a', 'uid-team-b']);
    assert.deepEqual([a?.markerText.namespaceUid, b?.markerText.namespaceUid], ['uid-team-a', 'uid-team-b']);
  });

  it('is made anew for another token, another edition of a credential, and one more credential', () => {
    const { drafts, encoded } = counting();
    const given = { credentials: [SHARED], tokens: TOKENS };
    const changed: readonly SituationGiven[] = [
      given,
      { ...given, tokens: { 'uid-platform': published({ 'quay.io': 'r' }) } },
      { ...given, credentials: [clusterCredential({ name: 'platform', spec: { conflictPolicy: 'Adopt' } })] },
      { credentials: [SHARED, tenantCredential({ name: 'team' })], tokens: { ...TOKENS, 'uid-team': published({}) } },
    ];

    for (const one of changed) desired(situation(one), drafts);

    assert.equal(encoded(), changed.length);
  });

  it('is the same with and without memory, whatever came before', () => {
    const spec = fc.constantFrom<object>(
      {},
      { suspend: true },
      { deletionPolicy: 'Retain' },
      { conflictPolicy: 'Adopt' },
      { precedence: 'Enforced' },
      { secretTemplate: { labels: { a: 'b' } } },
      { secretName: 'other' },
    );
    const credentials = fc
      .tuple(spec, spec)
      .map(([one, other]) => [
        clusterCredential({ name: 'one', spec: one }),
        clusterCredential({ name: 'two', spec: other }),
      ]);
    const token = fc.constantFrom(
      published({ 'quay.io': 'q' }),
      published({ 'quay.io': 'r', 'ghcr.io': 'g' }),
      { ...published({ 'quay.io': 'q' }), waiting: ['ghcr.io'] },
      undefined,
    );
    const marker = (namespaceUid: string, adopted: boolean) => ({
      installation: 'regcred-system',
      namespaceUid,
      secretName: 'regcred-managed',
      adopted,
      by: ['one', 'gone'].map((name) => {
        return { kind: 'ClusterRegistryCredential' as const, name, uid: `uid-${name}`, retain: false };
      }),
      hosts: new Map([
        ['ghcr.io', 0],
        ['docker.io', 1],
      ]),
      labels: new Map<string, string>(),
      annotations: new Map<string, string>(),
      records: new Map(),
    });
    const auths = { 'ghcr.io': auth('old'), 'docker.io': auth('gone') };
    const there = fc.constantFrom('nothing', 'foreign', 'ours', 'adopted');
    const facts = fc.record({
      credentials,
      tokens: fc.tuple(token, token),
      there,
      departure: fc.constantFrom('departing' as const, 'gone' as const),
      namespace: fc.constantFrom(...namespaces),
    });
    const given = facts.map((one): SituationGiven => {
      const [first, second] = one.tokens;
      const isOurs = one.there === 'ours' || one.there === 'adopted';
      const secret = slimSecret({
        namespace: one.namespace.name,
        auths,
        ...(isOurs ? { marker: marker(one.namespace.uid, one.there === 'adopted') } : {}),
      });
      return {
        namespace: one.namespace,
        credentials: one.credentials,
        tokens: { ...(first ? { 'uid-one': first } : {}), ...(second ? { 'uid-two': second } : {}) },
        secrets: one.there === 'nothing' ? [] : [secret],
        departures: isOurs ? { 'uid-gone': one.departure } : {},
      };
    });

    fc.assert(
      fc.property(fc.array(given, { minLength: 1, maxLength: 6 }), (sequence) => {
        const remembering = createDrafts(createEncoder());
        for (const one of [...sequence, ...sequence]) {
          const now = situation(one);
          const plain = JSON.stringify(desired(now, createDrafts(createEncoder())), asText);
          assert.equal(JSON.stringify(desired(now, remembering), asText), plain);
        }
      }),
    );
  });
});

/** Also what JSON leaves out. */
function asText(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...(value as ReadonlyMap<unknown, unknown>)] };
  if (value instanceof Set) return { set: [...(value as ReadonlySet<unknown>)] };
  if (typeof value === 'function') return (value as (name: string) => unknown)('default');
  return value === undefined ? 'undefined' : value;
}
