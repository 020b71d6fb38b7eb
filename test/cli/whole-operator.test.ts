// The commands beside the whole operator: what it writes, status shows and cleanup removes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually } from '../support/eventually.ts';
import { regcred } from './io.ts';
import type { Ran } from './io.ts';

const CANARY = 'CANARY-e41d';
const SECRET = 'regcred-managed';

describe('the commands beside an operator', () => {
  let sandbox: Sandbox;
  let folder: string;
  let stop: AbortController;
  let running: Promise<Ran>;
  beforeEach(async () => {
    sandbox = await startSandbox({ registry: { accounts: { puller: CANARY } } });
    folder = mkdtempSync(join(tmpdir(), 'regcred-test-'));
    writeFileSync(join(folder, 'operator'), sandbox.kubeconfig());
    writeFileSync(join(folder, 'admin'), sandbox.kubeconfig(sandbox.adminAccess));
    for (const name of ['team-a', 'team-b']) await sandbox.admin.create('/api/v1/namespaces', { metadata: { name } });
    stop = new AbortController();
    running = regcred(['run', '--kubeconfig', join(folder, 'operator'), ...QUIET], { stop: stop.signal });
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  const QUIET = ['--metrics-address', '0', '--health-address', '0', '--log-level', 'debug'];
  const asAdmin = (...words: string[]) => regcred([...words, '--kubeconfig', join(folder, 'admin')]);
  const canPull = async (namespace: string) => (await sandbox.pull(namespace, 'app:1')).pulled;
  const secretPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets/${SECRET}`;
  const accountIn = async (namespace: string) =>
    (await sandbox.admin.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`))!;

  async function declare(name = 'hub', secretName = 'hub'): Promise<void> {
    const config = { auths: { [sandbox.registry.host]: { username: 'puller', password: CANARY } } };
    await sandbox.admin.create('/api/v1/namespaces/regcred-system/secrets', {
      metadata: { name: 'hub', labels: { 'regcred.dev/input': 'true' } },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') },
    });
    await sandbox.admin.create('/apis/regcred.dev/v1alpha1/clusterregistrycredentials', {
      apiVersion: 'regcred.dev/v1alpha1',
      kind: 'ClusterRegistryCredential',
      metadata: { name },
      spec: {
        provider: { static: { auth: { dockerConfig: { secretRef: { name: secretName } } } } },
        namespaces: { names: ['team-*'] },
        verification: { mode: 'Off' },
      },
    });
  }

  it('F254: status is fine once every namespace is served, and shows no secret', async () => {
    await declare();
    await eventually(async () => (await canPull('team-a')) && (await canPull('team-b')));

    const shown = await eventually(async () => {
      const ran = await asAdmin('status');
      return ran.code === 0 && ran;
    });

    assert.match(shown.out, /cregcred\/hub +True +Ready +static +never +2\/2/);
    assert.match(shown.out, /^Operator: runs \(/m);
    assert.match(shown.out, /^Fence: present/m);
    assert.doesNotMatch(shown.out + shown.err, /CANARY/);
  });

  it('status tells what to do about a source Secret that is not there, exit code 1', async () => {
    await declare('lost', 'no-such-secret');

    const { out } = await eventually(async () => {
      const ran = await asAdmin('status');
      return ran.code === 1 && ran.out.includes('Ready=False') && ran;
    });

    assert.match(out, /^cregcred\/lost:\n {2}Ready=False: \w+: .*no-such-secret/m);
  });

  it('F251, F252: cleanup refuses beside the operator, and leaves nothing of it when it is stopped', async () => {
    const before = await accountIn('team-a');
    await declare();
    await eventually(async () => (await canPull('team-a')) && (await canPull('team-b')));

    const refused = await asAdmin('cleanup', '--yes');
    stop.abort();
    const stopped = await running;
    const removed = await asAdmin('cleanup', '--yes');

    assert.equal(refused.code, 2);
    assert.equal(stopped.code, 0);
    assert.equal(removed.code, 0, removed.err);
    for (const namespace of ['team-a', 'team-b']) {
      assert.equal(await sandbox.admin.get(secretPath(namespace)), undefined);
      assert.equal(await canPull(namespace), false);
    }
    const after = await accountIn('team-a');
    assert.deepEqual(after.metadata.annotations ?? {}, before.metadata.annotations ?? {});
    assert.deepEqual(after['imagePullSecrets'] ?? [], []);
    assert.ok(await sandbox.admin.get('/api/v1/namespaces/regcred-system/secrets/hub'), 'the source stays');
    assert.doesNotMatch([refused, stopped, removed].map(({ out, err }) => out + err).join(''), /CANARY/);
  });
});
