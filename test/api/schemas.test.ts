import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { crds } from '../../src/api/schemas.ts';
import { compileCrd } from '../../src/lib/crd-validation.ts';
import { childrenOf, exactlyOne } from '../../crds/derive.ts';
import { generate } from '../../crds/generate.ts';
import type { Crd, Schema } from '../../crds/derive.ts';
import { badObjects, clusterObject, basicSpec, goodObjects, tenantObject, unknownFields } from './objects.ts';
import type { ApiObject } from './objects.ts';

const compiled = new Map(crds.map((crd) => [crd.spec.names.kind, compileCrd(crd)]));

function compiledFor({ kind }: ApiObject): ReturnType<typeof compileCrd> {
  return compiled.get(kind)!;
}

function validate(object: ApiObject): string[] {
  return compiledFor(object)
    .validate({ ...object })
    .map(({ field, message }) => `${field}: ${message}`);
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly schema: Schema;
}

/** Every schema of a kind with its path, the root and what the API server owns left out. */
function placesOf(crd: Crd): Place[] {
  const { spec, status } = crd.spec.versions[0]!.schema.openAPIV3Schema.properties!;
  return [...below('spec', spec!), ...below('status', status!)];
}

function below(path: string, schema: Schema): Place[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => below(`${path}.${name}`, child));
  const items = schema.items ? below(`${path}[]`, schema.items) : [];
  const values = schema.additionalProperties ? below(`${path}{}`, schema.additionalProperties) : [];
  return [{ path, name: path.split('.').at(-1)!, schema }, ...fields, ...items, ...values];
}

const kinds = crds as unknown as readonly Crd[];

describe('the examples of the API', () => {
  for (const { title, object } of goodObjects) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(validate(object), []);
      assert.deepEqual(compiledFor(object).unknownFields({ ...object }), []);
    });
  }

  it('accepts what is left in place after a round through the API server', () => {
    for (const { object } of goodObjects) {
      const stored = compiledFor(object).normalise({ ...object });
      assert.deepEqual(compiledFor(object).normalise(stored), stored);
    }
  });
});

describe('bad objects', () => {
  for (const { title, object, says } of badObjects) {
    it(title.replace(/^(F\d+: )?(.*)$/, '$1refuses $2'), () => {
      const text = validate(object).join('\n');

      assert.notEqual(text, '', 'it was accepted');
      for (const fragment of says) assert.ok(text.includes(fragment), `"${fragment}" not in:\n${text.slice(0, 2000)}`);
    });
  }

  for (const { title, object, field } of unknownFields) {
    it(`${title} is no field of the API`, () => {
      assert.deepEqual(compiledFor(object).unknownFields({ ...object }), [field]);
      const stored = JSON.stringify(compiledFor(object).normalise({ ...object }));
      assert.ok(!stored.includes('evil.example') && !stored.includes('kube-system') && !stored.includes('Enforced'));
    });
  }

  it('F227: refuses every wrong JSON type at every place of the examples', () => {
    const wrong = ['x', 7, 1.5, true, [], {}, [7], { a: 7 }];
    for (const { title, object } of goodObjects) {
      const stored = compiledFor(object).normalise({ ...object })['spec'];
      for (const path of pathsIn(stored)) {
        for (const value of wrong.filter((other) => typeOf(other) !== typeOf(valueAt(stored, path)))) {
          const changed = { ...object, spec: changedAt(stored, path, value) };
          assert.notDeepEqual(validate(changed), [], `${title}: ${path.join('.')} = ${JSON.stringify(value)}`);
        }
      }
    }
  });

  it('F227: gives a verdict on any JSON, without a throw', () => {
    const anySpec = fc.jsonValue({ maxDepth: 4 });
    const anyProvider = fc.dictionary(fc.constantFrom('ecr', 'static', 'x'), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.oneof(anySpec, fc.record({ provider: anyProvider, secretTemplate: anySpec })), (spec) => {
        assert.ok(Array.isArray(validate(clusterObject(spec))));
        assert.ok(Array.isArray(validate(tenantObject(spec))));
      }),
    );
  });

  it('F225: accepts a name of 200 characters and 256 KiB of annotations', () => {
    const object = tenantObject(basicSpec('ghcr.io'), 'x'.repeat(200));
    const annotations = { note: 'x'.repeat(256 * 1024) };
    assert.deepEqual(validate({ ...object, metadata: { ...object.metadata, annotations } as never }), []);
  });

  it('F238: refuses a spec that is nested 1 000 deep, in bounded time', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 1000; level++) deep = { provider: deep };
    assert.match(validate(tenantObject(deep)).join(), /must set exactly one/);
  });

  it('F230: leaves the prototype of objects alone', () => {
    const spec: unknown = JSON.parse('{"__proto__":{"polluted":true},"provider":{"__proto__":{"polluted":true}}}');
    const { unknownFields: unknown, normalise } = compiledFor(clusterObject({}));
    const object = { ...clusterObject(spec) };

    assert.deepEqual(unknown(object), ['spec.__proto__', 'spec.provider.__proto__']);
    assert.ok(!JSON.stringify(normalise(object)).includes('polluted'));
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

describe('the CRDs', () => {
  it('F233: have no field that names a namespace, but for the selection and the counts called `namespaces`', () => {
    const found = kinds.flatMap((crd) =>
      placesOf(crd)
        .filter(({ name }) => /namespace/i.test(name))
        .map(({ path }) => `${crd.spec.names.kind} ${path}`),
    );
    assert.deepEqual(found, [
      'ClusterRegistryCredential spec.namespaces',
      'ClusterRegistryCredential status.namespaces',
      'RegistryCredential status.namespaces',
    ]);
  });

  it('F233: have no field through which a user could direct calls elsewhere', () => {
    const forbidden = /endpoint|url|uri|proxy|^ca$|caBundle|authority|realm|token(?!.*(identity|Token)$)/i;
    const allowed = ['sessionToken'];
    const found = kinds.flatMap(placesOf).filter(({ name }) => forbidden.test(name) && !allowed.includes(name));
    assert.deepEqual(
      found.map(({ path }) => path),
      [],
    );
  });

  it('bound every string, list and map', () => {
    const unbounded = kinds.flatMap(placesOf).filter(({ schema }) => {
      if (schema.type === 'string') return !schema.enum && schema['maxLength'] === undefined;
      if (schema.type === 'array') return schema['maxItems'] === undefined;
      if (schema.type === 'integer') return schema['minimum'] === undefined;
      return schema.additionalProperties !== undefined && schema['maxProperties'] === undefined;
    });
    assert.deepEqual(
      unbounded.map(({ path }) => path),
      [],
    );
  });

  it('describe every field', () => {
    const silent = kinds.flatMap(placesOf).filter(({ path, schema }) => !/[\]}]$/.test(path) && !schema.description);
    assert.deepEqual(
      silent.map(({ path }) => path),
      [],
    );
  });

  it('give no default below a list', () => {
    const found = kinds
      .flatMap(placesOf)
      .filter(({ path, schema }) => path.includes('[]') && schema.default !== undefined);
    assert.deepEqual(
      found.map(({ path }) => path),
      [],
    );
  });

  it('have patterns that mean the same in RE2 and in JavaScript', () => {
    for (const pattern of kinds.flatMap(({ spec }) => patternsIn(spec.versions[0]!.schema.openAPIV3Schema))) {
      assert.deepEqual(differencesIn(pattern), [], pattern);
      assert.doesNotThrow(() => new RegExp(pattern, 'u'), pattern);
      assert.match(pattern, /^\^.*\$$|\(\/\|\$\)$/, `${pattern} is not anchored`);
    }
  });

  it('give the kind for tenants neither namespaces nor precedence nor ambient identity', () => {
    const paths = placesOf(kinds.find(({ spec }) => spec.names.kind === 'RegistryCredential')!).map(({ path }) => path);
    assert.deepEqual(
      paths.filter((path) => /^spec\.namespaces|precedence|ambient/.test(path)),
      [],
    );
  });

  it('name in every exactly-one rule the fields that are there', () => {
    for (const { path, schema } of kinds.flatMap(placesOf)) {
      const names = schema['x-kubernetes-validations']?.flatMap(({ rule }) => exactlyOne(rule) ?? []) ?? [];
      assert.deepEqual(
        names.filter((name) => !schema.properties?.[name]),
        [],
        path,
      );
    }
  });
});

describe('generated files', () => {
  it('are fresh', async () => {
    for (const [path, content] of Object.entries(await generate())) {
      const found = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      assert.ok(found === content, `${path} is stale: run "npm run generate"`);
    }
  }).timeout(60_000);
});

function patternsIn(schema: Schema): string[] {
  const inRules = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }) =>
    [...rule.matchAll(/matches\('([^']*)'\)/g)].map(([, pattern]) => pattern!),
  );
  return [
    ...(schema.pattern === undefined ? [] : [schema.pattern]),
    ...inRules,
    ...childrenOf(schema).flatMap(patternsIn),
  ];
}

type Path = readonly string[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, child]) => pathsIn(child, [...path, name]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((at, name) => (at as Record<string, unknown>)[name], value);
}

function changedAt(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  if (name === undefined) return to;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = changedAt(copy[name], rest, to);
  return copy;
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

const BANNED: readonly (readonly [string, RegExp])[] = [
  ['a group with `?`: look-around, inline flags, names', /\(\?/],
  ['a POSIX class', /\[\[:/],
  ['an escape other than \\xHH: Unicode classes, \\s, \\b, back references', /\\(?!x[0-9a-f]{2})/],
  ['a dot: it matches other line ends', /(?<!\[[^\]]*)\./],
  ['a count above 1000', /\{(\d{4,}|\d+,\d{4,})\}/],
];

function differencesIn(pattern: string): string[] {
  return BANNED.filter(([, expression]) => expression.test(pattern)).map(([name]) => name);
}
