// What a real node takes, and which of it this machine lacks.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ClusterAccess } from '../support/cluster.ts';

const PROGRAMS = ['containerd', 'runc', 'ctr', 'docker-registry', 'htpasswd', 'skopeo', 'umoci', 'busybox', 'unshare'];

/** What is missing, in words; empty where the node suite can run. */
export function missingForNode(access: ClusterAccess): readonly string[] {
  const missing = PROGRAMS.filter((program) => !succeeds('sh', '-c', `command -v ${program}`)).map(
    (program) => `${program} (e2e/node/install.sh installs it)`,
  );
  if (access.kubelet === undefined)
    missing.push('a kubelet for this control plane (an existing cluster has its own nodes)');
  if (process.getuid?.() !== 0) missing.push('root');
  else if (!succeeds('unshare', '--mount', '--pid', '--fork', 'true')) missing.push('the right to make namespaces');
  if (!existsSync('/sys/fs/cgroup/memory') && !existsSync('/sys/fs/cgroup/cgroup.controllers')) missing.push('cgroups');
  return missing;
}

function succeeds(...[program, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, args).status === 0;
}
