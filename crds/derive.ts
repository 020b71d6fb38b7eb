// The namespaced kind's CRD, made from the cluster kind's: without what would let a tenant reach beyond its namespace.

/** A structural schema, as much of it as the generators look at. */
export interface Schema {
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
  [other: string]: unknown;
}

export interface Crd {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    group: string;
    scope: string;
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      categories: string[];
    };
    versions: { name: string; schema: { openAPIV3Schema: Schema }; [other: string]: unknown }[];
    [other: string]: unknown;
  };
}

const EXACTLY_ONE = /^\[(has\(self\.\w+\)(?:, has\(self\.\w+\))*)\]\.filter\(x, x\)\.size\(\) == 1$/;

// Text that is true of the cluster kind only, and what a tenant reads instead.
const WORDING: readonly (readonly [string, string])[] = [
  [
    'writes them into a pull Secret in every selected namespace, and',
    "writes them into a pull Secret in this object's own namespace and nowhere else, and",
  ],
  [
    'It must carry the label `regcred.dev/input: "true"`.',
    'The operator reads it only where an administrator bound the consent role of the operator there.',
  ],
  ["in the operator's namespace", "in this credential's own namespace"],
];

/** The names of an exactly-one rule, undefined for any other rule. */
export function exactlyOne(rule: string): string[] | undefined {
  const list = EXACTLY_ONE.exec(rule)?.[1];
  return list?.split(', ').map((term) => term.slice('has(self.'.length, -1));
}

/** The rule and its message for these fields. */
function exactlyOneRule(names: readonly string[]): { rule: string; message: string } {
  return {
    rule: `[${names.map((name) => `has(self.${name})`).join(', ')}].filter(x, x).size() == 1`,
    message: `must set exactly one of ${names.map((name) => `\`${name}\``).join(', ')}`,
  };
}

/** RegistryCredential's CRD: no `namespaces`, no `precedence`, no `auth.ambient`. */
export function deriveNamespaced(cluster: Crd): Crd {
  const crd = structuredClone(cluster);
  crd.metadata.name = 'registrycredentials.regcred.dev';
  crd.spec.scope = 'Namespaced';
  crd.spec.names = {
    ...crd.spec.names,
    kind: 'RegistryCredential',
    listKind: 'RegistryCredentialList',
    plural: 'registrycredentials',
    singular: 'registrycredential',
    shortNames: ['regcred'],
  };
  for (const version of crd.spec.versions) deriveSchema(version.schema.openAPIV3Schema);
  return crd;
}

function deriveSchema(root: Schema): void {
  const spec = root.properties?.['spec'];
  const provider = spec?.properties?.['provider'];
  if (!spec || !provider) throw new Error('the cluster kind has no spec.provider');
  removeField(spec, 'namespaces');
  removeField(spec, 'precedence');
  for (const { properties } of Object.values(provider.properties ?? {})) {
    if (properties?.['auth']) removeField(properties['auth'], 'ambient');
  }
  reword(root);
}

/** Takes a field out of an object's schema, and out of the rules that count it. */
function removeField(schema: Schema, name: string): void {
  if (schema.properties) schema.properties = without(schema.properties, name);
  if (schema.required) schema.required = schema.required.filter((field) => field !== name);
  const rules = schema['x-kubernetes-validations'];
  if (!rules) return;
  const kept = rules.map((entry) => {
    const names = exactlyOne(entry.rule)?.filter((field) => field !== name);
    return names ? exactlyOneRule(names) : entry;
  });
  schema['x-kubernetes-validations'] = kept;
}

function without<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

function reword(schema: Schema): void {
  if (schema.description !== undefined) {
    schema.description = WORDING.reduce((text, [from, to]) => text.replaceAll(from, to), schema.description);
  }
  for (const child of childrenOf(schema)) reword(child);
}

/** The schemas directly below one. */
export function childrenOf(schema: Schema): Schema[] {
  return [
    ...Object.values(schema.properties ?? {}),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
    ...(schema.items ? [schema.items] : []),
  ];
}
