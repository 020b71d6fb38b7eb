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
    const specs: readonly object[] = [
      {},
      { suspend: true },
      { deletionPolicy: 'Retain' },
      { conflictPolicy: 'Adopt' },
      { precedence: 'Enforced' },
      { secretTemplate: { labels: { a: 'b' } } },
      { secretName: 'other' },
    ];
    // the same objects again and again: what is remembered is known by who they are
    const named = (name: string) => fc.constantFrom(...specs.map((spec) => clusterCredential({ name, spec })));
    const credentials = fc.tuple(named('one'), named('two'));
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
    const place = fc.record({
      there,
      departure: fc.constantFrom('departing' as const, 'gone' as const),
      namespace: fc.constantFrom(...namespaces),
    });
    // one set of credentials and tokens, many places: only so two of them meet in the memory
    const places = fc.array(place, { minLength: 2, maxLength: 8 });
    const facts = fc.tuple(credentials, fc.tuple(token, token), places);
    const given = facts.map(([both, [first, second], all]) =>
      all.map(({ namespace, there: standing, departure }): SituationGiven => {
        const isOurs = standing === 'ours' || standing === 'adopted';
        const secret = slimSecret({
          namespace: namespace.name,
          auths,
          ...(isOurs ? { marker: marker(namespace.uid, standing === 'adopted') } : {}),
        });
        return {
          namespace,
          credentials: both,
          tokens: { ...(first ? { 'uid-one': first } : {}), ...(second ? { 'uid-two': second } : {}) },
          secrets: standing === 'nothing' ? [] : [secret],
          departures: isOurs ? { 'uid-gone': departure } : {},
        };
      }),
    );

    fc.assert(
      fc.property(given, (sequence) => {
        const remembering = createDrafts(createEncoder());
        for (const one of sequence) {
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
