// docs/reference.md: one table per kind, a line per field, from the CRDs.
import type { Crd, Schema } from './derive.ts';

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The page, below its header. */
export function referenceOf(crds: readonly Crd[]): string {
  return `# Reference: the fields of both kinds

API group \`regcred.dev\`, version \`v1alpha1\`. \`kubectl explain\` shows the same text. **R** is required; a field with a
default is filled in by the API server.
${crds.map(kindOf).join('')}`;
}

function kindOf(crd: Crd): string {
  const root = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const { spec, status } = root.properties ?? {};
  const { kind, plural, shortNames, categories } = crd.spec.names;
  return `
## ${kind}

${root.description ?? ''}

\`kubectl get ${plural}\`, short name \`${shortNames.join('`, `')}\`, category \`${categories.join('`, `')}\`; scope: ${crd.spec.scope}.

### Spec of ${kind}

${table(rowsOf('', spec ?? {}))}
### Status of ${kind}

${table(rowsOf('', status ?? {}))}`;
}

/** Depth first, in the order of the schema. */
function rowsOf(path: string, schema: Schema): Row[] {
  if (schema.items) return rowsOf(`${path}[]`, schema.items);
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const row = {
      path: path === '' ? name : `${path}.${name}`,
      schema: child,
      required: schema.required?.includes(name) ?? false,
    };
    return [row, ...rowsOf(row.path, child)];
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ path, schema, required }) => {
    const cells = [`\`${path}\``, typeOf(schema), needOf(schema, required), textOf(schema)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `| field | type | default | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) return `list of ${schema.items.type ?? 'any'}`;
  if (schema.additionalProperties) return `map of ${schema.additionalProperties.type ?? 'any'}`;
  return schema.type ?? '';
}

function needOf(schema: Schema, required: boolean): string {
  if (required) return '**R**';
  return schema.default === undefined || schema.properties
    ? ''
    : `\`${JSON.stringify(schema.default).replace(/^"(.*)"$/, '$1')}\``;
}

const BOUNDS: readonly (readonly [string, string])[] = [
  ['minimum', 'at least'],
  ['maximum', 'at most'],
  ['maxLength', 'length at most'],
  ['minItems', 'items at least'],
  ['maxItems', 'items at most'],
  ['maxProperties', 'keys at most'],
];

function textOf(schema: Schema): string {
  const bounds = BOUNDS.filter(([name]) => schema[name] !== undefined && !schema.enum).map(
    ([name, words]) => `${words} ${String(schema[name])}`,
  );
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const limits = [...bounds, ...rules].join('; ');
  return `${schema.description ?? ''}${limits ? ` (${limits})` : ''}`.trim();
}
