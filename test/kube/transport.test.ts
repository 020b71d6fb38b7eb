import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { RESOURCE } from '../../src/api/names.ts';
import type { KubeErrorKind, ObjectRef, Version, WatchEvent } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeClientOptions, KubeConnection } from '../../src/kube/transport.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { HttpStub, StubHandler } from '../support/http-stub.ts';
import { json, startHttpStub, tlsFixture } from '../support/http-stub.ts';
import { bookmark, clusterAt, connectTo, createCleanup, listOf, secret, status } from './helpers.ts';

const ref: ObjectRef = { resource: RESOURCE.secrets, namespace: 'team-a', name: 'regcred-managed' };
const seen = { uid: 'u1', resourceVersion: '41' };
const ok: StubHandler = (_request, response) => json(response, 200, secret('regcred-managed', '42'));

describe('transport', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(
    handler: StubHandler,
    options: Partial<KubeClientOptions> = {},
  ): Promise<KubeConnection & { stub: HttpStub }> {
    const stub = await startHttpStub(handler);
    const connection = connectTo(stub.url, options);
    cleanup.add(() => stub.close());
    cleanup.add(() => connection.close());
    return { ...connection, stub };
  }

  async function failure(work: Promise<unknown>): Promise<KubeError> {
    const error: unknown = await work.then(
      () => assert.fail('it did not fail'),
      (thrown: unknown) => thrown,
    );
    assert(error instanceof KubeError, inspect(error));
    return error;
  }

  async function assertFails(work: Promise<unknown>, kind: KubeErrorKind): Promise<KubeError> {
    const error = await failure(work);
    assert.equal(error.kind, kind, error.message);
    return error;
  }

  describe('requests', () => {
    it('carry the login and our name, and do not ask for compression', async () => {
      const { client, stub } = await start(ok, { userAgent: 'regcred-operator/1.2.3 (linux/x64)' });

      await client.get(ref);

      const [request] = stub.requests;
      assert.equal(request?.path, '/api/v1/namespaces/team-a/secrets/regcred-managed');
      assert.equal(request.headers.authorization, 'Bearer token-1');
      assert.equal(request.headers['user-agent'], 'regcred-operator/1.2.3 (linux/x64)');
      assert.equal(request.headers['accept-encoding'], undefined);
    });

    it('create with our field manager, and only try when it is a dry run', async () => {
      const { client, stub } = await start(ok);

      await client.create(RESOURCE.secrets, 'team-a', secret('a', ''));
      await client.create(RESOURCE.secrets, 'team-a', secret('a', ''), { dryRun: true });

      assert.deepEqual(
        stub.requests.map(({ method, path }) => `${method} ${path}`),
        [
          'POST /api/v1/namespaces/team-a/secrets?fieldManager=regcred-operator',
          'POST /api/v1/namespaces/team-a/secrets?fieldManager=regcred-operator&dryRun=All',
        ],
      );
    });

    it('patch by merge, with uid and resourceVersion of what was seen', async () => {
      const { client, stub } = await start(ok);

      await client.patch(ref, seen, { metadata: { annotations: { a: 'b' } }, data: { k: 'v' } });

      const [request] = stub.requests;
      assert.equal(request?.headers['content-type'], 'application/merge-patch+json');
      assert.match(request.path, /\?fieldManager=regcred-operator$/);
      const metadata = { annotations: { a: 'b' }, uid: 'u1', resourceVersion: '41' };
      assert.deepEqual(JSON.parse(request.body), { metadata, data: { k: 'v' } });
    });

    it('patch a status without conditions, under its own path', async () => {
      const { client, stub } = await start(ok);
      const credential = { resource: RESOURCE.clusterRegistryCredentials, name: 'hub' };

      await client.patch(credential, undefined, { status: {} }, { subresource: 'status' });

      assert.match(
        stub.requests[0]!.path,
        /^\/apis\/regcred\.dev\/v1alpha1\/clusterregistrycredentials\/hub\/status\?/,
      );
      assert.deepEqual(JSON.parse(stub.requests[0]!.body), { status: {} });
    });

    it('delete with both preconditions', async () => {
      const { client, stub } = await start(ok);

      await client.delete(ref, seen);

      assert.equal(stub.requests[0]?.method, 'DELETE');
      const preconditions = { uid: 'u1', resourceVersion: '41' };
      const expected = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
      assert.deepEqual(JSON.parse(stub.requests[0].body), expected);
    });

    it('list a page with selector, limit and token', async () => {
      const { client, stub } = await start((_request, response) =>
        json(response, 200, listOf([secret('a', '1')], '7', 'next')),
      );

      const page = await client.list(RESOURCE.secrets, {
        fieldSelector: 'metadata.name=a',
        limit: 500,
        continueToken: 't',
      });

      assert.equal(stub.requests[0]?.path, '/api/v1/secrets?limit=500&continue=t&fieldSelector=metadata.name%3Da');
      assert.deepEqual([page.resourceVersion, page.continueToken, page.items.length], ['7', 'next', 1]);
    });

    it('go below the path of the server', async () => {
      const stub = await startHttpStub(ok);
      cleanup.add(() => stub.close());
      const { client, close } = connectTo(new URL('/k8s/clusters/c-1/', stub.url));
      cleanup.add(close);

      await client.get(ref);

      assert.match(stub.requests[0]!.path, /^\/k8s\/clusters\/c-1\/api\/v1\//);
    });
  });

  describe('connections', () => {
    it('are kept alive, over TLS too', async () => {
      const tls = tlsFixture('one');
      const stub = await startHttpStub(ok, { tls });
      const { client, close } = connectTo(stub.url, { cluster: clusterAt(stub.url, { ca: tls.ca }) });
      cleanup.add(() => stub.close());
      cleanup.add(close);

      for (let i = 0; i < 20; i++) await client.patch(ref, seen, {});

      assert(stub.connections().accepted <= 2); // one may still be coming to rest when the next call begins
    });

    it('are eighteen at most, unless told', async () => {
      const { client, stub } = await start((request, response) => void setTimeout(() => void ok(request, response), 5));

      await Promise.all(Array.from({ length: 100 }, () => client.get(ref)));

      assert.equal(stub.connections().accepted, 18);
    });

    it('are one for each watch, and gone with it', async () => {
      const { client, stub } = await start((_request, response) => {
        response.writeHead(200);
        response.end(`${JSON.stringify(bookmark('5'))}\n`);
      });

      for (let i = 0; i < 3; i++)
        await collect(client.watch(RESOURCE.secrets, { resourceVersion: '1', timeoutSeconds: 300 }));

      assert.equal(stub.connections().accepted, 3);
      await eventually(() => stub.connections().open === 0);
    });
  });

  describe('answers', () => {
    const table: readonly [string, number, string, KubeErrorKind][] = [
      ['HTML with 200', 200, '<html>CANARY</html>', 'Malformed'],
      ['an empty body with 200', 200, '', 'Malformed'],
      ['a cut JSON text', 200, '{"metadata":{"name":"CANARY', 'Malformed'],
      ['an array', 200, '["CANARY"]', 'Malformed'],
      ['a redirect', 302, 'CANARY', 'Malformed'],
    ];
    for (const [title, code, body, kind] of table) {
      it(`that are ${title} are ${kind} and quote nothing`, async () => {
        const { client } = await start((_request, response) => void response.writeHead(code).end(body));

        const error = await assertFails(client.get(ref), kind);

        assert.doesNotMatch(inspect(error, { depth: 9 }), /CANARY/);
      });
    }

    it('F47: 500, 502, 503 with HTML or nothing are Unavailable, without the body', async () => {
      for (const code of [500, 502, 503]) {
        for (const body of ['<html>CANARY</html>', '', JSON.stringify(status(code, { message: 'CANARY' }))]) {
          const { client, stub } = await start((_request, response) => void response.writeHead(code).end(body));

          const error = await assertFails(client.patch(ref, seen, {}), 'Unavailable');

          assert.equal(error.detail, '');
          assert.doesNotMatch(inspect(error, { depth: 9 }), /CANARY/);
          assert.equal(stub.requests.length, 1);
        }
      }
    });

    it('that never end are cut at the limit', async () => {
      const { client } = await start((_request, response) => {
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(1 << 20), more);
        };
        more();
      });

      await assertFails(client.get(ref), 'Malformed');
    });
  });

  describe('failures', () => {
    it('of a read by a reset are tried again', async () => {
      let resets = 2;
      const { client, stub } = await start((request, response) => {
        if (resets-- > 0) request.socket.destroy();
        else void ok(request, response);
      });

      const found = await client.get(ref);

      assert.equal(found.metadata.name, 'regcred-managed');
      assert.equal(stub.requests.length, 3);
    });

    it('of a read are told when resets go on', async () => {
      const { client, stub } = await start((request) => void request.socket.destroy());

      await assertFails(client.get(ref), 'Unreachable');

      assert.equal(stub.requests.length, 4);
    });

    it('F45: a write that was sent and not answered is Unknown, and is not sent again', async () => {
      const { client, stub } = await start((request) => void request.socket.destroy());

      await assertFails(client.patch(ref, seen, {}), 'Unknown');
      await assertFails(client.create(RESOURCE.secrets, 'team-a', {}), 'Unknown');
      await assertFails(client.delete(ref, seen), 'Unknown');

      assert.equal(stub.requests.length, 3);
    });

    it('F45: a write answered by 504 is Unknown', async () => {
      const { client } = await start((_request, response) => json(response, 504, status(504, { reason: 'Timeout' })));

      await assertFails(client.patch(ref, seen, {}), 'Unknown');
    });

    it('F45: a write without an answer at the deadline is Unknown', async () => {
      const clock = fakeClock();
      const { client, stub } = await start(() => undefined, { clock });

      const write = assertFails(client.patch(ref, seen, {}), 'Unknown');
      await eventually(() => stub.requests.length === 1);
      clock.advance(30_000);

      await write;
    });

    it('before anything was sent are Unreachable, also for writes', async () => {
      const stub = await startHttpStub(ok);
      await stub.close();
      const { client, close } = connectTo(stub.url);
      cleanup.add(close);

      const error = await assertFails(client.patch(ref, seen, {}), 'Unreachable');

      assert.equal(error.detail, 'ECONNREFUSED');
    });

    it('F63: of TLS name the code and no token', async () => {
      const stub = await startHttpStub(ok, { tls: tlsFixture('two') });
      cleanup.add(() => stub.close());
      const { client, close } = connectTo(stub.url, {
        cluster: clusterAt(stub.url, { ca: tlsFixture('one').ca }, 'CANARY'),
      });
      cleanup.add(close);

      const error = await assertFails(client.patch(ref, seen, {}), 'Unreachable');

      assert.match(error.detail, /^[A-Z_]+$/);
      assert.doesNotMatch(inspect(error, { depth: 9 }), /CANARY/);
    });

    it('by the signal of the caller are Aborted, also while paused', async () => {
      const { client, stub } = await start(() => undefined);
      const controller = new AbortController();

      const waiting = assertFails(client.get(ref, { signal: controller.signal }), 'Aborted');
      await eventually(() => stub.requests.length === 1);
      controller.abort();

      await waiting;
      await assertFails(client.get(ref, { signal: controller.signal }), 'Aborted');
      assert.equal(stub.requests.length, 1);
    });
  });

  describe('the fence', () => {
    it('stops every write and no read', async () => {
      const { client, stub } = await start(ok, { mayWrite: () => false });

      await assertFails(client.create(RESOURCE.secrets, 'team-a', {}), 'Fenced');
      await assertFails(client.patch(ref, seen, {}), 'Fenced');
      await assertFails(client.replace(ref, {}), 'Fenced');
      await assertFails(client.delete(ref, seen), 'Fenced');
      await client.get(ref);

      assert.deepEqual(
        stub.requests.map(({ method }) => method),
        ['GET'],
      );
    });

    it('is asked again when the connection stands', async () => {
      const answers = [true, false];
      const { client, stub } = await start(ok, { mayWrite: () => answers.shift() ?? false });

      await assertFails(client.patch(ref, seen, {}), 'Fenced');

      assert.deepEqual(answers, []);
      assert.equal(stub.requests.length, 0);
    });

    it('does not hold the Lease', async () => {
      const { leaseClient, stub } = await start(ok, { mayWrite: () => false });

      await leaseClient.replace(ref, {});

      assert.equal(stub.requests[0]?.method, 'PUT');
    });
  });

  describe('the Lease', () => {
    it('waits for no other call: it has connections of its own', async () => {
      const { client, leaseClient, stub } = await start(() => undefined, { sockets: 1 });
      const end = new AbortController();
      const held = assertFails(client.get(ref, { signal: end.signal }), 'Aborted');
      await eventually(() => stub.requests.length === 1);
      stub.use(ok);

      await leaseClient.replace(ref, {});

      end.abort();
      await held;
    });

    it('is given up after 5 s, long before the calls of others', async () => {
      const clock = fakeClock();
      const { leaseClient, stub } = await start(() => undefined, { clock });
      const renewing = assertFails(leaseClient.replace(ref, {}), 'Unknown');
      await eventually(() => stub.requests.length === 1);

      clock.advance(5_000);

      assert.match((await renewing).message, /no answer in time/);
    });
  });

  describe('flow control', () => {
    it('F46: one 429 with Retry-After pauses every call, and not the Lease', async () => {
      const clock = fakeClock();
      const { client, leaseClient, stub } = await start(
        (_request, response) => json(response, 429, status(429), { 'Retry-After': '32' }),
        { clock },
      );
      const error = await assertFails(client.patch(ref, seen, {}), 'TooManyRequests');
      stub.use(ok);

      const waiting = [client.get(ref), client.patch(ref, seen, {})];
      await leaseClient.replace(ref, {});
      await clock.advanceSlowly(31_000);
      assert.equal(stub.requests.length, 2);
      clock.advance(1_000);
      await Promise.all(waiting);

      assert.equal(error.retryAfterMs, 32_000);
      assert.equal(stub.requests.length, 4);
    });

    it('F46: a 429 without Retry-After pauses nobody', async () => {
      const { client, stub } = await start((_request, response) => json(response, 429, status(429)), {
        clock: fakeClock(),
      });

      await assertFails(client.get(ref), 'TooManyRequests');
      stub.use(ok);
      await client.get(ref);

      assert.equal(stub.requests.length, 2);
    });
  });

  describe('login', () => {
    const onlyToken2: StubHandler = (request, response) =>
      request.headers.authorization === 'Bearer token-2' ? ok(request, response) : json(response, 401, status(401));

    it('F56: a 401 reads the token again, once, and repeats the call', async () => {
      const stub = await startHttpStub(onlyToken2);
      let token = 'token-1';
      const cluster = {
        server: stub.url,
        credentials: (options?: { force?: true }) => {
          if (options?.force) token = 'token-2';
          return Promise.resolve({ headers: { Authorization: `Bearer ${token}` }, tls: {} });
        },
      };
      const { client, close } = connectTo(stub.url, { cluster });
      cleanup.add(() => stub.close());
      cleanup.add(close);

      await client.patch(ref, seen, {});
      await client.patch(ref, seen, {});

      assert.equal(stub.requests.length, 3);
    });

    it('F56: a revoked token is told, and for how long it has been refused', async () => {
      const clock = fakeClock();
      const { client, unauthorizedForMs, stub } = await start(onlyToken2, { clock });

      await assertFails(client.get(ref), 'Unauthorized');
      clock.advance(130_000);
      await assertFails(client.get(ref), 'Unauthorized');
      assert.equal(unauthorizedForMs(), 130_000);
      stub.use(ok);
      await client.get(ref);

      assert.equal(unauthorizedForMs(), 0);
    });

    it('F56: new connections trust a new CA', async () => {
      const [one, two] = [tlsFixture('one'), tlsFixture('two')];
      const before = await startHttpStub(ok, { tls: one });
      let credentials = { headers: {}, tls: { ca: one.ca } };
      const cluster = { server: before.url, credentials: () => Promise.resolve(credentials) };
      const { client, close } = connectTo(before.url, { cluster });
      cleanup.add(close);
      await client.get(ref);
      await before.close();
      const after = await startHttpStub(ok, { tls: two, port: before.port });
      cleanup.add(() => after.close());

      await assertFails(client.get(ref), 'Unreachable');
      credentials = { headers: {}, tls: { ca: two.ca } };

      await client.patch(ref, seen, {});
    });

    it('that can not be read is Unreachable', async () => {
      const stub = await startHttpStub(ok);
      const cluster = { server: stub.url, credentials: () => Promise.reject(new Error('no token')) };
      const { client, close } = connectTo(stub.url, { cluster });
      cleanup.add(() => stub.close());
      cleanup.add(close);

      await assertFails(client.get(ref), 'Unreachable');
    });
  });

  describe('watches', () => {
    const options = { resourceVersion: '41', timeoutSeconds: 300 };
    const sending =
      (...lines: readonly string[]): StubHandler =>
      (_request, response) => {
        response.writeHead(200);
        response.end(lines.join(''));
      };
    const line = (event: object): string => `${JSON.stringify(event)}\n`;

    it('ask for bookmarks and yield events until the server closes', async () => {
      const added = { type: 'ADDED', object: secret('a', '42') };
      const { client, stub } = await start(sending(line(added), line(bookmark('50'))));
      let opened = 0;

      const events = await collect(client.watch(RESOURCE.secrets, { ...options, onOpen: () => opened++ }));

      assert.deepEqual(
        events.map(({ type }) => type),
        ['ADDED', 'BOOKMARK'],
      );
      assert.equal(opened, 1);
      const query = 'watch=true&allowWatchBookmarks=true&resourceVersion=41&timeoutSeconds=300';
      assert.equal(stub.requests[0]?.path, `/api/v1/secrets?${query}`);
    });

    it('tell of a version that is known without its object', async () => {
      const head = (name: string): string =>
        `{"type":"ADDED","object":{"kind":"Secret","apiVersion":"v1","metadata":{"name":"${name}","namespace":"team-a","uid":"u","resourceVersion":"42",`;
      const rest = '"labels":{}}}}\n';
      const { client } = await start(sending(head('ours') + rest, head('theirs') + rest, '{"type":"KNOWN"}\n'));
      const isKnown = ({ name }: Version): boolean => name === 'ours';
      const events: WatchEvent[] = [];

      await assertFails(collect(client.watch(RESOURCE.secrets, { ...options, isKnown }), events), 'Malformed');

      assert.deepEqual(
        events.map((event) => (event.type === 'KNOWN' ? event.resourceVersion : event.type)),
        ['42', 'ADDED'],
      );
    });

    it('turn an ERROR event into its meaning', async () => {
      const { client } = await start(sending(line({ type: 'ERROR', object: status(410, { reason: 'Expired' }) })));

      const [event] = await collect(client.watch(RESOURCE.secrets, options));

      assert(event?.type === 'ERROR');
      assert.equal(event.error.kind, 'Expired');
    });

    it('throw what a refusal means', async () => {
      const { client } = await start((_request, response) => json(response, 403, status(403, { reason: 'Forbidden' })));

      const error = await assertFails(collect(client.watch(RESOURCE.secrets, options)), 'Forbidden');

      assert.equal(error.request, 'watch secrets');
    });

    it('F53: throw at a cut line, after the whole ones', async () => {
      const { client } = await start(sending(line(bookmark('50')), '{"type":"ADDED","object":{"CANARY'));
      const events: WatchEvent[] = [];

      const error = await assertFails(collect(client.watch(RESOURCE.secrets, options), events), 'Malformed');

      assert.equal(events.length, 1);
      assert.doesNotMatch(inspect(error), /CANARY/);
    });

    it('throw when the connection breaks, and end with the signal', async () => {
      const controller = new AbortController();
      const { client, stub } = await start((_request, response) => {
        response.writeHead(200);
        response.flushHeaders();
      });

      const broken = assertFails(collect(client.watch(RESOURCE.secrets, options)), 'Unreachable');
      await eventually(() => stub.requests.length === 1);
      stub.requests[0]!.socket.destroy();
      await broken;
      const aborted = assertFails(
        collect(client.watch(RESOURCE.secrets, { ...options, signal: controller.signal })),
        'Aborted',
      );
      await eventually(() => stub.requests.length >= 2);
      controller.abort();
      await aborted;

      await eventually(() => stub.connections().open === 0);
    });
  });
});

async function collect(events: AsyncIterable<WatchEvent>, into: WatchEvent[] = []): Promise<WatchEvent[]> {
  for await (const event of events) into.push(event);
  return into;
}
