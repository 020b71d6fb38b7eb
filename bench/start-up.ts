// The start of the command: `--help` of the bundle, from the start of the process to its end.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../build.ts';
import { byTurns, median } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import type { Row } from './support/table.ts';

const TIMES = 20;
const MOST_MS = 150;

export async function startUp({ cluster, say }: Lab): Promise<Row> {
  const folder = join(cluster.access.folder, 'command');
  await bundle(folder);
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  say(`Starting the command ${TIMES} times`);
  const ours = [join(folder, 'regcred.js'), '--help'];
  for (const words of [ours, [empty]]) millisecondsOf(words); // the files are in memory then
  const results = await byTurns(
    TIMES,
    () => Promise.resolve(millisecondsOf(ours)),
    () => Promise.resolve(millisecondsOf([empty])),
  );
  const milliseconds = median(results.ours);
  return {
    what: `--help of the bundle, median of ${TIMES}`,
    ours: milliseconds,
    bare: median(results.bare),
    unit: 'ms',
    target: { text: `< ${MOST_MS} ms`, isMet: milliseconds < MOST_MS },
    note: `bare: node with an empty file; the slowest: ${Math.round(Math.max(...results.ours))} ms`,
  };
}

function millisecondsOf(words: readonly string[]): number {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, [...words]);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${String(status)}`);
  return performance.now() - startedMs;
}
