import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identityKey, keyedGroups, specHash, trustDomainOf } from '../../../src/reconcile/credential/identity.ts';
import type { Identity } from '../../../src/reconcile/credential/identity.ts';
import { clusterCredential, tenantCredential } from '../../support/gen.ts';

const identity = fc.record<Identity>({
  provider: fc.constantFrom('ecr', 'gar', 'acr', 'icr', 'ocir'),
  spec: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.string(), fc.integer(), fc.array(fc.string()))),
  scope: fc.string(),
  trustDomain: fc.constantFrom('cluster', 'namespace a', 'namespace b'),
  inputs: fc.dictionary(fc.string({ maxLength: 5 }), fc.string()),
  configuration: fc.string(),
});
const FIELDS = ['provider', 'spec', 'scope', 'trustDomain', 'inputs', 'configuration'] as const;

describe('the key of an identity', () => {
  it('F31: is another one as soon as a single field of spec, inputs or configuration differs', () => {
    fc.assert(
      fc.property(identity, identity, fc.constantFrom(...FIELDS), (one, other, field) => {
        const changed = { ...one, [field]: other[field] };
        const differs = JSON.stringify(one[field]) !== JSON.stringify(changed[field]);
        const isPermuted = differs && sorted(one[field]) === sorted(changed[field]);
        assert.equal(identityKey(one) !== identityKey(changed), differs && !isPermuted);
      }),
    );
  });

  it('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(identity, (one) => {
        const reversed = Object.fromEntries(Object.entries(one.inputs).reverse());
        assert.equal(identityKey({ ...one, inputs: reversed }), identityKey(one));
      }),
    );
  });

  it('F31: is never shared by two trust domains', () => {
    assert.equal(trustDomainOf(clusterCredential()), 'cluster');
    assert.notEqual(trustDomainOf(tenantCredential({ namespace: 'cluster' })), 'cluster');
  });
});

describe('the groups of a credential', () => {
  const icr = (prefixes: readonly string[]) =>
    clusterCredential({
      spec: { provider: { icr: { registries: prefixes.map((prefix) => ({ prefix })), auth: { apiKey: {} } } } },
    });
  const facts = { inputs: { apiKey: 'x' }, configuration: '' };

  it('share a key with other prefixes where the provider says what counts', () => {
    const [one] = keyedGroups(icr(['a.icr.io']), [{ scope: '', prefixes: ['a.icr.io'] }], facts);
    const [other] = keyedGroups(icr(['b.icr.io']), [{ scope: '', prefixes: ['b.icr.io'] }], facts);
    assert.equal(one?.key, other?.key);
  });

  it('share none where it does not', () => {
    const [one] = keyedGroups(icr(['a.icr.io']), undefined, facts);
    const [other] = keyedGroups(icr(['b.icr.io']), undefined, facts);
    assert.notEqual(one?.key, other?.key);
    assert.deepEqual(one?.prefixes, ['a.icr.io']);
  });

  it('know a spec by its content', () => {
    assert.equal(specHash(icr(['a.icr.io'])), specHash(icr(['a.icr.io'])));
    assert.notEqual(specHash(icr(['a.icr.io'])), specHash(icr(['b.icr.io'])));
  });
});

function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
