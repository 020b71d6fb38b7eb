// A large cluster: the fan-out to all its namespaces, a restart that must write nothing, and the memory of both.
import { eventually } from '../test/support/eventually.ts';
import { bareGroup } from './fan-out.ts';
import { COLLECTIONS } from './idle.ts';
import { isPayload, isWrite, summary } from './support/audit.ts';
import { makeCredential, makeSource } from './support/credential.ts';
import { bare, followRequests, passed, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import { makeGroup, pullSecretsOf } from './support/namespaces.ts';
import type { Memory, OperatorProcess } from './support/operator-process.ts';
import type { Row } from './support/table.ts';
import { CONNECTIONS } from './support/wire.ts';

const NAME = 'large';
const MEGABYTE = 1e6;
const MOST_MEGABYTES = 120;
const SETTLING_MS = 20_000; // counts in status come at most 10 s late; then the heap shrinks

export async function large(lab: Lab): Promise<readonly Row[]> {
  await makeAll(lab);
  const fannedOut = await withOperator(lab, (operator) => fanOutToAll(lab, operator));
  const listed = await bare(lab, { kind: 'list', paths: COLLECTIONS });
  const requests = followRequests(lab);
  const restarted = await withOperator(lab, async (operator) => {
    await passed(SETTLING_MS);
    return { ...operator.memory(), seconds: operator.secondsUntilSynced };
  });
  const writes = requests()
    .filter(isWrite)
    .filter(({ objectRef }) => objectRef?.resource !== 'leases');
  const bareMegabytes = listed.residentBytes / MEGABYTE;
  const memoryRow = (what: string, bytes: number): Row => ({
    what,
    ours: bytes / MEGABYTE,
    bare: bareMegabytes,
    unit: 'MB',
    target: { text: `< ${MOST_MEGABYTES} MB`, isMet: bytes / MEGABYTE < MOST_MEGABYTES },
  });
  const total = `${lab.options.namespaces} namespaces`;
  return [
    {
      what: `restart with ${total}: writes`,
      ours: writes.length,
      bare: 0,
      unit: 'writes',
      target: { text: 'none', isMet: writes.length === 0 },
      note: summary(writes),
    },
    {
      what: `restart with ${total}: synced after`,
      ours: restarted.seconds,
      bare: listed.seconds,
      unit: 's',
      note: 'bare: the same lists alone',
    },
    {
      ...memoryRow(`${total}: memory after the fan-out`, fannedOut.residentBytes),
      note: `${filesOf(fannedOut)}; bare: a process that listed the same and kept nothing`,
    },
    { ...memoryRow(`${total}: memory, peak of the fan-out`, fannedOut.peakBytes) },
    { ...memoryRow(`${total}: memory after the restart`, restarted.residentBytes), note: filesOf(restarted) },
    { ...memoryRow(`${total}: memory, peak of the restart`, restarted.peakBytes) },
  ];
}

/** "of it 52 MB of files": the part that differs from run to run of the same code. */
export function filesOf({ fileBytes }: Memory): string {
  return `of it ${Math.round(fileBytes / MEGABYTE)} MB of files`;
}

/** Every namespace shall hold a Secret of the operator's: the bare client's make room. */
async function makeAll(lab: Lab): Promise<void> {
  const { namespaces, group, rounds } = lab.options;
  for (let round = 0; round < rounds; round += 1) await removeSecrets(lab, bareGroup(round));
  await makeGroup(lab, NAME, Math.max(1, namespaces - 2 * rounds * group));
}

export async function removeSecrets(lab: Lab, group: string): Promise<void> {
  const secrets = (await pullSecretsOf(lab, group)).values();
  const work = async (): Promise<void> => {
    for (const { namespace, name } of secrets)
      await lab.cluster.admin.delete(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}

async function fanOutToAll(lab: Lab, operator: OperatorProcess): Promise<ReturnType<OperatorProcess['memory']>> {
  const { rounds, namespaces, group } = lab.options;
  const groups = [NAME, ...Array.from({ length: rounds }, (_, round) => bareGroup(round))];
  const expected = namespaces - rounds * group;
  lab.say(`Fanning out to ${expected} namespaces`);
  const requests = followRequests(lab);
  await makeSource(lab, NAME);
  await makeCredential(lab, NAME, groups);
  const created = (): number => requests().filter((event) => isPayload(event) && event.verb === 'create').length;
  await eventually(() => created() >= expected, { timeoutMs: 900_000, everyMs: 2000 });
  await passed(SETTLING_MS);
  return operator.memory();
}
