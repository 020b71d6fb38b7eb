import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { CallError, createGuardedClient } from '../../src/lib/http.ts';
import type { GuardOptions, GuardedClient } from '../../src/lib/http.ts';
import { eventually } from '../support/eventually.ts';
import { startHttpStub, tlsFixture } from '../support/http-stub.ts';
import type { HttpStub } from '../support/http-stub.ts';

type Answer = (response: ServerResponse) => void;

describe('http', () => {
  let stub: HttpStub;
  let client: GuardedClient;
  let answer: Answer;

  beforeEach(async () => {
    stub = await startHttpStub((_request, response) => answer(response));
  });
  afterEach(async () => {
    await client.close();
    await stub.close();
  });

  const open = (options: Partial<GuardOptions> = {}): GuardedClient =>
    (client = createGuardedClient({
      reach: 'provider',
      allowedOrigins: new Set([stub.url.origin]),
      deadlineMs: 5000,
      ...options,
    }));
  const refusedWith = (code: string) => (error: unknown) => error instanceof CallError && error.code === code;

  it('passes an answer on', async () => {
    answer = (response) => void response.end('{"ok":true}');

    const response = await open().fetch(stub.url);

    assert.deepEqual(await response.json(), { ok: true });
  });

  it('F88: follows no redirect, wherever it goes', async () => {
    let calls = 0;
    answer = (response) => {
      calls += 1;
      response.writeHead(307, { location: `${stub.url.origin}/other` }).end();
    };

    await assert.rejects(open().fetch(stub.url, { method: 'POST', body: 'secret' }), refusedWith('EREDIRECT'));

    assert.equal(calls, 1);
  });

  it('F75: stops reading at the cap, also of a small body that unpacks to a large one', async () => {
    answer = (response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2_000_000)));

    const response = await open().fetch(stub.url);

    await assert.rejects(response.text(), refusedWith('ETOOLARGE'));
  });

  it('F74: ends at the deadline when no answer comes', async () => {
    answer = () => undefined;

    await assert.rejects(open({ deadlineMs: 100 }).fetch(stub.url), refusedWith('EDEADLINE'));
  });

  it('F74: ends at the deadline when the body never ends', async () => {
    answer = (response) => void response.write('x');

    const response = await open({ deadlineMs: 200 }).fetch(stub.url);

    await assert.rejects(response.text());
  });

  it('refuses http, user info, and addresses that nobody configured', async () => {
    answer = (response) => void response.end('{}');
    const closed = open({ allowedOrigins: new Set() });

    await assert.rejects(closed.fetch(stub.url), refusedWith('EINSECURE'));
    await assert.rejects(closed.fetch('https://user:pass@example.com/'), refusedWith('EINSECURE'));
    await assert.rejects(closed.fetch('https://127.0.0.1/'), refusedWith('EADDRESS'));
    await assert.rejects(closed.fetch('https://[::ffff:169.254.169.254]/'), refusedWith('EADDRESS'));
  });

  it('F90: looks at every address behind a name, and connects to none if one is not allowed', async () => {
    answer = (response) => void response.end('{}');
    const mixed = open({
      allowedOrigins: new Set(),
      resolve: (_host, done) =>
        done(null, [
          { address: '8.8.8.8', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });

    await assert.rejects(mixed.fetch('https://registry.example.com/'), refusedWith('EADDRESS'));
  });

  it("F90: a provider's own name may lead to a private address; a name that a tenant chose may not", async () => {
    answer = (response) => void response.end('{}');
    const privately = (reach: 'provider' | 'public'): Partial<GuardOptions> => ({
      reach,
      allowedOrigins: new Set(),
      deadlineMs: 50,
      resolve: (_host, done) => done(null, [{ address: '10.255.255.1', family: 4 }]),
    });

    await assert.rejects(open(privately('provider')).fetch('https://cloud.example.com/'), (error) => {
      return !refusedWith('EADDRESS')(error); // it tried; nobody is there
    });
    await client.close();
    await assert.rejects(open(privately('public')).fetch('https://cloud.example.com/'), refusedWith('EADDRESS'));
  });

  for (const [whose, reach, most] of [
    ['a tenant chose are looked up one at a time, so that dead name servers leave room for the others', 'public', 1],
    ['a provider owns are looked up at once', 'provider', 3],
  ] as const)
    it(`F90: names that ${whose}`, async () => {
      const asked: string[] = [];
      const answers: (() => void)[] = [];
      const { fetch } = open({
        reach,
        allowedOrigins: new Set(),
        resolve: (host, done) => {
          asked.push(host);
          answers.push(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
        },
      });

      const calls = ['a', 'b', 'c'].map((name) => fetch(`https://${name}.example.com/`));
      await eventually(() => asked.length === most);
      assert.equal(asked.length, most);

      for (const call of calls) {
        await eventually(() => answers.length > 0);
        answers.shift()?.();
        await assert.rejects(call, refusedWith('EADDRESS'));
      }
      assert.equal(asked.length, 3);
    });

  it('F90: a name that waited for longer than its call lives is not looked up', async () => {
    const asked: string[] = [];
    let answer = (): void => undefined;
    const { fetch } = open({
      reach: 'public',
      allowedOrigins: new Set(),
      deadlineMs: 50,
      resolve: (host, done) => {
        asked.push(host);
        answer = () => done(null, []);
      },
    });

    for (const name of ['slow', 'late'])
      await assert.rejects(fetch(`https://${name}.example.com/`), refusedWith('EDEADLINE'));
    await delay(50); // its own wait began some moments after the call's
    answer();

    assert.deepEqual(asked, ['slow.example.com']);
  });

  it("ends with the caller's signal", async () => {
    answer = () => undefined;
    const caller = new AbortController();
    const call = open().fetch(stub.url, { signal: caller.signal });

    caller.abort();

    await assert.rejects(call, { name: 'AbortError' });
  });
});

describe('http: whom it trusts', () => {
  let stub: HttpStub;
  beforeEach(async () => {
    stub = await startHttpStub((_request, response) => void response.end('{}'), { tls: tlsFixture('three') });
  });
  afterEach(() => stub.close());

  const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
  const caOf = (authority: string): string => pathOf(`fixtures/tls/ca-${authority}.pem`);

  /** What a process says that was started so. Node reads its environment for CAs once. */
  async function told(
    configured: readonly string[],
    env: Record<string, string>,
    flags: readonly string[] = [],
  ): Promise<string> {
    const words = [...flags, pathOf('support/call-out.ts'), stub.url.href, ...configured.map(caOf)];
    return (await promisify(execFile)(process.execPath, words, { env })).stdout;
  }

  it('trusts the authorities of the configuration', async () => {
    assert.equal(await told(['one', 'three'], {}), '200');
    assert.match(await told(['one'], {}), /^UNABLE_TO_VERIFY/);
  });

  it('trusts those of NODE_EXTRA_CA_CERTS, whether the configuration has some or not', async () => {
    const env = { NODE_EXTRA_CA_CERTS: caOf('three') };

    assert.equal(await told([], env), '200');
    assert.equal(await told(['one'], env), '200');
  });

  it("trusts the machine's with --use-system-ca, whether the configuration has some or not", async () => {
    const env = { SSL_CERT_FILE: caOf('three') };

    assert.equal(await told([], env, ['--use-system-ca']), '200');
    assert.equal(await told(['one'], env, ['--use-system-ca']), '200');
  });
});
