import assert from 'node:assert/strict';
import { compileCrd } from '../../src/lib/crd-validation.ts';
import type { CompiledCrd } from '../../src/lib/crd-validation.ts';

/** A CRD whose spec has this schema. */
function crdWith(spec: object, rootRules: readonly object[] = []): CompiledCrd {
  const properties = { metadata: { type: 'object' }, spec };
  const openAPIV3Schema = { type: 'object', properties, 'x-kubernetes-validations': rootRules };
  return compileCrd({ spec: { names: { kind: 'Thing' }, versions: [{ name: 'v1', schema: { openAPIV3Schema } }] } });
}

function rule(text: string, message = 'is broken'): object {
  return { 'x-kubernetes-validations': [{ rule: text, message }] };
}

function messagesOf(crd: CompiledCrd, spec: unknown, old?: unknown): string[] {
  const errors = crd.validate({ spec }, old === undefined ? undefined : { spec: old });
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

describe('a compiled CRD', () => {
  it('accepts what fits, after defaults', () => {
    const crd = crdWith({
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer', default: 3, minimum: 1 } },
      ...rule('self.size >= 1'),
    });
    assert.deepEqual(messagesOf(crd, {}), []);
    assert.deepEqual(messagesOf(crd, { size: null }), []);
  });

  it('reports all mistakes at once', () => {
    const crd = crdWith({
      type: 'object',
      properties: {
        a: { type: 'string', pattern: '^x$' },
        b: { type: 'array', minItems: 1, items: { type: 'string' } },
      },
    });
    assert.deepEqual(messagesOf(crd, { a: 'y', b: [] }), [
      `spec.a: Invalid value: "y": spec.a in body should match '^x$'`,
      'spec.b: Invalid value: 0: spec.b in body should have at least 1 items',
    ]);
  });

  it('does not mix up two patterns', () => {
    const crd = crdWith({
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } },
    });
    assert.deepEqual(messagesOf(crd, { a: 'a', b: 'b' }), []);
  });

  it('skips the rules where a type is wrong, and says so', () => {
    const crd = crdWith({ type: 'object', properties: { a: { type: 'integer' } }, ...rule('self.a > 1') });
    const messages = messagesOf(crd, { a: 'x' });
    assert.equal(messages.length, 2);
    assert.match(messages[1]!, /^<nil>: .* some validation rules were not checked/);
  });

  it('sees integers as integers, lists as lists, and in maps any key', () => {
    const crd = crdWith({
      type: 'object',
      properties: {
        n: { type: 'integer' },
        list: { type: 'array', items: { type: 'integer' } },
        map: { type: 'object', additionalProperties: { type: 'string' } },
      },
      ...rule("self.n + 1 == 3 && self.list.all(i, i > 0) && self.map.all(k, self.map[k] == 'v')"),
    });
    const map = JSON.parse('{"constructor": "v", "__proto__": "v", "toString": "v"}') as object;
    assert.deepEqual(messagesOf(crd, { n: 2, list: [1, 2], map }), []);
    assert.deepEqual(messagesOf(crd, { n: 3, list: [], map: {} }), ['spec: Invalid value: is broken']);
  });

  it('knows has(), also of empty objects', () => {
    const one = { type: 'object', properties: {} };
    const exactlyOne = rule('[has(self.a), has(self.b)].filter(x, x).size() == 1');
    const crd = crdWith({ type: 'object', properties: { a: one, b: one }, ...exactlyOne });
    assert.deepEqual(messagesOf(crd, { a: {} }), []);
    assert.equal(messagesOf(crd, {}).length, 1);
    assert.equal(messagesOf(crd, { a: {}, b: {} }).length, 1);
  });

  it('has the formats of Kubernetes for labels', () => {
    const crd = crdWith({
      type: 'object',
      additionalProperties: { type: 'string' },
      ...rule(
        'self.all(k, !format.qualifiedName().validate(k).hasValue() && !format.labelValue().validate(self[k]).hasValue())',
      ),
    });
    assert.deepEqual(messagesOf(crd, { 'example.com/team': 'a' }), []);
    assert.equal(messagesOf(crd, { 'a b': 'a' }).length, 1);
    assert.equal(messagesOf(crd, { a: 'a b' }).length, 1);
  });

  it('runs a transition rule only where there is an old value', () => {
    const crd = crdWith({
      type: 'object',
      properties: { a: { type: 'string', ...rule('self == oldSelf', 'is immutable') } },
    });
    assert.deepEqual(messagesOf(crd, { a: 'x' }), []);
    assert.deepEqual(messagesOf(crd, { a: 'x' }, {}), []);
    assert.deepEqual(messagesOf(crd, { a: 'x' }, { a: 'x' }), []);
    assert.deepEqual(messagesOf(crd, { a: 'y' }, { a: 'x' }), ['spec.a: Invalid value: "y": is immutable']);
  });

  it('finds the old element of a list of type map by its key', () => {
    const item = { type: 'object', properties: { name: { type: 'string' }, size: { type: 'integer' } } };
    const crd = crdWith({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { ...item, ...rule('self.size >= oldSelf.size', 'may only grow') },
    });
    const old = [
      { name: 'a', size: 5 },
      { name: 'b', size: 1 },
    ];
    assert.deepEqual(
      messagesOf(
        crd,
        [
          { name: 'b', size: 2 },
          { name: 'new', size: 0 },
        ],
        old,
      ),
      [],
    );
    assert.deepEqual(messagesOf(crd, [{ name: 'a', size: 2 }], old), ['spec[0]: Invalid value: may only grow']);
  });

  it('sees the name of the object', () => {
    const crd = crdWith({ type: 'object' }, [{ rule: 'self.metadata.name.size() <= 3', message: 'too long a name' }]);
    assert.deepEqual(crd.validate({ metadata: { name: 'abc' } }), []);
    assert.deepEqual(crd.validate({ metadata: { name: 'abcd' } }), [
      { field: '<nil>', message: 'Invalid value: too long a name' },
    ]);
  });

  it('refuses where a rule fails to run, without the value', () => {
    const crd = crdWith({ type: 'object', properties: { a: { type: 'string' } }, ...rule('self.a.size() > 1') });
    assert.match(messagesOf(crd, {})[0]!, /rule evaluation error/);
  });

  it('takes no time over a megabyte that a bound refuses anyway', () => {
    const crd = crdWith({ type: 'string', maxLength: 10, pattern: '^([a-z]+)+$' });
    assert.match(messagesOf(crd, `${'a'.repeat(1_000_000)}!`)[0]!, /Too long: may not be more than 10 bytes/);
  });

  it('checks times', () => {
    const crd = crdWith({ type: 'string', format: 'date-time' });
    assert.deepEqual(messagesOf(crd, '2026-11-22T01:02:03Z'), []);
    assert.equal(messagesOf(crd, 'tomorrow').length, 1);
  });

  it('throws for a rule that does not parse and for a version that is not there', () => {
    assert.throws(() => crdWith({ type: 'object', ...rule('self. ==') }));
    const crd = { spec: { names: { kind: 'Thing' }, versions: [] } };
    assert.throws(() => compileCrd(crd, 'v9'), /Cannot compile CRD of kind "Thing": no version "v9"/);
  });
});
