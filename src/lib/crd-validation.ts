// A CRD's schema and CEL rules in process, by libraries, with the verdicts and (nearly) the words of kube-apiserver: for
// the sandbox and for commands that check manifests. Left out: ratcheting, messageExpression, fieldPath, cost limits.
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { Environment, EvaluationError, Optional } from '@marcbachmann/cel-js';
import { isLabelValue, isQualifiedName } from './label-format.ts';
import { ruleError, toFieldError } from './schema-errors.ts';
import {
  childrenOf,
  counterpart,
  duplicates,
  isRecord,
  nameOf,
  normalised,
  unknownFields,
} from './structural-schema.ts';
import type { FieldError, Node, StructuralSchema } from './structural-schema.ts';

export type { FieldError } from './structural-schema.ts';
type KubernetesObject = Readonly<Record<string, unknown>>;

/** As much of a CustomResourceDefinition as is read here. */
export interface CrdLike {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[];
  };
}

export interface CompiledCrd {
  /** A copy with nulls dropped, defaults filled in, unknown fields pruned: what would be stored. */
  readonly normalise: (object: KubernetesObject) => Record<string, unknown>;
  /** Paths of the fields that the schema does not know: for strict decoding. */
  readonly unknownFields: (object: KubernetesObject) => string[];
  /** What is wrong with an object, [] if nothing. It is normalised first; with `old` the transition rules run too. */
  readonly validate: (object: KubernetesObject, old?: KubernetesObject) => FieldError[];
}

type Rule = (scope: { self: unknown; oldSelf?: unknown }) => unknown;

// Longer text than any bound of ours is refused by maxLength already: no pattern needs to run over a megabyte.
const LONGEST_MATCHED = 4096;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

// With one of these the API server does not run the rules: they could meet values that they are not made for.
const BLOCKING = ['type', 'required', 'enum', 'maxLength', 'maxItems', 'maxProperties'];
const RULES_SKIPPED: FieldError = {
  field: '<nil>',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; ' +
    'correct the existing errors to complete validation',
};

/** Compiles schema and rules of a CRD's version (the first, if none is named). */
export function compileCrd(crd: CrdLike, version = crd.spec.versions[0]?.name): CompiledCrd {
  const found = crd.spec.versions.find(({ name }) => name === version);
  if (!found) throw new Error(`Cannot compile CRD of kind "${crd.spec.names.kind}": no version "${version ?? ''}"`);
  const schema: StructuralSchema = found.schema.openAPIV3Schema;
  const check = compileSchema(schema);
  const rules = compileRules(schema);
  const normalise = (object: KubernetesObject): Record<string, unknown> => normalised(schema, object);
  return {
    normalise,
    unknownFields: (object) => unknownFields(schema, object),
    validate(object, old) {
      const value = normalise(object);
      const root: Node = { path: '', schema, value };
      const schemaErrors = check(value) ? [] : (check.errors ?? []);
      const errors = [...schemaErrors.map((error) => toFieldError(error, value)), ...duplicates(root)];
      if (schemaErrors.some(({ keyword }) => BLOCKING.includes(keyword))) return [...errors, RULES_SKIPPED];
      return [...errors, ...brokenRules(root, old && normalise(old), rules)];
    },
  };
}

function compileSchema(schema: StructuralSchema): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, code: { regExp: boundedRegExp } });
  ajv.addFormat('date-time', RFC3339).addFormat('int32', true).addFormat('int64', true);
  return ajv.compile(schema);
}

const boundedRegExp = Object.assign(
  (pattern: string, flags: string) => {
    const expression = new RegExp(pattern, flags);
    // ajv keeps compiled patterns by their toString()
    return { test: (text: string) => text.length > LONGEST_MATCHED || expression.test(text), toString: () => pattern };
  },
  { code: 'new RegExp' },
);

/** Every rule of the schema, parsed once; a rule that does not parse is a fault of the CRD and throws. */
function compileRules(
  schema: StructuralSchema,
  environment = celEnvironment(),
  rules = new Map<string, Rule>(),
): Map<string, Rule> {
  for (const { rule } of schema['x-kubernetes-validations'] ?? []) {
    if (!rules.has(rule)) rules.set(rule, environment.parse(rule) as Rule);
  }
  const below = [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items];
  for (const child of below) if (child) compileRules(child, environment, rules);
  return rules;
}

class FormatLibrary {
  readonly name = 'format';
}
class Format {
  readonly test: (text: string) => boolean;
  constructor(test: (text: string) => boolean) {
    this.test = test;
  }
}

// Kubernetes adds `format` to CEL (its library "format", 1.31); the package has no such functions, so here are two.
function celEnvironment(): Environment {
  return new Environment({ enableOptionalTypes: true })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn')
    .registerType('FormatLibrary', FormatLibrary)
    .registerType('Format', Format)
    .registerConstant('format', 'FormatLibrary', new FormatLibrary())
    .registerFunction('FormatLibrary.qualifiedName(): Format', () => new Format(isQualifiedName))
    .registerFunction('FormatLibrary.labelValue(): Format', () => new Format(isLabelValue))
    .registerFunction('Format.validate(string): optional<list<string>>', (format: Format, text: string) =>
      format.test(text) ? Optional.none() : Optional.of(['does not fit the format']),
    );
}

/** Depth first, as the API server: a transition rule runs only where the old object has the same value. */
function brokenRules(node: Node, old: unknown, rules: ReadonlyMap<string, Rule>): FieldError[] {
  const below = childrenOf(node).flatMap((child) => brokenRules(child, counterpart(node, child, old), rules));
  const list = node.schema['x-kubernetes-validations'] ?? [];
  if (list.length === 0) return below;
  const scope = { self: toCel(node), oldSelf: toCel({ ...node, value: old }) };
  const own = list.flatMap(({ rule, message }): FieldError[] => {
    if (/\boldSelf\b/.test(rule) && old === undefined) return [];
    const problem = problemOf(rule, rules, scope);
    const text = problem === 'broken' ? (message ?? `failed rule: ${rule}`) : problem;
    return text === undefined ? [] : [ruleError(node.path, node.value, text)];
  });
  return [...own, ...below];
}

function problemOf(
  rule: string,
  rules: ReadonlyMap<string, Rule>,
  scope: { self: unknown; oldSelf: unknown },
): string | undefined {
  try {
    return rules.get(rule)?.(scope) === true ? undefined : 'broken';
  } catch (error) {
    return `rule evaluation error: ${error instanceof EvaluationError ? error.code : 'unknown'}: ${rule}`;
  }
}

/** CEL has integers, JavaScript only bigint for them; names that a schema does not know are not seen by rules. */
function toCel(node: Node): unknown {
  if (node.schema.type === 'integer' && Number.isInteger(node.value)) return BigInt(node.value as number);
  if (Array.isArray(node.value)) return childrenOf(node).map(toCel);
  if (!isRecord(node.value)) return node.value;
  if (node.path === 'metadata') return node.value;
  const fields = childrenOf(node).map((child): [string, unknown] => [nameOf(node, child), toCel(child)]);
  // A map may hold any key, also "constructor", by which the package would take an object for a type of its own.
  return node.schema.additionalProperties ? new Map(fields) : Object.fromEntries(fields);
}
