// What an API server does to an object by its CRD's structural schema before it looks at the rules: drops nulls, fills
// in defaults, prunes unknown fields, and finds duplicates in lists that are sets or maps.

/** As much of a structural schema as decides anything here. */
export interface StructuralSchema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

/** One thing that is wrong, at "spec.provider.ecr.registries[0].prefix". */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** One value with its schema and where it stands; the root's path is "". */
export interface Node {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly value: unknown;
}

/** What the API server itself owns at the root of every object. */
const OWN_FIELDS = ['apiVersion', 'kind', 'metadata'];

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object as the API server would store it, if it is accepted. A copy: the given object stays as it is. */
export function normalised(
  schema: StructuralSchema,
  object: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(object).filter(([name]) => OWN_FIELDS.includes(name)));
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => !OWN_FIELDS.includes(name)));
  return { ...structuredClone(own), ...(normalisedValue(withoutOwnFields(schema), rest) as Record<string, unknown>) };
}

/** Paths of fields that the schema does not know: what strict decoding refuses and pruning drops. */
export function unknownFields(schema: StructuralSchema, object: Readonly<Record<string, unknown>>): string[] {
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => !OWN_FIELDS.includes(name)));
  return unknownBelow({ path: '', schema: withoutOwnFields(schema), value: rest });
}

/** Second appearances in lists of type set or map. */
export function duplicates(node: Node): FieldError[] {
  const below = childrenOf(node).flatMap(duplicates);
  const keyOf = listKey(node.schema);
  if (!keyOf || !Array.isArray(node.value)) return below;
  const seen = new Set<string>();
  const own = node.value.flatMap((item: unknown, index) => {
    const key = keyOf(item);
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst ? [] : [{ field: `${node.path}[${index}]`, message: `Duplicate value: ${key}` }];
  });
  return [...own, ...below];
}

/** The values directly below one, each with its schema. */
export function childrenOf({ path, schema, value }: Node): Node[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items
      ? value.map((item: unknown, index) => ({ path: `${path}[${index}]`, schema: items, value: item }))
      : [];
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const childSchema = schemaOf(schema, name);
    return childSchema ? [{ path: joined(path, name), schema: childSchema, value: child }] : [];
  });
}

/** The value of `old` that corresponds to a child of `value`: by field name, by map key of a list, else none. */
export function counterpart(parent: Node, child: Node, old: unknown): unknown {
  if (isRecord(old) && isRecord(parent.value)) {
    const name = nameOf(parent, child);
    return Object.hasOwn(old, name) ? old[name] : undefined;
  }
  if (!Array.isArray(old) || parent.schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keyOf = listKey(parent.schema);
  return old.find((item: unknown) => keyOf?.(item) === keyOf?.(child.value)) as unknown;
}

/** The name under which an object holds a child. */
export function nameOf(parent: Node, child: Node): string {
  return parent.path === '' ? child.path : child.path.slice(parent.path.length + 1);
}

export function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function withoutOwnFields(schema: StructuralSchema): StructuralSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !OWN_FIELDS.includes(name));
  return { ...schema, properties: Object.fromEntries(properties) };
}

function schemaOf(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return schema.additionalProperties;
}

function normalisedValue(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item: unknown) => normalisedValue(items, item)) : structuredClone(value);
  }
  return isRecord(value) ? normalisedObject(schema, value) : value;
}

function normalisedObject(schema: StructuralSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
    const known = schemaOf(schema, name);
    if (!known) return schema['x-kubernetes-preserve-unknown-fields'] ? [[name, structuredClone(child)]] : [];
    return child === null && !known.nullable ? [] : [[name, normalisedValue(known, child)]];
  });
  const result = Object.fromEntries(kept); // defines own fields, also one called __proto__
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (child.default !== undefined && !Object.hasOwn(result, name))
      result[name] = normalisedValue(child, child.default);
  }
  return result;
}

function unknownBelow(node: Node): string[] {
  const { path, schema, value } = node;
  const below = childrenOf(node).flatMap(unknownBelow);
  if (!isRecord(value) || schema['x-kubernetes-preserve-unknown-fields']) return below;
  const own = Object.keys(value).filter((name) => !schemaOf(schema, name));
  return [...own.map((name) => joined(path, name)), ...below];
}

function listKey(schema: StructuralSchema): ((item: unknown) => string) | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => JSON.stringify(item);
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  return (item) => JSON.stringify(Object.fromEntries(keys.map((key) => [key, isRecord(item) ? item[key] : undefined])));
}
