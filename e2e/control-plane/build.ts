// Builds etcd, the Kubernetes servers and kubectl from the pinned Go module beside it, once on a machine.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const moduleFolder = fileURLToPath(new URL('.', import.meta.url));

/** Name of the binary and its package in the pinned module, in the order of building. */
const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
} as const;

/** Whether a Go tool chain is on the path; which version it must be, go.mod says to it. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/** The folder with the binaries; builds them first where they are missing (12 minutes on two cores). */
export async function buildControlPlane(log: (line: string) => void = console.log): Promise<string> {
  const folder = cacheFolder();
  if (existsSync(folder)) return folder;
  const unlock = await lock(`${folder}.lock`, log);
  try {
    if (!existsSync(folder)) await buildInto(folder, log);
  } finally {
    unlock();
  }
  return folder;
}

/** Keyed by go.sum, so that a changed pin is built again and an old one stays. */
function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const sum = createHash('sha256').update(readFileSync(join(moduleFolder, 'go.sum')));
  return join(cache, 'regcred-e2e', sum.digest('hex').slice(0, 16));
}

async function buildInto(folder: string, log: (line: string) => void): Promise<void> {
  const unfinished = `${folder}.building`;
  mkdirSync(unfinished, { recursive: true });
  log(`Building the control plane into ${folder}: once on this machine, about 12 minutes on two cores`);
  for (const [name, path] of Object.entries(PACKAGES)) {
    const started = Date.now();
    await goBuild(path, join(unfinished, name));
    log(`Built ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
  }
  renameSync(unfinished, folder);
}

async function goBuild(path: string, output: string): Promise<void> {
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(), '-o', output, path];
  const go = spawn('go', args, {
    cwd: moduleFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
  });
  const stop = (): boolean => go.kill();
  process.once('exit', stop);
  const code = await new Promise((resolve, reject) => go.once('exit', resolve).once('error', reject));
  process.removeListener('exit', stop);
  if (code !== 0) throw new Error(`Cannot build "${path}": go build ended with ${String(code)}`);
}

/** Without them the server says v0.0.0, and clients that look at its version misbehave. */
function linkerFlags(): string {
  const version = /k8s\.io\/kubernetes v(\d+)\.(\d+)\.\d+/.exec(readFileSync(join(moduleFolder, 'go.mod'), 'utf8'));
  if (version === null)
    throw new Error('Cannot find the version of k8s.io/kubernetes: e2e/control-plane/go.mod lacks it');
  const [pin, major, minor] = version;
  const values = { gitVersion: pin.split(' ')[1], gitMajor: major, gitMinor: minor };
  const settings = Object.entries(values).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value ?? ''}`,
  );
  return ['-s', '-w', ...settings].join(' ');
}

/** One build at a time on a machine: others wait, and take over from one that died. */
async function lock(file: string, log: (line: string) => void): Promise<() => void> {
  mkdirSync(join(file, '..'), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => {
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!isAlive(holderOf(file))) rmSync(file, { force: true });
    else if (!waited) log(`Waiting for process ${holderOf(file)}, which builds the control plane`);
    await sleep(1000);
  }
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (import.meta.main) console.log(await buildControlPlane());
