// Where the programs of a control plane come from: a folder of theirs, else the pinned Go module, else an error that says so.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildControlPlane, hasGo } from '../control-plane/build.ts';

export type Binary = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'kubelet';

/** Finds one program or says what is missing and how to get it. */
export type Binaries = (name: Binary) => string;

/**
 * KUBEBUILDER_ASSETS where it holds etcd and kube-apiserver; what that folder lacks (the controller manager, the kubelet) is built
 * by Go like the rest.
 */
export async function findBinaries(): Promise<Binaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const folders = assets === undefined ? [] : [assets];
  const complete = folders.some((folder) =>
    holds(folder, 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'),
  );
  if (!complete && hasGo()) folders.push(await buildControlPlane());
  if (folders.length === 0) {
    throw new Error(
      'Cannot start a control plane: nothing to start it from; set KUBECONFIG_E2E (an existing cluster), ' +
        'KUBEBUILDER_ASSETS (a folder with etcd and kube-apiserver), or install Go',
    );
  }
  return (name) => {
    const folder = folders.find((candidate) => holds(candidate, name));
    if (folder === undefined) throw new Error(`Cannot find "${name}" in ${folders.join(', ')}; install Go to build it`);
    return join(folder, name);
  };
}

/** kubectl from the path, for an existing cluster; else from the binaries. */
export async function findKubectl(): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).find((folder) => holds(folder, 'kubectl'));
  return onPath === undefined ? (await findBinaries())('kubectl') : join(onPath, 'kubectl');
}

function holds(folder: string, ...names: readonly string[]): boolean {
  return names.every((name) => existsSync(join(folder, name)));
}
