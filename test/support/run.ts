// `npm test`: every suite in parallel and in random order, then which rows of docs/faults.md are covered, then the totals.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const seed = process.env['TEST_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
const named = process.argv.slice(2);
const files = shuffled(named.length > 0 ? named : globSync('test/**/*.test.ts', { cwd: root }).sort());

console.log(`Running ${files.length} test files in random order; repeat it with TEST_SEED=${seed}`);
const mocha = spawn(
  process.execPath,
  [
    'node_modules/mocha/bin/mocha.js',
    '--parallel',
    '--jobs',
    '2',
    '--require',
    'test/support/random-order.ts',
    '--reporter',
    'test/support/reporter.ts',
    '--timeout',
    '30000',
    ...files,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_SEED: seed } },
);
mocha.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

function shuffled(list: readonly string[]): string[] {
  let state = Number(seed) >>> 0;
  const next = (): number => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  return list
    .map((value) => ({ value, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
