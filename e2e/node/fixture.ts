// A node and its registry for the suites in this folder; each suite starts its own and leaves nothing behind.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { CERTIFICATES, startNode } from './node.ts';
import { startRegistry } from './registry.ts';
import type { Registry } from './registry.ts';
import { missingForNode } from './requirements.ts';

export interface NodeFixture {
  readonly cluster: Cluster;
  readonly registry: Registry;
  /** The folder in which containerd looks for other addresses of registries. */
  readonly certificates: string;
  stop(): Promise<void>;
}

/** A suite on a real node; where one can not run, a skipped test that names what is missing. */
export function describeOnNode(title: string, tests: (start: () => Promise<NodeFixture>) => void): void {
  describe(title, () => {
    const missing = missingForNode(sharedCluster().access);
    if (missing.length > 0) it(`is skipped: this machine lacks ${missing.join(', ')}`);
    else tests(startFixture);
  });
}

async function startFixture(): Promise<NodeFixture> {
  const cluster = sharedCluster();
  const folder = mkdtempSync(join(tmpdir(), 'regcred-node-'));
  const registry = await startRegistry(join(folder, 'registry'));
  const node = await startNode(cluster, registry, join(folder, 'node'));
  const stop = async (): Promise<void> => {
    await node.stop();
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { cluster, registry, certificates: join(folder, 'node', CERTIFICATES), stop };
}
