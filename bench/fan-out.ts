// Fan-out: one new credential reaches a group of existing namespaces, a Secret POST and a ServiceAccount patch in each.
import { eventually } from '../test/support/eventually.ts';
import { isPayload } from './support/audit.ts';
import { fanOutChains, rotationChains, templateFrom } from './support/bodies.ts';
import type { WireRequest } from './support/wire.ts';
import type { Template } from './support/bodies.ts';
import { makeCredential, makeSource, rotate } from './support/credential.ts';
import { bare, byTurns, requestsSince, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import { makeGroup } from './support/namespaces.ts';
import type { Row } from './support/table.ts';

/** The groups that the operator and the bare client write into, a pair for each round. */
export const ourGroup = (round: number): string => `ours-${round}`;
export const bareGroup = (round: number): string => `bare-${round}`;

/** At least this part of the bare client's speed. */
const LEAST_RATIO = 0.8;

export async function makePairs(lab: Lab): Promise<void> {
  for (let round = 0; round < lab.options.rounds; round += 1) {
    await makeGroup(lab, ourGroup(round), lab.options.group);
    await makeGroup(lab, bareGroup(round), lab.options.group);
  }
}

export async function fanOut(lab: Lab): Promise<Row> {
  const { rounds, group } = lab.options;
  const counted: number[] = [];
  const ours = async (round: number): Promise<number> => {
    const name = ourGroup(round);
    await makeSource(lab, name);
    return withOperator(lab, () => measureOurs(lab, 2 * group, counted, () => makeCredential(lab, name, [name])));
  };
  const theirs = async (round: number): Promise<number> => {
    const template = await templateFrom(lab, `${ourGroup(0)}-0`);
    return measureBare(lab, await fanOutChains(lab, bareGroup(round), template));
  };
  return speedRow(`fan-out to ${group} namespaces`, lab, await byTurns(rounds, ours, theirs), counted);
}

export async function rotation(lab: Lab): Promise<Row> {
  const { rounds, group } = lab.options;
  const counted: number[] = [];
  const ours = (round: number): Promise<number> =>
    withOperator(lab, () => measureOurs(lab, group, counted, () => rotate(lab, ourGroup(round))));
  const theirs = async (round: number): Promise<number> => {
    const template = await templateFrom(lab, `${ourGroup(round)}-0`);
    return measureBare(lab, await rotationChains(lab, bareGroup(round), anotherLogin(template)));
  };
  return speedRow(`rotation over ${group} namespaces`, lab, await byTurns(rounds, ours, theirs), counted);
}

/** From the user's own write to the end of the last of ours, by the audit log; then waits whether more is written. */
async function measureOurs(lab: Lab, expected: number, counted: number[], begin: () => Promise<void>): Promise<number> {
  const mark = lab.audit.mark();
  const startedMs = Date.now();
  await begin();
  const payload = () => requestsSince(lab, mark).filter(isPayload);
  await eventually(() => payload().length >= expected, { timeoutMs: 600_000, everyMs: 250 });
  await new Promise((resolve) => setTimeout(resolve, 1000)); // what comes too much comes now
  const writes = payload();
  counted.push(writes.length);
  const endedMs = Math.max(...writes.map(({ stageTimestamp }) => Date.parse(stageTimestamp)));
  return said(lab, 'ours', (1000 * expected) / (endedMs - startedMs));
}

async function measureBare(lab: Lab, chains: readonly (readonly WireRequest[])[]): Promise<number> {
  const { seconds } = await bare(lab, { kind: 'write', chains });
  return said(lab, 'bare', chains.flat().length / seconds);
}

function said({ say }: Lab, who: string, perSecond: number): number {
  say(`  ${who}: ${Math.round(perSecond)} writes/s`);
  return perSecond;
}

/** Another password of the same length, so that the bare client's patch changes what it patches. */
function anotherLogin(template: Template): Template {
  const key = '.dockerconfigjson';
  const text = Buffer.from(template.data[key]!, 'base64').toString('utf8');
  const turned = text.replace(/"password":"(.)/, (_, first: string) => `"password":"${first === 'x' ? 'y' : 'x'}`);
  return { ...template, data: { [key]: Buffer.from(turned).toString('base64') } };
}

function speedRow(
  what: string,
  { options: { group } }: Lab,
  { ours, bare }: { readonly ours: number; readonly bare: number },
  counted: readonly number[],
): Row {
  const perNamespace = [...new Set(counted.map((count) => count / group))].join(', ');
  const target = { text: `ratio >= ${LEAST_RATIO}`, isMet: ours / bare >= LEAST_RATIO };
  return { what, ours, bare, unit: 'writes/s', target, note: `${perNamespace} writes a namespace` };
}
