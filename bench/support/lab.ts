// What every part of the benchmark uses: the cluster, the operator, the bare client, and the two sides taking turns.
import type { Cluster } from '../../e2e/support/cluster.ts';
import { OPERATOR_USER } from '../../e2e/support/install.ts';
import type { BenchOptions } from '../options.ts';
import type { Audit, TimedEvent } from './audit.ts';
import type { BareJob } from './bare.ts';
import { runBare, startBare } from './bare-process.ts';
import type { BareAnswer } from './bare.ts';
import { startOperatorProcess, untilSettled } from './operator-process.ts';
import type { OperatorProcess } from './operator-process.ts';

export interface Lab {
  readonly cluster: Cluster;
  readonly options: BenchOptions;
  readonly audit: Audit;
  /** The folder of the bundle under test. */
  readonly bundle: string;
  /** What the file of `--config` would say. */
  readonly configuration: object;
  /** The bundle of the bare client. */
  readonly bareProgram: string;
  /** The operator's token, which the bare client uses too. */
  readonly token: string;
  /** Tells the person who waits. */
  readonly say: (text: string) => void;
}

/** Runs with an operator that has settled; the bare client only runs when there is none, which would read along. */
export async function withOperator<T>(lab: Lab, run: (operator: OperatorProcess) => Promise<T>): Promise<T> {
  const { cluster, bundle, configuration, options } = lab;
  const operator = await startOperatorProcess({
    cluster,
    bundle,
    configuration,
    profileFolder: options.profileFolder,
    nodeFlags: options.nodeFlags,
  });
  try {
    await untilSettled(operator);
    return await run(operator);
  } finally {
    await operator.stop();
  }
}

/** The bare client does one job as the operator's user. */
export function bare({ cluster: { server, ca }, token, bareProgram }: Lab, job: BareJob): Promise<BareAnswer> {
  return runBare(bareProgram, { access: { server, ca, token }, job });
}

/** The bare client begins a job without an end; the answer ends it. */
export function beginBare({ cluster: { server, ca }, token, bareProgram }: Lab, job: BareJob): Promise<() => void> {
  return startBare(bareProgram, { access: { server, ca, token }, job }, { saysReady: job.kind === 'react' });
}

/** What the operator's user does from now on. */
export function followRequests({ audit }: Lab): () => readonly TimedEvent[] {
  return audit.follow(OPERATOR_USER);
}

/** Both sides by turns, in alternating order, so that drift of the machine hits both alike. */
export async function byTurns<T>(
  rounds: number,
  ours: (round: number) => Promise<T>,
  theirs: (round: number) => Promise<T>,
): Promise<{ readonly ours: readonly T[]; readonly bare: readonly T[] }> {
  const results = { ours: [] as T[], bare: [] as T[] };
  for (let round = 0; round < rounds; round += 1) {
    const turns = [
      async () => results.ours.push(await ours(round)),
      async () => results.bare.push(await theirs(round)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
