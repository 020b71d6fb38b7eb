import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createGuardedClient } from '../../src/lib/http.ts';
import type { GuardedClient } from '../../src/lib/http.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { startRegistry } from '../../src/sandbox/cloud/registry.ts';
import { sleep } from '../../src/lib/clock.ts';
import { verifyLogin } from '../../src/verification/verify.ts';
import type { InTurn, Login, RegistryVerdict } from '../../src/verification/verify.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { startHttpStub } from '../support/http-stub.ts';
import type { StubHandler } from '../support/http-stub.ts';

const HOST = 'registry.example.com';
const login = (parts: Partial<Login> = {}): Login => ({
  prefix: HOST,
  provider: 'static',
  username: 'robot',
  password: sensitive('right'),
  principal: 'robot',
  repository: undefined,
  ...parts,
});

type Answer = StubHandler;

/** Verifies against a server on loopback that the operator's configuration puts in place of the registry. */
async function verifyAt(base: URL, which: Login = login()): Promise<RegistryVerdict> {
  const clock = fakeClock();
  const client: GuardedClient = createGuardedClient({
    reach: 'public',
    allowedOrigins: new Set([base.origin]),
    deadlineMs: 2000,
  });
  const options = { fetch: client.fetch, registries: new Map([[which.prefix, base]]), allowedRealms: [], clock };
  const verdict = verifyLogin(which, options, new AbortController().signal);
  let isDone = false;
  void verdict.finally(() => (isDone = true));
  await eventually(() => {
    if (!isDone && clock.pendingMs().some((ms) => ms <= 10_000)) clock.advance(5000); // the pause between the tries
    return isDone;
  });
  await client.close();
  return verdict;
}

async function verifyStub(answer: Answer, which?: Login): Promise<RegistryVerdict> {
  const stub = await startHttpStub((request, response) => answer(request, response));
  try {
    return await verifyAt(stub.url, which);
  } finally {
    await stub.close();
  }
}

interface Play {
  readonly turn?: (clock: FakeClock) => InTurn;
  /** Of the n-th login; never, where it hangs. */
  readonly latencyMs: (nth: number) => number;
}

/** A registry that refuses every login, after a while: the clock alone moves. */
async function refused({ turn, latencyMs }: Play) {
  const clock = fakeClock();
  const began: number[] = [];
  const fetch = ((_url: URL, { headers, signal }: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const isLogin = new Headers(headers).has('authorization');
      if (isLogin) began.push(clock.monotonicMs());
      const answer = new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } });
      const timer = clock.after(isLogin ? latencyMs(began.length) : 0, () => resolve(answer));
      signal?.addEventListener('abort', () => {
        timer.cancel();
        reject(signal.reason as Error);
      });
    })) as typeof globalThis.fetch;
  const options = { fetch, registries: new Map<string, URL>(), allowedRealms: [], clock, turn: turn?.(clock) };
  let verdict: RegistryVerdict | undefined;
  void verifyLogin(login(), options, new AbortController().signal).then((one) => (verdict = one));
  while (verdict === undefined && clock.monotonicMs() < 10 * 60_000) await clock.advanceSlowly(100);
  return { verdict, began, endedMs: clock.monotonicMs(), pendingMs: clock.pendingMs() };
}

const challenged = (response: ServerResponse, challenge: string): void =>
  void response.writeHead(401, { 'www-authenticate': challenge }).end('{}');

describe('verify', () => {
  for (const auth of ['Basic', 'Bearer'] as const) {
    it(`F106: proves a login by ${auth}, and says that it is only a login`, async () => {
      const registry = await startRegistry({ auth, accounts: { robot: 'right' } });

      const verdict = await verifyAt(new URL(registry.url));

      await registry.stop();
      assert.deepEqual([verdict.kind, verdict.reason], ['Valid', 'LoginProven']);
      assert.match(verdict.message, /no pull; set verifyRepository/);
    });

    it(`proves a pull by ${auth}`, async () => {
      const registry = await startRegistry({ auth, accounts: { robot: 'right' } });

      const verdict = await verifyAt(new URL(registry.url), login({ repository: 'team/app' }));

      await registry.stop();
      assert.deepEqual([verdict.kind, verdict.reason], ['Valid', 'PullProven']);
    });

    it(`F109: believes after three tries that a password is wrong, by ${auth}`, async () => {
      const registry = await startRegistry({ auth, accounts: { robot: 'right' } });

      const verdict = await verifyAt(new URL(registry.url), login({ password: sensitive('wrong') }));

      const tries = registry.logins.length;
      await registry.stop();
      assert.deepEqual([verdict.kind, verdict.reason, tries], ['Invalid', 'Invalid', 3]);
      assert.doesNotMatch(verdict.message, /wrong/);
    });
  }

  it('F115: needs no proof where nobody asks for one', async () => {
    const verdict = await verifyStub((_request, response) => void response.end('{}'));

    assert.deepEqual([verdict.kind, verdict.reason], ['Open', 'NoAuthNeeded']);
  });

  it('F103: sends nothing to a foreign realm', async () => {
    let leaked = 0;
    const verdict = await verifyStub((request, response) => {
      if (request.headers.authorization !== undefined) leaked += 1;
      challenged(response, 'Bearer realm="https://evil.example/token",service="x"');
    });

    assert.deepEqual([verdict.kind, verdict.reason, leaked], ['Indeterminate', 'RealmNotTrusted', 0]);
    assert.match(verdict.message, /evil\.example/);
  });

  it('F107: a token without the grant proves nothing: the manifest answers insufficient_scope', async () => {
    const verdict = await verifyStub(
      (request, response) => {
        const origin = `http://${request.headers.host ?? ''}`;
        if (request.path.startsWith('/token')) response.end('{"token":"anonymous"}');
        else if (request.method === 'HEAD')
          challenged(response, `Bearer realm="${origin}/token",error="insufficient_scope"`);
        else challenged(response, `Bearer realm="${origin}/token"`);
      },
      login({ repository: 'team/app' }),
    );

    assert.deepEqual([verdict.kind, verdict.reason], ['Denied', 'Denied']);
  });

  it('says who lacks what of a pull that is denied, where it can be known', async () => {
    const denied: Answer = ({ headers, method }, response) => {
      if (headers.authorization === undefined) challenged(response, 'Basic realm="x"');
      else response.writeHead(method === 'HEAD' ? 403 : 200).end();
    };
    const saysOf = async (parts: Partial<Login>) =>
      (await verifyStub(denied, login({ repository: 'team/app', ...parts }))).message;

    assert.equal(
      await saysOf({ provider: 'gar', principal: 'puller@p.iam.gserviceaccount.com' }),
      `puller@p.iam.gserviceaccount.com may log in to ${HOST} but not pull "team/app"; grant roles/artifactregistry.reader on it`,
    );
    for (const unknown of [{ provider: 'gar', principal: null }, { provider: 'static' }])
      assert.match(await saysOf(unknown), /not for a pull of "team\/app"; grant it/);
  });

  it('F109: knows the words of ECR and IBM for a login that is no good', async () => {
    const ecr = await verifyStub((request, response) => {
      if (request.headers.authorization === undefined) challenged(response, 'Basic realm="x"');
      else response.writeHead(403).end('denied: Your authorization token has expired. Reauthenticate and try again.');
    });
    const ibm = await verifyStub(
      (request, response) => {
        if (request.headers.authorization === undefined) challenged(response, 'Basic realm="x"');
        else response.writeHead(400).end('{}');
      },
      login({ prefix: 'de.icr.io' }),
    );

    assert.deepEqual([ecr.kind, ibm.kind], ['Invalid', 'Invalid']);
  });

  it('F109: tries three times within 15 s, also where each answer takes five of them', async () => {
    const quick = await refused({ latencyMs: () => 0 });
    const slow = await refused({ latencyMs: () => 5400 });

    assert.deepEqual([quick.verdict?.kind, quick.began], ['Invalid', [0, 5000, 15_000]]);
    assert.deepEqual([slow.verdict?.kind, slow.began], ['Invalid', [0, 5400, 15_000]]);
  });

  it('F117: has 30 s in all; two refusals are no proof', async () => {
    const { verdict, began, endedMs, pendingMs } = await refused({ latencyMs: (nth) => (nth < 3 ? 0 : Infinity) });

    assert.deepEqual([verdict?.reason, began.length, endedMs], ['Indeterminate', 3, 30_000]);
    assert.match(verdict?.message ?? '', /deadline/);
    assert.deepEqual(pendingMs, []);
  });

  it('takes its turn at the registry for each try, and none while it pauses', async () => {
    const turns: string[] = [];
    const turn =
      (clock: FakeClock): InTurn =>
      async (attempt) => {
        turns.push(`taken ${clock.monotonicMs()}`);
        return attempt().finally(() => turns.push(`given back ${clock.monotonicMs()}`));
      };
    await refused({ turn, latencyMs: () => 2000 });

    assert.deepEqual(turns, [
      ...['taken 0', 'given back 2000'],
      ...['taken 5000', 'given back 7000'],
      ...['taken 15000', 'given back 17000'],
    ]);
  });

  it('F109: counts no wait for a turn as the silence of the registry', async () => {
    const turn =
      (clock: FakeClock): InTurn =>
      async (attempt) => {
        await sleep(clock, 60_000);
        return attempt();
      };
    const { verdict, began } = await refused({ turn, latencyMs: () => 9000 });

    assert.deepEqual([verdict?.kind, began], ['Invalid', [60_000, 129_000, 198_000]]);
  });

  it('F112: believes a registry that changes its mind', async () => {
    let tries = 0;
    const verdict = await verifyStub((request, response) => {
      if (request.headers.authorization === undefined) challenged(response, 'Basic realm="x"');
      else if (++tries < 3) challenged(response, 'Basic realm="x"');
      else response.end('{}');
    });

    assert.equal(verdict.kind, 'Valid');
  });

  it('F113: a 404 proves a pull where the registry is honest about it, and only a login elsewhere', async () => {
    const absent: Answer = (request, response) => {
      if (request.headers.authorization === undefined) challenged(response, 'Basic realm="x"');
      else response.writeHead(request.method === 'HEAD' ? 404 : 200).end();
    };

    assert.equal((await verifyStub(absent, login({ repository: 'a/b', provider: 'ecr' }))).reason, 'PullProven');
    assert.equal((await verifyStub(absent, login({ repository: 'a/b', provider: 'static' }))).reason, 'LoginProven');
  });

  for (const [title, answer] of [
    ['HTTP 429', (_request, response) => void response.writeHead(429).end()],
    ['HTTP 503', (_request, response) => void response.writeHead(503).end()],
    ['a page of HTML', (_request, response) => void response.writeHead(404).end('<html>')],
    [
      'a portal that says 200 to everything',
      (_request, response) => void response.setHeader('content-type', 'text/html').end('<html>'),
    ],
    ['a redirect', (_request, response) => void response.writeHead(302, { location: 'https://evil.example/' }).end()],
    ['a reset', (_request, response) => void response.destroy()],
    [
      'a firewall',
      (request, response) => {
        if (request.headers.authorization === undefined) challenged(response, 'Basic realm="x"');
        else
          response
            .writeHead(403)
            .end("client with IP '10.1.2.3' is not allowed access. Refer https://aka.ms/acr/firewall");
      },
    ],
  ] as readonly (readonly [string, Answer])[]) {
    it(`F114: gives no verdict after ${title}`, async () => {
      assert.equal((await verifyStub(answer)).kind, 'Indeterminate');
    });
  }

  it('F114: passes on how long a throttled registry asks to be left alone', async () => {
    const verdict = await verifyStub(
      (_request, response) => void response.writeHead(429, { 'retry-after': '900' }).end(),
    );

    assert.deepEqual([verdict.reason, verdict.retryAfterMs], ['Indeterminate', 900_000]);
  });

  it('F106, F120: probes no wildcard, and no address that is not allowed', async () => {
    const clock = fakeClock();
    const client = createGuardedClient({ reach: 'public' });
    const options = { fetch: client.fetch, registries: new Map<string, URL>(), allowedRealms: [], clock };
    const verify = (prefix: string): Promise<RegistryVerdict> =>
      verifyLogin(login({ prefix }), options, new AbortController().signal);

    const verdicts = await Promise.all(
      ['*.dkr.ecr.eu-west-1.amazonaws.com', '169.254.169.254', '127.0.0.1:5000', '10.0.0.1'].map(verify),
    );

    await client.close();
    assert.deepEqual(
      verdicts.map(({ reason }) => reason),
      ['NotProbed', 'NotProbed', 'NotProbed', 'NotProbed'],
    );
  });
});
