// The bundle in a folder of its own, and what a run of it loaded: by the names of packages, told by esbuild's metafile.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundle } from '../../build.ts';

export interface TestBundle {
  /** For files beside the bundle. */
  readonly folder: string;
  start(...words: readonly string[]): BundleRun;
  remove(): void;
}

export interface BundleRun {
  readonly child: ChildProcess;
  /** Names of files of the bundle that were loaded so far. */
  files(): readonly string[];
  /** Names of the npm packages in them. */
  packages(): readonly string[];
  log(): string;
  /** The exit code, after SIGTERM if it still runs. */
  stop(): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

/** Writes down each file as it is loaded. */
const LISTING = `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const load = (url, context, next) => (appendFileSync(process.env.LOADED_FILES, url + '\\n'), next(url, context));
registerHooks({ load });`;

export async function makeBundle(): Promise<TestBundle> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'regcred-bundle-')));
  const dist = join(folder, 'dist');
  const packages = new Map(
    Object.entries((await bundle(dist)).outputs).map(([file, { inputs }]) => [basename(file), packagesIn(inputs)]),
  );
  let runs = 0;
  return {
    folder,
    start: (...words) => {
      const listed = join(folder, `loaded-${(runs += 1)}`);
      const preload = `data:text/javascript,${encodeURIComponent(LISTING)}`;
      const child = spawn(process.execPath, ['--import', preload, join(dist, 'regcred.js'), ...words], {
        // nobody is there: no proxy carries calls to this machine, where the clouds of these tests are
        env: { PATH: process.env['PATH'] ?? '', LOADED_FILES: listed, HTTPS_PROXY: 'http://127.0.0.1:9' },
      });
      return runOf(child, { listed, packages });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function packagesIn(inputs: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys(inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function runOf(
  child: ChildProcess,
  { listed, packages }: { readonly listed: string; readonly packages: ReadonlyMap<string, readonly string[]> },
): BundleRun {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const files = (): readonly string[] =>
    existsSync(listed)
      ? readFileSync(listed, 'utf8')
          .split('\n')
          .filter((url) => packages.has(basename(url)))
          .map((url) => basename(url))
      : [];
  return {
    child,
    ended,
    files,
    packages: () => [...new Set(files().flatMap((file) => packages.get(file) ?? []))].sort(),
    log: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
