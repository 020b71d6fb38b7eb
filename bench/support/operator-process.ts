// The operator as it ships: the bundle, with the flags of `npm start`, its own token, leader election on.
import { mkdtempSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../e2e/support/control-plane.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';
import { startDaemon, untilReady } from '../../e2e/support/daemon.ts';
import type { Daemon } from '../../e2e/support/daemon.ts';
import { OPERATOR_NAMESPACE, operatorToken } from '../../e2e/support/install.ts';
import { eventually } from '../../test/support/eventually.ts';

const NODE_FLAGS = ['--max-semi-space-size=1', '--disable-proto=throw'];

export interface OperatorProcess {
  /** From the start of the process until its stores were synced. */
  readonly secondsUntilSynced: number;
  /** Its memory, as the kernel counts it. */
  memory(): { readonly residentBytes: number; readonly peakBytes: number };
  /** True when it leads and no namespace waits to be looked at. */
  isSettled(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface OperatorStart {
  readonly cluster: Cluster;
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly profileFolder: string | undefined;
}

export async function startOperatorProcess({
  cluster,
  bundle,
  profileFolder,
}: OperatorStart): Promise<OperatorProcess> {
  const folder = mkdtempSync(join(cluster.access.folder, 'operator-'));
  const [metrics, health] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`];
  const flags = [
    `--kubeconfig=${cluster.kubeconfig(await operatorToken(cluster))}`,
    `--namespace=${OPERATOR_NAMESPACE}`,
    `--metrics-address=${metrics}`,
    `--health-address=${health}`,
  ];
  const pidFile = join(folder, 'pid');
  const keepPid = ['sh', '-c', 'echo $$ >"$0"; exec "$@"', pidFile];
  const node = [process.execPath, ...NODE_FLAGS, ...profile, join(bundle, 'regcred.js')];
  const startedMs = performance.now();
  const daemon = startDaemon('regcred run', [...keepPid, ...node, 'run', ...flags], { logFile: join(folder, 'log') });
  await untilReady(daemon, async () => (await fetch(`http://${health}/readyz`)).ok, 120_000);
  const secondsUntilSynced = (performance.now() - startedMs) / 1000;
  return {
    secondsUntilSynced,
    memory: () => memoryOf(Number(readFileSync(pidFile, 'utf8'))),
    isSettled: async () => isSettled(await (await fetch(`http://${metrics}/metrics`)).text()),
    stop: () => stop(daemon),
  };
}

/** Waits until it leads and all namespaces were looked at. */
export async function untilSettled(operator: OperatorProcess): Promise<void> {
  await eventually(() => operator.isSettled(), { timeoutMs: 300_000, everyMs: 200 });
}

function memoryOf(pid: number): { readonly residentBytes: number; readonly peakBytes: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024;
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
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
