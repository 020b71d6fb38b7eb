// Fan-out: one new credential reaches a group of existing namespaces, a Secret POST and a ServiceAccount patch in each.
import { eventually } from '../test/support/eventually.ts';
import { isPayload } from './support/audit.ts';
import type { TimedEvent } from './support/audit.ts';
import { anotherLogin, fanOutChains, rotationChains, templateFrom } from './support/bodies.ts';
import type { WireRequest } from './support/wire.ts';
import { makeCredential, makeSource, rotate } from './support/credential.ts';
import { bare, byTurns, followRequests, median, passed, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import { makeGroup } from './support/namespaces.ts';
import type { Row } from './support/table.ts';

/** The groups that the operator and the bare client write into, a pair for each round. */
export const ourGroup = (round: number): string => `ours-${round}`;
export const bareGroup = (round: number): string => `bare-${round}`;

/** What is written too much comes within this time. */
const SURPLUS_MS = 1000;

/** At least this part of the bare client's speed. */
const LEAST_RATIO = 0.8;

export async function makePairs(lab: Lab): Promise<void> {
  for (let round = 0; round < lab.options.rounds; round += 1) {
    await makeGroup(lab, ourGroup(round), lab.options.group);
    await makeGroup(lab, bareGroup(round), lab.options.group);
  }
}

export async function fanOut(lab: Lab): Promise<Row> {
  const ours = async (round: number): Promise<Speed> => {
    const name = ourGroup(round);
    await makeSource(lab, name);
    return measureOurs(lab, 2, () => makeCredential(lab, name, [name]));
  };
  const theirs = async (round: number): Promise<Speed> => {
    const template = await templateFrom(lab, `${ourGroup(0)}-0`);
    return measureBare(lab, await fanOutChains(lab, bareGroup(round), template));
  };
  const { rounds, group } = lab.options;
  return speedRow(`fan-out to ${group} namespaces`, lab, await byTurns(rounds, ours, theirs));
}

export async function rotation(lab: Lab): Promise<Row> {
  const ours = (round: number): Promise<Speed> => measureOurs(lab, 1, () => rotate(lab, ourGroup(round)));
  const theirs = async (round: number): Promise<Speed> => {
    const template = await templateFrom(lab, `${ourGroup(round)}-0`);
    return measureBare(lab, await rotationChains(lab, bareGroup(round), anotherLogin(template)));
  };
  const { rounds, group } = lab.options;
  return speedRow(`rotation over ${group} namespaces`, lab, await byTurns(rounds, ours, theirs));
}

/** One round of one side. */
export interface Speed {
  readonly writes: number;
  readonly perSecond: number;
  /** Milliseconds of processor time for a write. */
  readonly cpuMs: number;
  /** Milliseconds from the user's own write to the first of ours. */
  readonly firstMs?: number;
}

export function measureOurs(lab: Lab, perNamespace: number, begin: () => Promise<void>): Promise<Speed> {
  const expected = perNamespace * lab.options.group;
  return withOperator(lab, async (operator) => {
    const requests = followRequests(lab);
    const [beganMs, cpuBefore] = [Date.now(), operator.cpuSeconds()];
    await begin();
    await untilWritten(requests, expected);
    const cpuSeconds = operator.cpuSeconds() - cpuBefore;
    await passed(SURPLUS_MS);
    const { startedMs, ...written } = timesOf(requests());
    return { ...speedOf(lab, 'ours', { ...written, cpuSeconds }), firstMs: startedMs - beganMs };
  });
}

export async function measureBare(lab: Lab, chains: readonly (readonly WireRequest[])[]): Promise<Speed> {
  const requests = followRequests(lab);
  const { cpuSeconds } = await bare(lab, { kind: 'write', chains });
  await untilWritten(requests, chains.flat().length);
  const { writes, seconds } = timesOf(requests());
  return speedOf(lab, 'bare', { writes, seconds, cpuSeconds });
}

type Requests = () => readonly TimedEvent[];

function untilWritten(requests: Requests, expected: number): Promise<unknown> {
  const isDone = (): boolean => requests().filter(isPayload).length >= expected;
  return eventually(isDone, { timeoutMs: 600_000, everyMs: 250 });
}

/** From the first write's arrival at the API server to the answer to the last one, by its audit log, for both sides alike. */
function timesOf(requests: readonly TimedEvent[]): Pick<Taken, 'writes' | 'seconds'> & { readonly startedMs: number } {
  const writes = requests.filter(isPayload);
  const startedMs = Math.min(...writes.map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp)));
  const endedMs = Math.max(...writes.map(({ stageTimestamp }) => Date.parse(stageTimestamp)));
  return { writes: writes.length, seconds: (endedMs - startedMs) / 1000, startedMs };
}

interface Taken {
  readonly writes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function speedOf({ say }: Lab, who: string, { writes, seconds, cpuSeconds }: Taken): Speed {
  const speed = { writes, perSecond: writes / seconds, cpuMs: (1000 * cpuSeconds) / writes };
  say(`  ${who}: ${Math.round(speed.perSecond)} writes/s, ${speed.cpuMs.toFixed(2)} ms of processor time for each`);
  return speed;
}

export function speedRow(
  what: string,
  { options: { group } }: Lab,
  results: { readonly ours: readonly Speed[]; readonly bare: readonly Speed[] },
): Row {
  const [ours, bare] = [results.ours, results.bare].map((side) => median(side.map(({ perSecond }) => perSecond)));
  // Each round beside its neighbour: over all rounds the machine itself drifts more than the two sides differ.
  const ratios = results.ours.map(({ perSecond }, round) => perSecond / results.bare[round]!.perSecond);
  const ratio = median(ratios);
  const [ourCpu, bareCpu] = [results.ours, results.bare].map((side) => median(side.map(({ cpuMs }) => cpuMs)));
  const firstMs = median(results.ours.map((speed) => speed.firstMs ?? 0)).toFixed(0);
  const counts = [...new Set(results.ours.map(({ writes }) => writes / group))].join(', ');
  return {
    what,
    ours: ours!,
    bare: bare!,
    ratio,
    unit: 'writes/s',
    target: { text: `ratio >= ${LEAST_RATIO}`, isMet: ratio >= LEAST_RATIO },
    note: [
      `writes a namespace: ${counts}`,
      `the first after ${firstMs} ms`,
      `processor ms a write: ${ourCpu!.toFixed(2)}, bare ${bareCpu!.toFixed(2)}`,
      `rounds: ${ratios.map((one) => one.toFixed(2)).join(', ')}`,
    ].join('; '),
  };
}
