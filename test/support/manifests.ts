// What `kubectl apply -k manifests` would send: our kustomizations only list files and folders.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseYaml, parseYamlDocuments } from '../../src/lib/yaml.ts';

export const manifestsFolder = fileURLToPath(new URL('../../manifests', import.meta.url));

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The objects of a kustomization's files, in order. */
export function renderManifests(folder = manifestsFolder): readonly Manifest[] {
  const { resources, ...rest } = parseYaml(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const transformers = Object.keys(rest).filter((key) => !['apiVersion', 'kind'].includes(key));
  if (transformers.length > 0)
    throw new Error(`kustomization.yaml does more than list resources: ${transformers.join(', ')}`);
  return resources.flatMap((path) =>
    path.endsWith('.yaml') ? readManifests(join(folder, path)) : renderManifests(join(folder, path)),
  );
}

/** The objects of one file. */
export function readManifests(file: string): readonly Manifest[] {
  return parseYamlDocuments(readFileSync(file, 'utf8')) as Manifest[];
}

interface Kustomization {
  readonly resources: readonly string[];
}
