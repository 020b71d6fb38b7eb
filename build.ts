// `npm run build`: the command as a bundle with splitting, so that each command loads only what it uses.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Packages in CommonJS call require() for Node's own modules; a module has none. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** An import of node:http reads all that it exports, and one of these loads Node's own undici (docs/benchmarks.md). A require does not. */
const requiredHttp: Plugin = {
  name: 'required-http',
  setup(of) {
    of.onResolve({ filter: /^node:http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: 'required' } : undefined,
    );
    of.onLoad({ filter: /./, namespace: 'required' }, () => ({ contents: "module.exports = require('node:http');" }));
  },
};

/**
 * What a library loads at its start for something that we never ask for: undici for HTTP/2 (it does without where Node has none), prom-client
 * for exemplars of its default metrics (docs/benchmarks.md, "Where the memory goes").
 */
const LEFT_OUT: readonly { readonly what: RegExp; readonly by: string }[] = [
  { what: /^node:http2$/, by: 'node_modules/undici/' },
  { what: /^@opentelemetry\/api$/, by: 'node_modules/prom-client/' },
];

const leftOut: Plugin = {
  name: 'left-out',
  setup(of) {
    for (const { what, by } of LEFT_OUT) {
      of.onResolve({ filter: what }, ({ path, importer }) =>
        importer.startsWith(join(root, by)) ? { path, namespace: 'left-out' } : undefined,
      );
    }
    of.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = { constants: {} };' }));
  },
};

/**
 * Writes `regcred.js` and `chunks/` into a folder, which is emptied first. The benchmark has an entry of its own. Answers what
 * went into which file.
 */
export async function bundle(folder: string, entry = 'src/main.ts'): Promise<Metafile> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: 'regcred' }],
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.5',
    // Modules where a package has them: what is not used of them stays out, two thirds of the AWS SDK.
    mainFields: ['module', 'main'],
    // Names stay: stack traces are read by people, and errors are told apart by their class.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    plugins: [requiredHttp, leftOut],
    banner: { js: REQUIRE },
    logLevel: 'warning',
    metafile: true,
  });
  makeExecutable(join(folder, 'regcred.js'));
  return metafile;
}

function makeExecutable(file: string): void {
  writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`);
  chmodSync(file, 0o755);
}

if (import.meta.main) await bundle(join(root, 'dist'));
