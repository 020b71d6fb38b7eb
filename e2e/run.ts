// `npm run e2e [-- NAME...] [-- --grep TEXT]`: the suites on one real control plane; NAME picks suites by a part of their path.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLUSTER_VARIABLE, openCluster } from './support/cluster.ts';
import { startControlPlane } from './support/control-plane.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { install } from './support/install.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SUITES = ['e2e/*.e2e.ts', 'e2e/journeys/**/*.e2e.ts', 'e2e/node/*.e2e.ts'];

const { names, options } = readArguments(process.argv.slice(2));
const suites = SUITES.flatMap((pattern) => globSync(pattern, { cwd: root }).sort());
const chosen = suites.filter((suite) => names.length === 0 || names.some((name) => suite.includes(name)));
if (chosen.length === 0) fail(`no suite is named like ${names.join(', ')}; there are ${suites.join(', ')}`);

let mocha: ChildProcess | undefined;
let plane: ControlPlane | undefined;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort();
    mocha?.kill(signal);
  });
}

try {
  console.log('Starting the control plane');
  plane = await startControlPlane();
  await install(openCluster(plane.access));
  console.log(`Running ${chosen.join(', ')} against ${plane.access.server}`);
  process.exitCode = interruption.signal.aborted ? 1 : await runMocha(plane);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  await plane?.stop();
}

function runMocha({ access }: ControlPlane): Promise<number> {
  const flags = ['--reporter', 'test/support/reporter.ts', '--timeout', '120000', '--exit', ...options];
  mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...flags, ...chosen], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, [CLUSTER_VARIABLE]: JSON.stringify(access) },
  });
  return new Promise((resolve) => mocha?.once('exit', (code) => resolve(code ?? 1)));
}

/** Words are suites; from the first dash on everything is mocha's. */
function readArguments(words: readonly string[]): { names: readonly string[]; options: readonly string[] } {
  const dash = words.findIndex((word) => word.startsWith('-'));
  return dash < 0 ? { names: words, options: [] } : { names: words.slice(0, dash), options: words.slice(dash) };
}

/** Says why nothing ran, in the closing line that scripts read, too. */
function fail(why: string): void {
  console.log(`Cannot run the end-to-end tests: ${why}\n\n0 passed, 1 failed, 0 skipped`);
  process.exitCode = 1;
}
