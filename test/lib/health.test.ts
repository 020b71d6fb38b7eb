import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { RequestListener } from 'node:http';
import { listen, metricsHandler, probeHandler } from '../../src/lib/health.ts';
import type { Check, Listening, Probe } from '../../src/lib/health.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe('the HTTP servers', () => {
  const open: Listening[] = [];

  async function serve(handler: RequestListener): Promise<(path: string) => Promise<Answer>> {
    const server = (await listen({ address: '127.0.0.1:0', flag: '--health-address', handler }))!;
    open.push(server);
    return (path) => get(server.address, path);
  }

  function serveReadyz(
    checks: Record<string, Check>,
    more: Partial<Probe> = {},
  ): Promise<(path: string) => Promise<Answer>> {
    return serve(probeHandler({ '/readyz': { checks, ...more } }));
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  it('answer ok while all checks are well', async () => {
    const ask = await serveReadyz({ ping: () => undefined });
    assert.deepEqual(await ask('/readyz'), { status: 200, body: 'ok' });
  });

  it('name a failed check and withhold the reason', async () => {
    const ask = await serveReadyz({ ping: () => undefined, synced: () => 'password 1234 is wrong' });
    const body = '[+]ping ok\n[-]synced failed: reason withheld\nreadyz check failed\n';
    assert.deepEqual(await ask('/readyz'), { status: 500, body });
  });

  it('take a check that throws as failed', async () => {
    const ask = await serveReadyz({
      broken: () => {
        throw new TypeError('x');
      },
    });
    assert.equal((await ask('/readyz')).status, 500);
  });

  it('list checks and warnings under ?verbose', async () => {
    const ask = await serveReadyz(
      { ping: () => undefined },
      { warnings: () => ['the admission policies are missing'] },
    );
    const body = '[+]ping ok\n[!]the admission policies are missing\nreadyz check passed\n';
    assert.deepEqual(await ask('/readyz?verbose'), { status: 200, body });
    assert.equal((await ask('/readyz')).body, 'ok');
  });

  it('leave out checks by ?exclude', async () => {
    const ask = await serveReadyz({ lease: () => 'x', synced: () => 'y' });
    assert.equal((await ask('/readyz?exclude=lease')).status, 500);
    assert.equal((await ask('/readyz?exclude=lease&exclude=synced')).status, 200);
  });

  it('serve each check under a path of its own', async () => {
    const ask = await serveReadyz({ ping: () => undefined, synced: () => 'y' });
    assert.equal((await ask('/readyz/ping')).status, 200);
    assert.equal((await ask('/readyz/synced')).status, 500);
    assert.equal((await ask('/readyz/nothing')).status, 404);
    assert.equal((await ask('/readyz/toString')).status, 404);
  });

  it('tell about a failure once, until it was well again', async () => {
    let reason: string | undefined = 'a';
    const told: string[] = [];
    const ask = await serveReadyz({ synced: () => reason }, { onFailure: (name, why) => told.push(`${name}: ${why}`) });
    await ask('/readyz');
    await ask('/readyz');
    reason = undefined;
    await ask('/readyz');
    reason = 'b';
    await ask('/readyz');
    assert.deepEqual(told, ['synced: a', 'synced: b']);
  });

  it('answer 404 to any other path, also to one that is no URL', async () => {
    const ask = await serveReadyz({});
    for (const path of ['/', '//', '/healthz', '/readyz/a/b', '/__proto__', '/%', '*']) {
      assert.equal((await ask(path)).status, 404, path);
    }
  });

  it('serve the metrics', async () => {
    const ask = await serve(metricsHandler(() => Promise.resolve('a 1\n')));
    assert.deepEqual(await ask('/metrics?x=y'), { status: 200, body: 'a 1\n' });
    assert.equal((await ask('/')).status, 404);
    const broken = await serve(metricsHandler(() => Promise.reject(new Error('x'))));
    assert.equal((await broken('/metrics')).status, 500);
  });

  it('are off at address 0', async () => {
    assert.equal(await listen({ address: '0', flag: '--health-address', handler: () => undefined }), undefined);
  });

  it('say which address is in use and what to do', async () => {
    await serveReadyz({});
    const { address } = open[0]!;
    await assert.rejects(listen({ address, flag: '--metrics-address', handler: () => undefined }), {
      message: `Cannot listen on "${address}": address in use (EADDRINUSE); free the port or set --metrics-address`,
    });
  });

  it('refuse an address that is none', async () => {
    for (const address of ['8080', 'localhost', ':99999', '::1:80', ':']) {
      await assert.rejects(
        listen({ address, flag: '--metrics-address', handler: () => undefined }),
        /--metrics-address/,
      );
    }
  });
});

/** Not fetch(), which would mend the strange paths. */
function get(address: string, path: string): Promise<Answer> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject).end();
  });
}
