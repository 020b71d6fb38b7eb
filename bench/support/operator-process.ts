// The operator as it ships, bundled, with its own token, leader election on.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../e2e/support/control-plane.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';
import { startDaemon, untilReady } from '../../e2e/support/daemon.ts';
import type { Daemon } from '../../e2e/support/daemon.ts';
import { OPERATOR_NAMESPACE, operatorToken } from '../../e2e/support/install.ts';
import type { OperatorArguments } from './operator-main.ts';
import { eventually } from '../../test/support/eventually.ts';

export interface OperatorProcess {
  /** From the start of the process until its stores were synced. */
  readonly secondsUntilSynced: number;
  /** Its memory, as the kernel counts it. */
  memory(): Memory;
  /** What it has computed so far. */
  cpuSeconds(): number;
  /** True when it leads and no namespace waits to be looked at. */
  isSettled(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface Memory {
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Of the resident ones: pages of files, Node's own above all, which the kernel maps and takes back as it likes. */
  readonly fileBytes: number;
}

export interface OperatorStart {
  readonly cluster: Cluster;
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly configuration: object;
  readonly profileFolder: string | undefined;
  readonly nodeFlags: readonly string[];
}

export async function startOperatorProcess({
  cluster,
  bundle,
  configuration,
  profileFolder,
  nodeFlags,
}: OperatorStart): Promise<OperatorProcess> {
  const folder = mkdtempSync(join(cluster.access.folder, 'operator-'));
  const [metrics, health] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`];
  writeFileSync(join(folder, 'token'), await operatorToken(cluster), { mode: 0o600 });
  writeFileSync(join(folder, 'ca.crt'), cluster.ca);
  const options = { namespace: OPERATOR_NAMESPACE, metricsAddress: metrics, healthAddress: health };
  const handed = { directory: folder, server: cluster.server, options, configuration } satisfies OperatorArguments;
  const pidFile = join(folder, 'pid');
  const keepPid = ['sh', '-c', 'echo $$ >"$0"; exec "$@"', pidFile];
  const node = [process.execPath, ...nodeFlags, ...profile, join(bundle, 'regcred.js'), JSON.stringify(handed)];
  const startedMs = performance.now();
  const daemon = startDaemon('regcred run', [...keepPid, ...node], { logFile: join(folder, 'log') });
  await untilReady(daemon, async () => (await fetch(`http://${health}/readyz`)).ok, 120_000);
  const pid = (): number => Number(readFileSync(pidFile, 'utf8'));
  const secondsUntilSynced = (performance.now() - startedMs) / 1000;
  return {
    secondsUntilSynced,
    memory: () => memoryOf(pid()),
    cpuSeconds: () => cpuSecondsOf(pid()),
    isSettled: async () => isSettled(await (await fetch(`http://${metrics}/metrics`)).text()),
    stop: () => stop(daemon),
  };
}

/** Waits until it leads and all namespaces were looked at. */
export async function untilSettled(operator: OperatorProcess): Promise<void> {
  await eventually(() => operator.isSettled(), { timeoutMs: 300_000, everyMs: 200 });
}

function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024;
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM'), fileBytes: bytes('RssFile') };
}

const TICKS_PER_SECOND = 100;

/** User and system time, all threads. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold blanks
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function isSettled(metrics: string): boolean {
  const sum = (name: string): number =>
    metrics
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return (
    sum('leader_election_master_status') > 0 &&
    sum('workqueue_depth') === 0 &&
    sum('controller_runtime_active_workers') === 0
  );
}

async function stop(daemon: Daemon): Promise<void> {
  const code = await daemon.stop();
  if (code !== 0) throw new Error(`The operator ended with ${code}:\n${daemon.lastLines()}`);
}
