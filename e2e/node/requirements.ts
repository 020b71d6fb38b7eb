// What a real node takes, and which of it this machine lacks.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import type { ClusterAccess } from '../support/cluster.ts';

const PROGRAMS = ['containerd', 'runc', 'ctr', 'docker-registry', 'htpasswd', 'skopeo', 'umoci', 'busybox', 'unshare'];

/** What is missing, in words; empty where the node suite can run. */
export function missingForNode(access: ClusterAccess): readonly string[] {
  const missing = PROGRAMS.filter((program) => !succeeds('sh', '-c', `command -v ${program}`)).map(
    (program) => `${program} (e2e/node/install.sh installs it)`,
  );
  if (access.kubelet === undefined)
    missing.push('a kubelet for this control plane (an existing cluster has its own nodes)');
  if (process.getuid?.() !== 0) return [...missing, 'root'];
  if (!canMakeNamespaces()) missing.push('the right to make namespaces and to mount (CAP_SYS_ADMIN)');
  if (!canMakeCgroups()) missing.push('a writable cgroup hierarchy');
  return missing;
}

function canMakeNamespaces(): boolean {
  const namespaces = ['--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];
  return succeeds('unshare', ...namespaces, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');
}

/** Version 1 has a folder for each controller, version 2 one tree. */
function canMakeCgroups(): boolean {
  const parent = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  const probe = `${parent}/regcred-probe-${process.pid}`;
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
}

function succeeds(...[program, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, args).status === 0;
}
