// What the pages say, where a test can compare it with the code: links, files, flags, metrics, names, and objects to paste.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonTable } from '../src/api/reasons.ts';
import { crds } from '../src/api/schemas.ts';
import { options } from '../src/config.ts';
import { compileCrd } from '../src/lib/crd-validation.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import { parseYamlDocuments } from '../src/lib/yaml.ts';
import { SERVICES } from '../src/providers/endpoints.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })].sort();

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** First groups of all matches, each once. */
function allIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];
}

interface Pasted {
  readonly kind?: string;
}

/** Whole credentials that stand in a page; parts of a spec are left out. */
function credentialsIn(page: string): readonly Pasted[] {
  const documents = allIn(read(page), /```yaml\n([\s\S]*?)```/g).flatMap(
    (text) => parseYamlDocuments(text) as Pasted[],
  );
  return documents.filter(({ kind }) => kind?.endsWith('RegistryCredential'));
}

function mistakesIn(object: Pasted): readonly unknown[] {
  const crd = crds.find(({ spec }) => spec.names.kind === object.kind) ?? assert.fail(`no CRD for ${object.kind}`);
  const { validate, unknownFields } = compileCrd(crd);
  const fields = { ...object };
  return [...unknownFields(fields), ...validate(fields)];
}

describe('the documentation', () => {
  for (const page of pages)
    it(`${page} links and names only files that exist`, () => {
      const links = allIn(read(page), /\]\((?!https?:)([^)#\s]+)/g).map((link) => join(dirname(page), link));
      const named = allIn(read(page), /`((?:src|test|e2e|bench|docs|manifests|crds)\/[\w./-]*)`/g);
      const files = [...links, ...named].filter((path) => !/\bx\.\w+$/.test(path) && !/\/x(\.test)?\.\w+$/.test(path));

      assert.deepEqual(
        files.filter((path) => !existsSync(join(root, path))),
        [],
      );
    });

  for (const page of pages.filter((one) => credentialsIn(one).length > 0))
    it(`${page} shows only credentials that the API server takes`, () => {
      for (const object of credentialsIn(page)) assert.deepEqual(mistakesIn(object), []);
    });

  it('README.md names every flag of the operator, and no other', () => {
    const row = read('README.md')
      .split('\n')
      .find((line) => line.startsWith('| `regcred run`'));

    assert.deepEqual(
      allIn(row ?? '', /`(--[a-z-]+)`/g).toSorted(),
      Object.values(options)
        .map(({ flag }) => flag)
        .toSorted(),
    );
  });

  it('docs/operations.md names every metric of our own, and every condition', async () => {
    const page = read('docs/operations.md');
    const rendered = await createMetrics().render();

    assert.deepEqual(
      allIn(page, /`(regcred_[a-z_]+)`/g).toSorted(),
      allIn(rendered, /^# TYPE (regcred_[a-z_]+)/gm).toSorted(),
    );
    const types = new Set(reasonTable().map(({ type }) => type));
    for (const type of types) assert.ok(page.includes(`| \`${type}\` |`), type);
  });

  it('docs/configuration.md names every endpoint, and no other', () => {
    const row = read('docs/configuration.md')
      .split('\n')
      .find((line) => line.startsWith('| `endpoints`'));

    assert.deepEqual(
      allIn(row ?? '', /`([a-z0-9-]+)`/g)
        .filter((name) => name !== 'endpoints')
        .toSorted(),
      [...SERVICES].toSorted(),
    );
  });

  it('names no reason that is in no table', () => {
    const known = new Set(reasonTable().map(({ reason }) => reason));
    const named = pages.flatMap((page) => allIn(read(page), /=(?:True|False|Unknown)\/([A-Z][A-Za-z]+)/g));

    assert.deepEqual(
      named.filter((reason) => !known.has(reason)),
      [],
    );
  });
});
