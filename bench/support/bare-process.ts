// Starts the bare client's process for one job.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BareAnswer, BareTask } from './bare.ts';

/** Bundled like the operator, so that neither side pays for the stripping of types. */
export async function bundleBare(program: string): Promise<void> {
  const entry = fileURLToPath(new URL('bare.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: program, bundle: true, format: 'esm', platform: 'node' });
}

/** Runs a job that ends by itself. */
export async function runBare(program: string, task: BareTask): Promise<BareAnswer> {
  const child = fork(program);
  const answer = await firstMessage(child, task);
  child.disconnect();
  return answer as BareAnswer;
}

/** Starts a job that goes on until it is stopped; `isReady`: it says when it has begun. */
export async function startBare(
  program: string,
  task: BareTask,
  { saysReady }: { readonly saysReady: boolean },
): Promise<() => void> {
  const child = fork(program);
  if (saysReady) await firstMessage(child, task);
  else child.send(task);
  return () => child.disconnect();
}

function firstMessage(child: ChildProcess, task: BareTask): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`The bare client ended with ${String(code)}`)));
    child.send(task);
  });
}
