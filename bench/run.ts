// `npm run bench`: the operator beside a bare HTTP client on a real control plane; prints one table.
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../build.ts';
import { openCluster } from '../e2e/support/cluster.ts';
import { startControlPlane } from '../e2e/support/control-plane.ts';
import type { ControlPlane } from '../e2e/support/control-plane.ts';
import { install, operatorToken } from '../e2e/support/install.ts';
import { ecr } from './ecr.ts';
import { fanOut, makePairs, rotation } from './fan-out.ts';
import { idle } from './idle.ts';
import { large } from './large.ts';
import { newNamespace } from './new-namespace.ts';
import { USAGE, readOptions } from './options.ts';
import type { BenchOptions, Part } from './options.ts';
import { startUp } from './start-up.ts';
import { openAudit } from './support/audit.ts';
import { bundleBare } from './support/bare-process.ts';
import type { Lab } from './support/lab.ts';
import { renderTable } from './support/table.ts';
import type { Row } from './support/table.ts';

/** The measured writes must not turn the audit log over. */
const API_SERVER_FLAGS = ['--audit-log-maxsize=10000'];

const MEASURES: Readonly<Record<Part, (lab: Lab) => Promise<Row | readonly Row[]>>> = {
  'start-up': startUp,
  ecr,
  'fan-out': fanOut,
  rotation,
  'new-namespace': newNamespace,
  idle,
  large,
};

/** Of these, the groups of all rounds must be there. */
const NEEDS_PAIRS: ReadonlySet<Part> = new Set(['fan-out', 'rotation', 'new-namespace', 'idle', 'large']);

async function measure(plane: ControlPlane, options: BenchOptions): Promise<readonly Row[]> {
  const cluster = openCluster(plane.access);
  const { auditFile, folder } = plane.access;
  if (auditFile === undefined)
    throw new Error('an existing cluster keeps its audit log to itself; unset KUBECONFIG_E2E');
  await install(cluster);
  const [operator, bareProgram] = [join(folder, 'dist'), join(folder, 'bare.mjs')];
  await bundle(operator, 'bench/support/operator-main.ts');
  await bundleBare(bareProgram);
  const lab: Lab = {
    cluster,
    options,
    audit: openAudit(auditFile),
    bundle: operator,
    bareProgram,
    configuration: {},
    token: await operatorToken(cluster),
    say: (text) => console.log(text),
  };
  const rows: Row[] = [];
  for (const part of options.parts) {
    console.log(`Part ${part}`);
    if (NEEDS_PAIRS.has(part)) await makePairs(lab);
    rows.push(...[await MEASURES[part](lab)].flat());
  }
  return rows;
}

function machine(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gigabytes} GiB, Node ${process.version}, etcd and API server on the same machine`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  console.log('Starting the control plane');
  const plane = await startControlPlane({ auditBodies: false, apiServerFlags: API_SERVER_FLAGS });
  try {
    const rows = await measure(plane, options);
    console.log(`\n${machine()}\n\n${renderTable(rows)}`);
  } finally {
    await plane.stop();
  }
}

await main().catch((error: unknown) => {
  console.error(`Cannot measure: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
});
