// The TypeScript types of both kinds, by json-schema-to-typescript after a small pre-pass: exactly-one rules become
// unions, defaults become required, titles become named types.
import { compile } from 'json-schema-to-typescript';
import { exactlyOne } from './derive.ts';
import type { Crd, Schema } from './derive.ts';

type Json = Record<string, unknown>;

// Cluster kind only: optional in the spec that both kinds share.
const CLUSTER_ONLY = ['namespaces', 'precedence'];

/** The text of src/api/registry-credential.ts, below its header. */
export async function typesOf(cluster: Crd): Promise<string> {
  const { spec, status } = cluster.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
  if (!spec || !status) throw new Error('the cluster kind has no spec or status');
  const definitions = new Map<string, Json>();
  convert(
    { ...spec, required: (spec.required ?? []).filter((name) => !CLUSTER_ONLY.includes(name)) },
    definitions,
    CLUSTER_ONLY,
  );
  convert(status, definitions);
  const text = await compile({ title: 'Unused', definitions: Object.fromEntries(definitions) }, 'Unused', {
    bannerComment: '',
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    additionalProperties: false,
    format: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return `${toReadonly(withoutRoot(text))}\n${kinds(Object.keys(spec.properties?.['provider']?.properties ?? {}))}`;
}

/** A plain JSON schema of the same values. Titled objects go into the definitions, once each. */
function convert(schema: Schema, definitions: Map<string, Json>, optional: readonly string[] = []): Json {
  const plain = {
    ...shapeOf(schema, definitions, optional),
    ...(schema.description && { description: schema.description }),
  };
  if (!schema.title) return plain;
  if (!definitions.has(schema.title)) definitions.set(schema.title, plain);
  return { $ref: `#/definitions/${schema.title}` };
}

function shapeOf(schema: Schema, definitions: Map<string, Json>, optional: readonly string[]): Json {
  if (schema.type === 'array') return { type: 'array', items: schema.items ? convert(schema.items, definitions) : {} };
  if (schema.type !== 'object') return { type: schema.type, ...(schema.enum && { enum: schema.enum }) };
  if (!schema.properties) return { type: 'object', additionalProperties: { type: 'string' } };
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, child]) => [name, convert(child, definitions)]),
  );
  const required = Object.entries(schema.properties)
    .filter(([name, child]) => isRequired(schema, name, child) && !optional.includes(name))
    .map(([name]) => name);
  const union = schema['x-kubernetes-validations']
    ?.map(({ rule }) => exactlyOne(rule))
    .find((names) => names !== undefined);
  return union ? unionOf(union, properties, required) : { type: 'object', properties, required };
}

function isRequired(schema: Schema, name: string, child: Schema): boolean {
  return child.default !== undefined || (schema.required ?? []).includes(name);
}

/** One branch per field, in which the others are undefined: so that all can be read without narrowing first. */
function unionOf(names: readonly string[], properties: Json, required: readonly string[]): Json {
  const branch = (chosen: string): Json => ({
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [
        name,
        names.includes(name) && name !== chosen ? { tsType: 'undefined' } : child,
      ]),
    ),
    required: [...required, chosen],
    additionalProperties: false,
  });
  return { oneOf: names.map(branch) };
}

function withoutRoot(text: string): string {
  return text
    .replace(/export interface Unused \{[^}]*\}\n/, '')
    .replace(/\/\*\*\n \* This (interface|type) was referenced by[\s\S]*?\*\/\n/g, '')
    .replace(/ \*\n \* This (interface|type) was referenced by [^\n]*\n \* via the `definition` [^\n]*\n/g, '');
}

function toReadonly(text: string): string {
  return text
    .replace(/^(\s+)(\w+\??|\[k: string\]): /gm, '$1readonly $2: ')
    .replace(/: (\w+)\[\];/g, ': readonly $1[];');
}

function kinds(providers: readonly string[]): string {
  return `/** The name of a provider, as \`spec.provider\` spells it. */
export type ProviderName = ${providers.map((name) => `'${name}'`).join(' | ')};

/** What each provider is told. Wide enough for both kinds: \`auth.ambient\` is possible in the cluster kind only. */
export interface ProviderSpecs {
${providers.map((name) => `  readonly ${name}: ${name.charAt(0).toUpperCase()}${name.slice(1)}Spec;`).join('\n')}
}

/** As much of \`metadata\` as is read of a credential. */
export interface CredentialMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** For tenants: writes into its own namespace, reads its inputs there. */
export interface RegistryCredential {
  readonly apiVersion: 'regcred.dev/v1alpha1';
  readonly kind: 'RegistryCredential';
  readonly metadata: CredentialMetadata;
  readonly spec: CredentialSpec;
  readonly status?: CredentialStatus;
}

/** For platform administrators: writes into the namespaces it selects, reads its inputs in the operator's. */
export interface ClusterRegistryCredential {
  readonly apiVersion: 'regcred.dev/v1alpha1';
  readonly kind: 'ClusterRegistryCredential';
  readonly metadata: CredentialMetadata;
  readonly spec: ClusterCredentialSpec;
  readonly status?: CredentialStatus;
}

/** The spec of the cluster kind: with what the other kind can not say. */
export type ClusterCredentialSpec = CredentialSpec & Required<Pick<CredentialSpec, 'namespaces' | 'precedence'>>;
`;
}
