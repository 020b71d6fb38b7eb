// The samples of manifests/samples/ as tests see them: credentials as the API server would store them, and their Secrets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ClusterRegistryCredential, RegistryCredential } from '../../src/api/registry-credential.ts';
import { crds } from '../../src/api/schemas.ts';
import { compileCrd } from '../../src/lib/crd-validation.ts';
import { parseYamlDocuments } from '../../src/lib/yaml.ts';

interface SampleSecret {
  readonly kind: 'Secret';
  readonly metadata: { readonly name: string };
  readonly type?: string;
  readonly stringData: Readonly<Record<string, string>>;
}

export interface Sample {
  /** Valid by the CRDs, with their defaults. */
  readonly credentials: readonly (RegistryCredential | ClusterRegistryCredential)[];
  readonly secrets: ReadonlyMap<string, SampleSecret>;
}

export function readSample(provider: string): Sample {
  const file = new URL(`../../manifests/samples/${provider}.yaml`, import.meta.url);
  const objects = parseYamlDocuments(readFileSync(file, 'utf8')) as { kind: string }[];
  const secrets = objects.filter((object): object is SampleSecret => object.kind === 'Secret');
  return {
    credentials: objects.filter(({ kind }) => kind.endsWith('RegistryCredential')).map(stored),
    secrets: new Map(secrets.map((secret) => [secret.metadata.name, secret])),
  };
}

function stored(object: { kind: string }): RegistryCredential | ClusterRegistryCredential {
  const crd = crds.find(({ spec }) => spec.names.kind === object.kind) ?? assert.fail(`no CRD for ${object.kind}`);
  const { validate, unknownFields, normalise } = compileCrd(crd);
  const fields = { ...object };
  assert.deepEqual(unknownFields(fields), []);
  assert.deepEqual(validate(fields), []);
  return normalise(fields) as unknown as RegistryCredential;
}
