import assert from 'node:assert/strict';
import { counterpart, childrenOf, duplicates, normalised, unknownFields } from '../../src/lib/structural-schema.ts';
import type { StructuralSchema } from '../../src/lib/structural-schema.ts';

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        mode: { type: 'string', default: 'Auto' },
        deep: { type: 'object', default: {}, properties: { size: { type: 'integer', default: 3 } } },
        maybe: { type: 'string', nullable: true },
        plain: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer' } } },
        },
      },
    },
  },
};

function specOf(spec: unknown): unknown {
  return normalised(schema, { spec })['spec'];
}

describe('an object in the eyes of a structural schema', () => {
  it('gets defaults, also below defaults', () => {
    assert.deepEqual(specOf({}), { mode: 'Auto', deep: { size: 3 } });
    assert.deepEqual(specOf({ mode: 'Off', deep: { size: 1 } }), { mode: 'Off', deep: { size: 1 } });
  });

  it('gets no defaults where the parent is missing', () => {
    assert.deepEqual(normalised(schema, {}), {});
  });

  it('loses nulls, unless they are allowed; a default takes their place', () => {
    const spec = specOf({ mode: null, plain: null, maybe: null });
    assert.deepEqual(spec, { mode: 'Auto', deep: { size: 3 }, maybe: null });
  });

  it('loses fields that the schema does not know, in lists too, but not in maps and free objects', () => {
    const given = { labels: { any: 'x' }, free: { any: { thing: 1 } }, ports: [{ name: 'a', more: 1 }], extra: true };
    const { labels, free, ports, extra } = specOf(given) as Record<string, unknown>;
    assert.deepEqual({ labels, free, ports, extra }, { ...given, ports: [{ name: 'a' }], extra: undefined });
    assert.deepEqual(unknownFields(schema, { spec: given, other: 1 }), ['other', 'spec.extra', 'spec.ports[0].more']);
  });

  it('keeps its metadata, whatever is in it', () => {
    const metadata = { name: 'x', labels: { a: 'b' } };
    assert.deepEqual(normalised(schema, { apiVersion: 'v1', kind: 'K', metadata }), {
      apiVersion: 'v1',
      kind: 'K',
      metadata,
    });
    assert.deepEqual(unknownFields(schema, { metadata }), []);
  });

  it('is not changed itself, and shares nothing with its copy', () => {
    const object = { metadata: { labels: {} }, spec: { free: { a: {} } } };
    const copy = normalised(schema, object);
    assert.deepEqual(object, { metadata: { labels: {} }, spec: { free: { a: {} } } });
    assert.notEqual((copy['spec'] as typeof object.spec).free, object.spec.free);
    assert.notEqual(copy['metadata'], object.metadata);
  });

  it('leaves values of the wrong type alone', () => {
    assert.equal(specOf('text'), 'text');
    assert.deepEqual((specOf({ ports: 'text' }) as Record<string, unknown>)['ports'], 'text');
  });
});

describe('lists that are sets or maps', () => {
  it('name the second appearance', () => {
    const value = { spec: { tags: ['a', 'b', 'a'], ports: [{ name: 'x' }, { name: 'x', port: 1 }] } };
    assert.deepEqual(duplicates({ path: '', schema, value }), [
      { field: 'spec.tags[2]', message: 'Duplicate value: "a"' },
      { field: 'spec.ports[1]', message: 'Duplicate value: {"name":"x"}' },
    ]);
  });

  it('find the old value of an element by its map key, of a field by its name, of other elements none', () => {
    const value = { tags: ['a'], ports: [{ name: 'b' }] };
    const old = { tags: ['a'], ports: [{ name: 'a' }, { name: 'b', port: 7 }] };
    const spec = { path: 'spec', schema: schema.properties!['spec']!, value };
    const [tags, ports] = childrenOf(spec);

    assert.equal(counterpart(spec, ports!, old), old.ports);
    assert.equal(counterpart(ports!, childrenOf(ports!)[0]!, old.ports), old.ports[1]);
    assert.equal(counterpart(tags!, childrenOf(tags!)[0]!, old.tags), undefined);
    assert.equal(counterpart(spec, ports!, {}), undefined);
  });
});
