// ECR and STS against moto, which nobody here wrote: that the SDK's requests mean what we think. It checks no signature and
// no trust, and its tokens always ended in 2015 (the stub in src/sandbox/cloud/ is stricter, but it is ours).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EcrSpec } from '../src/api/registry-credential.ts';
import type { RegistryToken } from '../src/providers/provider.ts';
import { issue, keyInputs, keySpec, webSpec, accountToken, PULL, TENANT } from '../test/providers/ecr/setting.ts';
import { eventually } from '../test/support/eventually.ts';
import { skipBecause } from '../test/support/skip.ts';

const MOTO = 'moto[server]==5.2.1';
const INSTALL_MS = 300_000;

/** Why the suite can not run; undefined: it is installed. */
function install(folder: string): string | undefined {
  const python = spawnSync('python3', ['-m', 'venv', folder], { stdio: 'ignore', timeout: INSTALL_MS });
  if (python.status !== 0) return 'there is no python3 with venv';
  const pip = spawnSync(join(folder, 'bin/pip'), ['install', '--quiet', MOTO], {
    stdio: 'ignore',
    timeout: INSTALL_MS,
  });
  return pip.status === 0 ? undefined : `${MOTO} can not be installed from PyPI`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.status > 0,
    () => false,
  );
}

describe('ecr against moto', function () {
  this.timeout(2 * INSTALL_MS);
  const folder = mkdtempSync(join(tmpdir(), 'regcred-moto-'));
  let moto: ChildProcess | undefined;
  let url = '';

  before(async function () {
    const reason = install(folder);
    if (reason !== undefined) return skipBecause(this, reason);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const options = ['-H', '127.0.0.1', '-p', `${port}`];
    moto = spawn(join(folder, 'bin/moto_server'), options, { stdio: 'ignore' });
    await eventually(() => isUp(url), { timeoutMs: 60_000 });
  });
  after(async () => {
    if (moto?.kill()) await once(moto, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  const issued = async (spec: EcrSpec, inputs: Parameters<typeof issue>[2]): Promise<RegistryToken> => {
    const [result, ...more] = await issue({ url }, spec, inputs);
    assert.deepEqual(more, []);
    return result?.kind === 'token' ? result : assert.fail(JSON.stringify(result));
  };
  const assumeRole = { roleARN: PULL, externalID: 'shared-with-acme' };

  it('gives a token for keys', async () => {
    const token = await issued(keySpec(), keyInputs);
    assert.equal(token.username, 'AWS');
    assert.notEqual(token.password.reveal(), '');
  });

  it('gives a token for a role that keys assume', async () => {
    assert.equal((await issued(keySpec(undefined, { assumeRole }), keyInputs)).principal, PULL);
  });

  it('gives a token for a web identity, and for a role after it', async () => {
    assert.equal((await issued(webSpec({}, TENANT), { token: accountToken() })).principal, TENANT);
    assert.equal((await issued(webSpec({ assumeRole }, TENANT), { token: accountToken() })).principal, PULL);
  });

  it('keeps the end that moto gives, so that the engine can say ReturnedExpired', async () => {
    const { expiresAt, expirySource } = await issued(keySpec(), keyInputs);
    assert.deepEqual([expiresAt?.getUTCFullYear(), expirySource], [2015, 'response']);
  });

  it('says that moto has no ECR Public', async () => {
    const [result] = await issue({ url }, keySpec(['public.ecr.aws']), keyInputs);
    assert.ok(result?.kind === 'failure' && result.reason !== 'InternalError', JSON.stringify(result));
  });
});
