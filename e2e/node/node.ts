// A real node: kubelet and containerd in namespaces of their own, so that they leave neither processes nor mounts behind.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import { freePort } from '../support/control-plane.ts';
import { startDaemon, untilReady } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { SANDBOX_IMAGE } from './registry.ts';
import type { Registry } from './registry.ts';

export const NODE_NAME = 'node1';

/**
 * Process 1 of the namespaces. When it ends, the kernel ends all others and the mounts are gone. Both programs also use fixed places,
 * which are hidden here: nothing of the machine's own is touched.
 */
const SCRIPT = `
set -eu
folder=$1 kubelet=$2 archive=$3
for place in /run/containerd /var/lib/kubelet /var/log; do
  mkdir -p "$place"
  mount -t tmpfs tmpfs "$place"
done
containerd --config "$folder/containerd.toml" &
until ctr --address "$folder/containerd.sock" version >/dev/null 2>&1; do sleep 0.2; done
ctr --address "$folder/containerd.sock" --namespace k8s.io images import "$archive"
"$kubelet" --config="$folder/kubelet.json" --kubeconfig="$4" --root-dir="$folder/kubelet" \\
  --cert-dir="$folder/kubelet-certificates" --hostname-override=${NODE_NAME} &
wait
`;

/** Where containerd looks for other addresses of registries, below the node's folder. */
export const CERTIFICATES = 'certs.d';

/** Starts the node and waits until it has registered. It stays NotReady: there is no network plugin, and none is needed. */
export async function startNode(cluster: Cluster, registry: Registry, folder: string): Promise<Daemon> {
  const { kubelet, tokens } = cluster.access;
  if (kubelet === undefined || tokens['node'] === undefined)
    throw new Error('Cannot start a node: no kubelet, no user');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'containerd.toml'), containerdConfig(folder));
  writeFileSync(join(folder, 'kubelet.json'), JSON.stringify(kubeletConfig(folder, await freePort()), null, 2));
  const inside = [
    'sh',
    '-c',
    SCRIPT,
    'node',
    folder,
    kubelet,
    registry.sandboxArchive,
    cluster.kubeconfig(tokens['node']),
  ];
  const unshare = ['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];
  const node = startDaemon('node', [...unshare, ...inside], { logFile: join(folder, 'node.log') });
  await untilReady(node, async () => (await cluster.admin.get(`/api/v1/nodes/${NODE_NAME}`)).status === 200);
  return { ...node, stop: () => stopAtOnce(node) };
}

/** `unshare` takes no notice of SIGTERM while it waits; with it the kernel ends all that runs inside. */
async function stopAtOnce(node: Daemon): Promise<number> {
  if (node.isRunning()) await node.kill('SIGKILL');
  return node.ended();
}

function containerdConfig(folder: string): string {
  return `
version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${SANDBOX_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${join(folder, CERTIFICATES)}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = false
`;
}

function kubeletConfig(folder: string, port: number): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    port,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    podLogsDir: `${folder}/pod-logs`,
    volumePluginDir: `${folder}/volume-plugins`,
    resolvConf: '',
    // As gentle to the machine as can be: any cgroup version, no limits, no eviction.
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageMinimumGCAge: '24h',
  };
}
