import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from '../../src/kube/cluster-config.ts';
import { ClusterConfigError, inClusterConfig } from '../../src/kube/cluster-config.ts';
import { fakeClock } from '../support/fake-clock.ts';

const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('in-cluster config', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'regcred-'));
    await write({ token: 'token-1\n', 'ca.crt': 'ca-1', namespace: 'regcred-system\n' });
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  }
  const tokenOf = async (config: ClusterConfig, options?: { force: true }): Promise<string | undefined> =>
    (await config.credentials(options)).headers['Authorization'];

  it('is read from the files and the environment of the Pod', async () => {
    const config = await inClusterConfig({ clock: fakeClock(), env, directory });

    assert.equal(config.server.href, 'https://10.0.0.1/');
    assert.equal(config.namespace, 'regcred-system');
    assert.deepEqual(await config.credentials(), {
      headers: { Authorization: 'Bearer token-1' },
      tls: { ca: 'ca-1' },
    });
  });

  it('takes an IPv6 address and another port', async () => {
    const ipv6 = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

    const config = await inClusterConfig({ clock: fakeClock(), env: ipv6, directory });

    assert.equal(config.server.href, 'https://[fd00::1]:6443/');
  });

  it('F56: reads a rotated token again after a minute, and at once when forced', async () => {
    const clock = fakeClock();
    const config = await inClusterConfig({ clock, env, directory });
    await write({ token: 'token-2' });

    assert.equal(await tokenOf(config), 'Bearer token-1');
    assert.equal(await tokenOf(config, { force: true }), 'Bearer token-2');
    await write({ token: 'token-3' });
    clock.advance(60_000);

    assert.equal(await tokenOf(config), 'Bearer token-3');
  });

  it('F56: hands out new TLS settings when the CA changed, the same ones while it did not', async () => {
    const clock = fakeClock();
    const config = await inClusterConfig({ clock, env, directory });
    const before = await config.credentials();
    clock.advance(5 * 60_000);
    const same = await config.credentials();
    await write({ 'ca.crt': 'ca-2' });
    clock.advance(5 * 60_000);
    const after = await config.credentials();

    assert.equal(before.tls, same.tls);
    assert.deepEqual(after.tls, { ca: 'ca-2' });
  });

  it('keeps the last good token while the file can not be read', async () => {
    const clock = fakeClock();
    const config = await inClusterConfig({ clock, env, directory });
    await rm(join(directory, 'token'));
    clock.advance(60_000);

    assert.equal(await tokenOf(config), 'Bearer token-1');
  });

  for (const [name, content] of [
    ['token', undefined],
    ['token', ''],
    ['token', 'two\nCANARY lines'],
    ['ca.crt', undefined],
    ['ca.crt', ' \n'],
  ] as const) {
    it(`names the file ${name} when it is ${content === undefined ? 'missing' : JSON.stringify(content)}`, async () => {
      if (content === undefined) await rm(join(directory, name));
      else await write({ [name]: content });

      await assert.rejects(inClusterConfig({ clock: fakeClock(), env, directory }), (error) => {
        assert(error instanceof ClusterConfigError);
        assert.match(error.message, new RegExp(`^Cannot (read|use) file ".*/${name}": `));
        assert.doesNotMatch(error.message, /CANARY/);
        return true;
      });
    });
  }

  it('says that it needs a Pod when there is no address', async () => {
    await assert.rejects(
      inClusterConfig({ clock: fakeClock(), env: {}, directory }),
      /KUBERNETES_SERVICE_HOST is not set/,
    );
  });

  it('needs no file that names the namespace', async () => {
    await rm(join(directory, 'namespace'));

    const config = await inClusterConfig({ clock: fakeClock(), env, directory });

    assert.equal(config.namespace, undefined);
  });
});
