// The providers' pages against the code: parts of objects that the CRDs accept, commands that can be pasted, every reason with its
// cure. What holds for all pages is in docs.test.ts.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failureReasons } from '../src/api/reasons.ts';
import { crds } from '../src/api/schemas.ts';
import { compileCrd } from '../src/lib/crd-validation.ts';
import { parseYaml } from '../src/lib/yaml.ts';
import { providers } from '../src/providers/index.ts';
import { blocksOf, isObject, pastePage } from './support/pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = Object.keys(providers);
const compiled = new Map(crds.map((crd) => [crd.spec.names.kind, compileCrd(crd)]));

type Fields = Readonly<Record<string, unknown>>;

describe("The providers' pages", () => {
  for (const name of names) {
    const page = `docs/providers/${name}.md`;

    it(`${page}: the CRDs accept its parts of objects, too`, () => {
      const blocks = blocksOf(page);
      const parts = blocks.filter((block) => block.language === 'yaml' && !isObject(block));
      const whole = blocks.filter(isObject).map(({ text }) => (parseYaml(text) as Whole).spec.provider[name]);

      assert.ok(whole.length > 0, 'an object to start from');
      assert.deepEqual(
        parts.flatMap(({ text }) =>
          problemsOf(clusterCredential({ [name]: { ...whole[0], ...(parseYaml(text) as Fields) } })),
        ),
        [],
      );
    });

    it(`${page}: its JSON is JSON`, () => {
      for (const { text } of blocksOf(page).filter(({ language }) => language === 'json')) JSON.parse(text);
    });

    it(`${page}: can be pasted from top to bottom, every variable set before it is used`, () => {
      const clouds = ['aws', 'az', 'gcloud', 'ibmcloud', 'oci', 'openssl', 'jq', 'kubectl'];

      const { status, output, files } = pastePage(page, { pretended: clouds });

      assert.equal(status, 0, output);
      for (const [file, text] of Object.entries(files)) assert.doesNotThrow(() => void JSON.parse(text), file);
    });

    it(`${page}: has a row for every reason, and for no other`, () => {
      const text = readFileSync(join(root, page), 'utf8');
      const cells = [...text.matchAll(/^\| ((?:`[A-Z][A-Za-z]+`(?:, )?)+) \|/gm)].map(([, cell = '']) => cell);
      const rows = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason));

      assert.deepEqual(rows.sort(), [...reasonsOf(name)].sort());
    });
  }
});

interface Whole {
  readonly spec: { readonly provider: Readonly<Record<string, Fields>> };
}

function clusterCredential(provider: Fields): Fields {
  return {
    apiVersion: 'regcred.dev/v1alpha1',
    kind: 'ClusterRegistryCredential',
    metadata: { name: 'part' },
    spec: { provider, namespaces: { names: ['*'] } },
  };
}

function problemsOf(object: Fields): readonly string[] {
  const crd = compiled.get(String(object['kind']));
  if (!crd) return [];
  const wrong = crd.validate(object).map(({ field, message }) => `${field}: ${message}`);
  return [...wrong, ...crd.unknownFields(object).map((field) => `${field}: unknown`)];
}

/** Of every provider: what the operator itself finds out about switches, inputs and answers. */
const ALWAYS = [
  'ProviderNotAvailable',
  'InputNotFound',
  'InputInvalid',
  'InputNotAllowed',
  'ConsentMissing',
  'RegistryNotAllowed',
  'InternalError',
];
/** Only what asks a cloud gets answers. */
const OF_CLOUDS = ['MalformedResponse', 'ReturnedExpired'];

function reasonsOf(name: string): ReadonlySet<string> {
  const ofClouds = name === 'static' ? [] : OF_CLOUDS;
  return new Set([...ALWAYS, ...ofClouds, ...ofModes(name), ...inCodeOf(name)]);
}

/** By the CRD: what the modes of a provider can meet before the provider is asked. */
function ofModes(name: string): readonly string[] {
  const crd = crds.find(({ spec }) => spec.names.kind === 'ClusterRegistryCredential');
  const schema = JSON.stringify(
    (crd?.spec.versions[0]?.schema.openAPIV3Schema as Schema).properties['spec']?.properties['provider']?.properties[
      name
    ],
  );
  const ambient = schema.includes('"ambient":') ? ['AmbientForbidden', 'AmbientUnavailable'] : [];
  const docker = schema.includes('"dockerConfig":') ? ['InputUnsupported'] : [];
  return [...ambient, ...docker, ...(schema.includes('"workloadIdentity":') ? ['TokenRequestRefused'] : [])];
}

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
}

/** Failure reasons that stand in a provider's files, and in those that they import. */
function inCodeOf(name: string): readonly string[] {
  const reasons: readonly string[] = failureReasons();
  const found = new Set<string>();
  const start = [`src/providers/${name}.ts`, `src/providers/${name}/index.ts`].filter((file) =>
    existsSync(join(root, file)),
  );
  const [seen, rest] = [new Set<string>(), [...start]];
  for (let file = rest.pop(); file !== undefined; file = rest.pop()) {
    if (seen.has(file) || !/^src\/(providers|lib)\//.test(file)) continue;
    seen.add(file);
    const text = readFileSync(join(root, file), 'utf8');
    for (const [word] of text.matchAll(/\b[A-Z]\w+\b(?=')|\b[A-Z]\w+(?=:)/g))
      if (reasons.includes(word)) found.add(word);
    for (const [, to = ''] of text.matchAll(/'(\.[^']+\.ts)'/g)) rest.push(normalize(join(dirname(file), to)));
  }
  return [...found];
}
