import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { RESOURCE } from '../../src/api/names.ts';
import { pathOf } from '../../src/kube/paths.ts';
import { eventually } from '../support/eventually.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { describeClusterCommand } from './conformance.ts';
import { regcred } from './io.ts';

describeClusterCommand('run');

describe('regcred run', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
  });
  afterEach(() => cluster.stop());

  const quiet = ['--metrics-address', '0', '--health-address', '0', '--log-level', 'error'];
  const run = (words: readonly string[], stop?: AbortSignal) =>
    regcred(['run', '--kubeconfig', cluster.kubeconfig(), ...words], stop ? { stop } : {});
  const lease = async () => (await cluster.get(RESOURCE.leases, 'regcred-system', 'regcred-operator')).body as unknown;

  it('runs until it is told to stop, gives the Lease back, exit code 0', async () => {
    const stop = new AbortController();
    const running = run(quiet, stop.signal);
    await eventually(async () => holderOf(await lease()) !== '');

    stop.abort();
    const { code, out, err } = await running;

    assert.equal(err, '');
    assert.equal(out, '');
    assert.equal(code, 0);
    assert.equal(holderOf(await lease()), '');
  });

  it('says why it ends when somebody else takes its Lease, and who starts it again, exit code 1', async () => {
    const path = pathOf({ resource: RESOURCE.leases, namespace: 'regcred-system', name: 'regcred-operator' });
    const running = run(quiet);
    await eventually(async () => holderOf(await lease()) !== '');

    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await cluster.admin.merge(path, { spec: { holderIdentity: 'another', renewTime } });
    const { code, err } = await running;

    assert.equal(code, 1);
    assert.match(
      err,
      /^[^\n]*"error"[^\n]*Lost the Lease [^\n]*Kubernetes restarts a Pod, outside of one start it[^\n]*\n$/,
    );
  }).timeout(20_000);

  it('says which address is taken and which flag changes it, exit code 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { code, err } = await run(['--health-address', `127.0.0.1:${port}`, '--metrics-address', '0']);
    other.close();

    assert.equal(code, 1);
    assert.match(err, new RegExp(`^regcred: Cannot listen on "127.0.0.1:${port}": [^\\n]*--health-address$`, 'm'));
  });

  it('names a proxy that can not be used together with the mistakes of --config, without its password, exit code 2', async () => {
    const file = join(dirname(cluster.kubeconfig()), 'config.json');
    writeFileSync(file, JSON.stringify({ networks: ['everywhere'] }));
    const environment = { HTTPS_PROXY: 'socks5://me:CANARY@proxy.corp:1080' };
    const words = ['run', '--kubeconfig', cluster.kubeconfig()];

    const both = await regcred([...words, '--config', file], { environment });
    const one = await regcred(words, { environment });

    assert.deepEqual([both.code, one.code], [2, 2]);
    assert.match(both.err, /^regcred: --config: networks: [^\n]+\nregcred: HTTPS_PROXY: [^\n]+\n$/);
    assert.match(one.err, /^regcred: HTTPS_PROXY: [^\n]*give http:\/\/HOST:PORT[^\n]*\n$/);
    assert.doesNotMatch(both.err + one.err, /CANARY/);
  });

  it('names a kubeconfig that is no YAML without quoting it, exit code 2', async () => {
    const file = cluster.kubeconfig();
    writeFileSync(file, 'users: [{user: {token: CANARY-1f}}');

    const { code, err } = await regcred(['run', '--kubeconfig', file]);

    assert.equal(code, 2);
    assert.match(err, /^regcred: Cannot [^\n]*kubeconfig[^\n]*\n$/);
    assert.doesNotMatch(err, /CANARY/);
  });
});

function holderOf(lease: unknown): string {
  const { spec } = lease as { spec?: { holderIdentity?: string } };
  return spec?.holderIdentity ?? '';
}
