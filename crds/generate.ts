// Writes everything that is made from crds/clusterregistrycredentials.yaml: npm run generate. A test compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseYaml, stringifyYaml } from '../src/lib/yaml.ts';
import { deriveNamespaced } from './derive.ts';
import type { Crd } from './derive.ts';
import { reasonsPage } from './reasons-page.ts';
import { referenceOf } from './reference.ts';
import { typesOf } from './types.ts';

const SOURCE = 'crds/clusterregistrycredentials.yaml';
const HEADER = `Made from ${SOURCE} by "npm run generate"; do not edit.`;
const ROOT = new URL('../', import.meta.url);

/** Path, from the root of the project, to content: what should stand there. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const cluster = parseYaml(readFileSync(new URL(SOURCE, ROOT), 'utf8')) as Crd;
  const crds = [cluster, deriveNamespaced(cluster)];
  return {
    'crds/registrycredentials.yaml': `# ${HEADER}\n${stringifyYaml(crds[1])}`,
    'src/api/registry-credential.ts': `// The types of both kinds. ${HEADER}\n\n${await typesOf(cluster)}`,
    'src/api/schemas.ts': schemasOf(crds),
    'docs/reasons.md': reasonsPage(),
    'docs/reference.md': `<!-- ${HEADER} -->\n${referenceOf(crds)}`,
  };
}

function schemasOf(crds: readonly Crd[]): string {
  return `// The CRDs as data, for the sandbox and for commands that check manifests. ${HEADER}

/** A CustomResourceDefinition, as much of it as is read here. */
export interface CrdManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources: { readonly status: object };
      readonly schema: { readonly openAPIV3Schema: object };
      readonly [other: string]: unknown;
    }[];
    readonly [other: string]: unknown;
  };
}

export const crds: readonly CrdManifest[] = ${JSON.stringify(crds, null, 1)};
`;
}

if (import.meta.main) {
  for (const [path, content] of Object.entries(await generate())) writeFileSync(new URL(path, ROOT), content);
}
