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

/** Of undici what src/lib/http.ts uses: its index brings WebSockets, caches and mocks along, 4 MB of memory at run time. */
const undiciParts: Plugin = {
  name: 'undici-parts',
  setup(of) {
    of.onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer === join(root, 'src/lib/http.ts') ? { path: 'parts', namespace: 'undici' } : undefined,
    );
    of.onLoad({ filter: /./, namespace: 'undici' }, () => ({ contents: UNDICI_PARTS, resolveDir: root }));
  },
};
const UNDICI_PARTS = `export { default as Agent } from 'undici/lib/dispatcher/agent.js';
export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js';
export { fetch } from 'undici/lib/web/fetch/index.js';`;

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
    plugins: [undiciParts],
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
