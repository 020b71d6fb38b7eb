import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { bundle } from '../../build.ts';
import { networksOf } from '../../src/lib/addresses.ts';
import { CallError, createGuardedClient } from '../../src/lib/http.ts';
import type { GuardOptions, GuardedClient } from '../../src/lib/http.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import type { ConnectProxy, ConnectProxyOptions } from '../support/connect-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { startHttpStub, tlsFixture } from '../support/http-stub.ts';
import type { HttpStub } from '../support/http-stub.ts';

const tls = tlsFixture('three'); // good for cloud.example.com, localhost and 127.0.0.1
const LOOPBACK = networksOf(['127.0.0.0/8', '::1/128']);

describe('tunnel', () => {
  let host: HttpStub;
  let proxy: ConnectProxy;
  const clients: GuardedClient[] = [];

  beforeEach(async () => {
    host = await startHttpStub((_request, response) => void response.end('{"ok":true}'), { tls });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all([proxy.close(), host.close()]);
  });

  const startProxy = async (options: Partial<ConnectProxyOptions> = {}): Promise<void> => {
    proxy = await startConnectProxy({ to: host.port, ...options });
  };
  const open = (environment: Record<string, string> = {}, options: Partial<GuardOptions> = {}): GuardedClient => {
    const client = createGuardedClient({
      reach: 'provider',
      deadlineMs: 5000,
      extraCas: [tls.ca],
      environment: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, ...environment },
      ...options,
    });
    clients.push(client);
    return client;
  };
  const refusedWith = (code: string) => (error: unknown) => error instanceof CallError && error.code === code;
  const URL_OUTSIDE = 'https://cloud.example.com/';
  const toLoopback: GuardOptions['resolve'] = (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);

  it('carries a call through the proxy, which resolves the name', async () => {
    await startProxy();

    const response = await open().fetch(URL_OUTSIDE);

    assert.deepEqual(await response.json(), { ok: true });
    assert.deepEqual(proxy.asked, ['cloud.example.com:443']);
    assert.deepEqual(
      host.requests.map(({ headers }) => headers.host),
      ['cloud.example.com'],
    );
  });

  it('asks for the port and the address of the URL', async () => {
    await startProxy();
    const { fetch } = open({}, { deadlineMs: 1000 });

    await fetch('https://cloud.example.com:5000/');
    await assert.rejects(fetch('https://[2001:db8::1]/')); // the certificate is for others

    assert.deepEqual(proxy.asked, ['cloud.example.com:5000', '[2001:db8::1]:443']);
  });

  it('takes a proxy without a scheme, as curl does', async () => {
    await startProxy();

    const response = await open({ HTTPS_PROXY: `127.0.0.1:${proxy.port}` }).fetch(URL_OUTSIDE);

    assert.equal(response.status, 200);
  });

  it('takes a proxy that speaks TLS, with a certificate of the configured authorities', async () => {
    await startProxy({ tls });

    const response = await open({ HTTPS_PROXY: `https://127.0.0.1:${proxy.port}` }).fetch(URL_OUTSIDE);

    assert.deepEqual(await response.json(), { ok: true });
    assert.deepEqual(proxy.asked, ['cloud.example.com:443']);
  });

  it('logs in at the proxy, and shows the login to nobody else', async () => {
    await startProxy();

    const { fetch } = open({ HTTPS_PROXY: `http://me:p%40ss%20word@127.0.0.1:${proxy.port}` });
    await fetch(URL_OUTSIDE);

    assert.deepEqual(proxy.logins, [`Basic ${Buffer.from('me:p@ss word').toString('base64')}`]);
    assert.doesNotMatch(JSON.stringify(host.requests.map(({ headers }) => headers)), /proxy|Basic/);
  });

  for (const status of [407, 403, 502]) {
    it(`says what the proxy answered: ${status}, and nothing of its login`, async () => {
      await startProxy({ status });
      const login = Buffer.from('me:CANARY').toString('base64');

      const call = open({ HTTPS_PROXY: `http://me:CANARY@127.0.0.1:${proxy.port}` }).fetch(URL_OUTSIDE);

      await assert.rejects(call, (error) => {
        assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), new RegExp(`CANARY|${login}`));
        return refusedWith(`EPROXY_${status}`)(error);
      });
      assert.equal(host.connections().accepted, 0);
      await eventually(() => proxy.open() === 0);
    });
  }

  it('says that nobody is where the proxy should be', async () => {
    await startProxy();
    await proxy.close();

    await assert.rejects(open().fetch(URL_OUTSIDE), refusedWith('EPROXY_ECONNREFUSED'));
  });

  it('ends at the deadline when the proxy never answers', async () => {
    await startProxy({ status: null });

    await assert.rejects(open({}, { deadlineMs: 200 }).fetch(URL_OUTSIDE), refusedWith('EDEADLINE'));
  });

  it('checks the certificate of the host behind the proxy', async () => {
    await startProxy();

    await assert.rejects(open({}, { extraCas: [] }).fetch(URL_OUTSIDE), (error) =>
      /UNABLE_TO_VERIFY|SELF_SIGNED/.test(inspect(error)),
    );

    assert.deepEqual(host.requests, []);
  });

  it('leaves no socket behind', async () => {
    await startProxy();
    const client = open();
    await (await client.fetch(URL_OUTSIDE)).text();

    await client.close();

    await eventually(() => proxy.open() === 0 && host.connections().open === 0);
  });

  it('F90: asks no proxy for an address that may not be reached', async () => {
    await startProxy();
    const tenants = open({}, { reach: 'public' });

    for (const address of ['127.0.0.1', '169.254.169.254', '[::1]', '[fe80::1]', '[::ffff:10.0.0.1]', '10.0.0.1'])
      await assert.rejects(tenants.fetch(`https://${address}/`), refusedWith('EADDRESS'), address);

    assert.deepEqual(proxy.asked, []);
  });

  it('F90: asks no proxy for localhost, which would be its own', async () => {
    await startProxy();
    const tenants = open({}, { reach: 'public', resolve: toLoopback });

    for (const name of ['localhost', 'LOCALHOST.', 'any.localhost'])
      await assert.rejects(tenants.fetch(`https://${name}:${host.port}/`), refusedWith('EADDRESS'), name);

    assert.deepEqual([proxy.asked, host.connections().accepted], [[], 0]);
  });

  it('F90: guards the addresses of hosts that NO_PROXY names', async () => {
    await startProxy();
    const tenants = open({ NO_PROXY: 'example.com' }, { reach: 'public', resolve: toLoopback });

    await assert.rejects(tenants.fetch(`https://cloud.example.com:${host.port}/`), refusedWith('EADDRESS'));

    assert.deepEqual([proxy.asked, host.connections().accepted], [[], 0]);
  });

  it('trusts the configured authorities for hosts that NO_PROXY names', async () => {
    await startProxy();
    const client = open({ NO_PROXY: 'example.com' }, { allowedNetworks: LOOPBACK, resolve: toLoopback });

    const response = await client.fetch(`https://cloud.example.com:${host.port}/`);

    assert.equal(response.status, 200);
    assert.deepEqual(proxy.asked, []);
  });

  it('carries what the configuration names, too, unless NO_PROXY does', async () => {
    await startProxy();
    const allowedOrigins = new Set(['https://cloud.example.com']);

    await open({}, { allowedOrigins }).fetch(URL_OUTSIDE);
    await assert.rejects(
      open({ NO_PROXY: 'cloud.example.com' }, { allowedOrigins, deadlineMs: 500 }).fetch(URL_OUTSIDE),
    );

    assert.deepEqual(proxy.asked, ['cloud.example.com:443']);
  });

  it('carries no plain http, nor anything to metadata addresses', async () => {
    await startProxy();
    const plain = await startHttpStub((_request, response) => void response.end('{}'));
    const direct = (reach: 'provider' | 'metadata') => open({}, { reach, allowedOrigins: new Set([plain.url.origin]) });

    await direct('provider').fetch(plain.url);
    await direct('metadata').fetch(plain.url);
    await plain.close();

    assert.equal(plain.requests.length, 2);
    assert.deepEqual(proxy.asked, []);
  });

  it('works in the bundle', async () => {
    await startProxy();
    const folder = mkdtempSync(join(tmpdir(), 'regcred-tunnel-'));
    await bundle(folder, 'test/support/call-out.ts');
    const ca = fileURLToPath(new URL('../fixtures/tls/ca-three.pem', import.meta.url));
    const environment = { HTTPS_PROXY: `127.0.0.1:${proxy.port}` };

    const run = promisify(execFile)(process.execPath, [join(folder, 'regcred.js'), URL_OUTSIDE, ca], {
      env: environment,
    });
    const { stdout, stderr } = await run;
    rmSync(folder, { recursive: true });

    assert.deepEqual([stdout, stderr], ['200', '']);
    assert.deepEqual(proxy.asked, ['cloud.example.com:443']);
  });
});
