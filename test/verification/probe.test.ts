import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { sensitive } from '../../src/lib/sensitive.ts';
import { probe } from '../../src/verification/probe.ts';
import type { Finding, ProbeRequest } from '../../src/verification/probe.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import type { StubHandler, StubRequest } from '../support/http-stub.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const BASIC = `Basic ${Buffer.from('robot:right').toString('base64')}`;

interface Probed {
  readonly finding: Finding;
  /** Method, path and authorization of each request. */
  readonly asked: readonly string[];
  readonly requests: readonly StubRequest[];
}

async function probeAt(handler: StubHandler, change: Partial<ProbeRequest> = {}): Promise<Probed> {
  const stub = await startHttpStub(handler);
  const request: ProbeRequest = {
    base: stub.url,
    registryHost: 'registry.example.com',
    isConfigured: true,
    username: 'robot',
    password: sensitive('right'),
    repository: undefined,
    allowedRealms: [],
    now: () => NOW,
    fetch: globalThis.fetch,
    signal: AbortSignal.timeout(10_000),
    ...change,
  };
  try {
    const finding = await probe(request);
    const asked = stub.requests.map(
      ({ method, url, headers }) => `${method} ${url.pathname} ${headers.authorization ?? '-'}`,
    );
    return { finding, asked, requests: stub.requests };
  } finally {
    await stub.close();
  }
}

function challenge(response: ServerResponse, text: string): void {
  response.writeHead(401, { 'www-authenticate': text }).end();
}

/** Asks for Basic, and answers the login so. */
const basic =
  (status: number, body = '', manifest = 200): StubHandler =>
  ({ headers, method }, response) => {
    if (headers.authorization !== BASIC) challenge(response, 'Basic realm="r"');
    else response.writeHead(method === 'HEAD' ? manifest : status).end(method === 'HEAD' ? undefined : body);
  };

/** Asks for Bearer of its own token endpoint, which answers so. */
const bearer =
  (answer: unknown, { token = 200, manifest = 200 } = {}): StubHandler =>
  ({ headers, method, url }, response) => {
    const realm = `http://${headers.host ?? ''}/token`;
    if (url.pathname === '/token') json(response, token, answer);
    else if (headers.authorization !== 'Bearer good') challenge(response, `Bearer realm="${realm}",service="s"`);
    else response.writeHead(method === 'HEAD' ? manifest : 200).end();
  };

/** Something before the registry shows a page in place of the answer to a login at this path. */
const showing =
  ({ type, body }: { type: string; body: string }, { status, path }: { status: number; path: string }): StubHandler =>
  (request, response) => {
    const isHidden = request.url.pathname === path && request.headers.authorization !== undefined;
    if (isHidden) response.writeHead(status, { 'content-type': type }).end(body);
    else void bearer({ token: 'good' })(request, response);
  };

describe('probe', () => {
  it('sends no login before the registry asks for one', async () => {
    const { finding, asked } = await probeAt((_request, response) => void response.end());

    assert.deepEqual([finding, asked], [{ kind: 'open' }, ['GET /v2/ -']]);
  });

  it('proves a login by Basic, and a pull by the HEAD of a manifest', async () => {
    const login = await probeAt(basic(200));
    const pull = await probeAt(basic(200), { repository: 'team/app' });

    assert.deepEqual([login.finding.kind, login.asked], ['login', ['GET /v2/ -', `GET /v2/ ${BASIC}`]]);
    assert.deepEqual([pull.finding.kind, pull.asked.at(-1)], ['pull', `HEAD /v2/team/app/manifests/latest ${BASIC}`]);
  });

  it('asks the realm of the registry for the service and the scope, and shows the token to the registry', async () => {
    const { finding, asked, requests } = await probeAt(bearer({ token: 'good' }), { repository: 'team/app' });

    assert.equal(finding.kind, 'pull');
    assert.deepEqual(asked.slice(1), [`GET /token ${BASIC}`, 'HEAD /v2/team/app/manifests/latest Bearer good']);
    const { searchParams } = requests[1]?.url ?? new URL('http://none.invalid');
    assert.deepEqual([searchParams.get('service'), searchParams.get('scope')], ['s', 'repository:team/app:pull']);
  });

  it('takes no token for a proof that the registry refuses', async () => {
    const anonymous = await probeAt(bearer({ access_token: 'anonymous' }));

    assert.deepEqual(anonymous.finding, { kind: 'invalid', status: 401 });
    assert.equal(anonymous.asked.at(-1), 'GET /v2/ Bearer anonymous');
  });

  it('finds nothing where the token endpoint gives no token, or one that fits no header', async () => {
    for (const answer of [{}, [], { token: 'two words' }, { token: 7 }])
      assert.equal((await probeAt(bearer(answer))).finding.kind, 'indeterminate', JSON.stringify(answer));
  });

  it('F103: has no realm to send anything to where a Bearer challenge names none', async () => {
    const { finding, asked } = await probeAt((_request, response) => challenge(response, 'Bearer service="s"'));

    assert.deepEqual([finding, asked.length], [{ kind: 'realm', realmHost: 'no realm' }, 1]);
  });

  it('F121: escapes whatever a repository has in it, and goes nowhere where it would lead elsewhere', async () => {
    const escaped = await probeAt(basic(200), { repository: 'a/b?x=1#y' });
    const elsewhere = await probeAt(basic(200), { repository: 'a/../../b' });

    assert.equal(escaped.requests.at(-1)?.path, '/v2/a/b%3Fx%3D1%23y/manifests/latest');
    assert.equal(elsewhere.finding.kind, 'indeterminate');
    assert.ok(elsewhere.requests.every(({ path }) => path === '/v2/'));
  });

  it('F103: sends nothing to a realm of somebody else', async () => {
    const { finding, asked } = await probeAt((_request, response) =>
      challenge(response, 'Bearer realm="https://evil.example/token"'),
    );

    assert.deepEqual([finding, asked], [{ kind: 'realm', realmHost: 'evil.example' }, ['GET /v2/ -']]);
  });

  it('F104: asks the realm of a mapped registry at its base, where it names itself by its public name', async () => {
    const { finding, asked } = await probeAt(({ headers, url }, response) => {
      if (url.pathname === '/service/token') json(response, 200, { token: 'good' });
      else if (headers.authorization === 'Bearer good') response.end('{}');
      else challenge(response, 'Bearer realm="https://registry.example.com/service/token"');
    });

    assert.deepEqual(finding, { kind: 'login' });
    assert.deepEqual(asked.slice(1), [`GET /service/token ${BASIC}`, 'GET /v2/ Bearer good']);
  });

  it('follows no redirect with a login', async () => {
    const redirected = probeAt(({ url, headers }, response) => {
      if (headers.authorization === undefined && url.pathname === '/v2/') challenge(response, 'Basic realm="r"');
      else if (url.pathname === '/v2/') response.writeHead(307, { location: '/elsewhere' }).end();
      else response.end();
    });

    await assert.rejects(redirected);
  });

  for (const [status, body, finding] of [
    [401, '', { kind: 'invalid', status: 401 }],
    [400, '', { kind: 'indeterminate', cause: 'HTTP 400' }],
    [403, 'no', { kind: 'denied', status: 403 }],
    [403, 'Your Authorization Token has expired.', { kind: 'invalid', status: 403 }],
    [403, "client with IP '192.0.2.1' is not allowed access", { kind: 'indeterminate', cause: 'firewall' }],
    [429, '', { kind: 'indeterminate', cause: 'throttled' }],
    [503, '', { kind: 'indeterminate', cause: 'HTTP 503' }],
  ] as const)
    it(`reads ${status} "${body}" to a login as ${finding.kind}`, async () => {
      assert.deepEqual((await probeAt(basic(status, body))).finding, finding);
    });

  for (const [header, retryAfterMs] of [
    ['900', 900_000],
    ['Tue, 01 Jan 2030 00:02:00 GMT', 120_000],
  ] as const)
    it(`F114: tells how long a throttled registry asks to be left alone: ${header}`, async () => {
      for (const path of ['/v2/', '/token']) {
        const { finding } = await probeAt((request, response) => {
          if (request.url.pathname === path) response.writeHead(429, { 'retry-after': header }).end();
          else void bearer({})(request, response);
        });

        assert.deepEqual(finding, { kind: 'indeterminate', cause: 'throttled', retryAfterMs }, path);
      }
    });

  for (const [what, handler] of [
    ['Basic', basic(400)],
    ['the token endpoint', bearer({}, { token: 400 })],
  ] as const)
    it(`F109: reads 400 of ${what} as invalid at IBM, and as nothing elsewhere`, async () => {
      const ibm = await probeAt(handler, { registryHost: 'private.de.icr.io' });
      const other = await probeAt(handler, { registryHost: 'icr.io.example.com' });

      assert.deepEqual(ibm.finding, { kind: 'invalid', status: 400 });
      assert.deepEqual(other.finding, { kind: 'indeterminate', cause: 'HTTP 400' });
    });

  it('reads 400 to a manifest as a question that was wrong, not as a login that is, also at IBM', async () => {
    for (const registryHost of ['registry.example.com', 'de.icr.io'])
      for (const handler of [basic(200, '', 400), bearer({ token: 'good' }, { manifest: 400 })]) {
        const { finding } = await probeAt(handler, { registryHost, repository: 'team' });

        assert.deepEqual(finding, { kind: 'indeterminate', cause: 'HTTP 400' });
      }
  });

  it('reads 401 "Access denied" as denied at IBM, and every other 401 as invalid', async () => {
    const refused = { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] };
    const denied = { errors: [{ code: 'DENIED', message: 'Access denied' }] };
    const findingOf = async (registryHost: string, answer: unknown) =>
      (await probeAt(bearer(answer, { token: 401 }), { registryHost })).finding.kind;

    assert.equal(await findingOf('de.icr.io', denied), 'denied');
    assert.equal(await findingOf('de.icr.io', refused), 'invalid');
    assert.equal(await findingOf('registry.example.com', denied), 'invalid');
  });

  for (const status of [401, 403])
    it(`F114: reads a page that says ${status} as nobody's word about the login`, async () => {
      const page = { type: 'text/html; charset=utf-8', body: '<html>Blocked by policy</html>' };
      const unlabelled = { type: 'text/plain', body: '<!DOCTYPE html><title>Sign in</title>' };
      for (const shown of [page, unlabelled])
        for (const path of ['/token', '/v2/']) {
          const { finding } = await probeAt(showing(shown, { status, path }));

          assert.deepEqual(finding, { kind: 'indeterminate', cause: 'a page instead of an answer' }, path);
        }
    });

  it('believes a 401 that asks for a login in a page: nginx before a registry puts one there', async () => {
    const { finding } = await probeAt((_request, response) => {
      const headers = { 'www-authenticate': 'Basic realm="r"', 'content-type': 'text/html' };
      response.writeHead(401, headers).end('<html>401 Authorization Required</html>');
    });

    assert.deepEqual(finding, { kind: 'invalid', status: 401 });
  });

  it('F114: takes no page for a good login', async () => {
    const shown = { type: 'text/html', body: '<html>Welcome</html>' };

    assert.equal((await probeAt(showing(shown, { status: 200, path: '/v2/' }))).finding.kind, 'indeterminate');
  });

  it('reads a manifest that is not there as hidden, and one that is forbidden as denied', async () => {
    const repository = 'team/app';

    assert.deepEqual((await probeAt(basic(200, '', 404), { repository })).finding, { kind: 'hidden' });
    assert.deepEqual((await probeAt(basic(200, '', 403), { repository })).finding, { kind: 'denied', status: 403 });
  });

  it('finds nothing at a server that is no registry, or that asks for what nobody knows', async () => {
    const page = await probeAt((_request, response) => void response.writeHead(404).end());
    const negotiate = await probeAt((_request, response) => challenge(response, 'Negotiate'));

    assert.deepEqual(page.finding, { kind: 'indeterminate', cause: 'not a v2 registry' });
    assert.deepEqual(negotiate.finding, { kind: 'indeterminate', cause: 'no usable challenge' });
  });
});
