// A cluster with ECR alone: one token for a group of namespaces, its rotation, and the memory of an operator that has the AWS
// SDK loaded. It comes first, while the cluster holds no other namespaces, and leaves them as it found them.
import { ok } from '../e2e/support/api.ts';
import { eventually } from '../test/support/eventually.ts';
import { bareGroup, measureBare, measureOurs, ourGroup, speedRow } from './fan-out.ts';
import type { Speed } from './fan-out.ts';
import { COLLECTIONS } from './idle.ts';
import { filesOf, removeSecrets } from './large.ts';
import { isPayload } from './support/audit.ts';
import { anotherLogin, fanOutChains, rotationChains, templateFrom } from './support/bodies.ts';
import { bare, byTurns, followRequests, passed, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import { makeGroup, serviceAccountsOf } from './support/namespaces.ts';
import { startStubAws } from './support/stub-aws.ts';
import type { StubAws } from './support/stub-aws.ts';
import type { Row } from './support/table.ts';

const [OURS, BARE] = [ourGroup(0), bareGroup(0)];
const MEGABYTE = 1e6;
const MOST_MEGABYTES = 100;
const SETTLING_MS = 20_000; // counts in status come at most 10 s late; then the heap shrinks

export async function ecr(lab: Lab): Promise<readonly Row[]> {
  const { group } = lab.options;
  await makeGroup(lab, OURS, group);
  const aws = await startStubAws(lab);
  const underAws = { ...lab, configuration: aws.configuration };
  try {
    const memory = await measureMemory(underAws, aws);
    await makeGroup(lab, BARE, group);
    return [await measureRotation(underAws, aws), ...memory];
  } finally {
    await aws.stop();
    for (const one of [OURS, BARE]) await removeSecrets(lab, one);
    await removeEntries(lab, OURS);
  }
}

/** In one process: the first token reaches the group, then a rotation does. */
async function measureMemory(lab: Lab, aws: StubAws): Promise<readonly Row[]> {
  const { group } = lab.options;
  const memory = await withOperator(lab, async (operator) => {
    lab.say(`Fanning out to ${group} namespaces, then a rotation`);
    const requests = followRequests(lab);
    const writes = (): number => requests().filter(isPayload).length;
    await aws.makeCredential(OURS);
    await eventually(() => writes() >= 2 * group, { timeoutMs: 600_000, everyMs: 250 });
    await passed(SETTLING_MS);
    await aws.rotate();
    await eventually(() => writes() >= 3 * group, { timeoutMs: 600_000, everyMs: 250 });
    await passed(SETTLING_MS);
    return operator.memory();
  });
  const listed = await bare(lab, { kind: 'list', paths: COLLECTIONS });
  const row = (what: string, bytes: number): Row => ({
    what: `ECR only, ${group} namespaces: ${what}`,
    ours: bytes / MEGABYTE,
    bare: listed.residentBytes / MEGABYTE,
    unit: 'MB',
    target: { text: `< ${MOST_MEGABYTES} MB`, isMet: bytes / MEGABYTE < MOST_MEGABYTES },
  });
  const note = `${filesOf(memory)}; bare: a process that listed the same and kept nothing`;
  return [{ ...row('memory after a rotation', memory.residentBytes), note }, row('memory, its peak', memory.peakBytes)];
}

async function measureRotation(lab: Lab, aws: StubAws): Promise<Row> {
  const { group, rounds } = lab.options;
  const template = await templateFrom(lab, `${OURS}-0`);
  const created = (await fanOutChains(lab, BARE, template)).map(([secret]) => [secret!]);
  await bare(lab, { kind: 'write', chains: created });
  const calls: number[] = [];
  const ours = async (): Promise<Speed> => {
    const before = aws.calls();
    const speed = await measureOurs(lab, 1, () => aws.rotate()); // the start is counted too: it takes the stored token
    calls.push(aws.calls() - before);
    return speed;
  };
  let login = template;
  const theirs = async (): Promise<Speed> => {
    login = anotherLogin(login);
    return measureBare(lab, await rotationChains(lab, BARE, login));
  };
  const results = await byTurns(rounds, ours, theirs);
  const writes = results.ours.map((speed) => speed.writes);
  const row = speedRow(`rotation of one ECR token over ${group} namespaces`, lab, results);
  return {
    ...row,
    target: {
      text: `1 call, ${group} writes`,
      isMet: calls.every((count) => count === 1) && writes.every((count) => count === group),
    },
    note: `calls of AWS: ${counts(calls)}, writes: ${counts(writes)}; ${row.note ?? ''}`,
  };
}

/** "1", or all that differ. */
function counts(values: readonly number[]): string {
  return [...new Set(values)].join(' or ');
}

/** Another part shall find ServiceAccounts without any. */
async function removeEntries(lab: Lab, group: string): Promise<void> {
  const metadata = { annotations: { 'regcred.dev/pull-secrets': null } };
  for (const { namespace } of await serviceAccountsOf(lab, group)) {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    await ok(lab.cluster.admin.patch(path, { metadata, imagePullSecrets: null }));
  }
}
