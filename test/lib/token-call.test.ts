import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { callToken, causeOf, pauseOf } from '../../src/lib/token-call.ts';
import type { TokenCall } from '../../src/lib/token-call.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import type { HttpStub } from '../support/http-stub.ts';

const caller = { fetch: globalThis.fetch, now: () => new Date(), signal: new AbortController().signal };

describe('callToken', () => {
  let stub: HttpStub;
  beforeEach(async () => {
    stub = await startHttpStub((_request, response) => json(response, 200, { access_token: 'x' }));
  });
  afterEach(() => stub.close());
  const call = (parts: Partial<TokenCall> = {}): ReturnType<typeof callToken> =>
    callToken({ url: new URL('/token', stub.url), ...parts }, caller);

  it('posts a form and reads the JSON of the answer', async () => {
    const outcome = await call({ form: new URLSearchParams({ grant_type: 'a b' }), headers: { Metadata: 'true' } });
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual([outcome.status, outcome.body, outcome.skewMs], [200, { access_token: 'x' }, 0]);
    const [request] = stub.requests;
    assert.deepEqual([request?.method, request?.path, request?.body], ['POST', '/token', 'grant_type=a+b']);
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(request.headers['metadata'], 'true');
  });

  it('posts JSON', async () => {
    await call({ json: { scope: ['a'] } });
    const [request] = stub.requests;
    assert.deepEqual([request?.method, request?.body], ['POST', '{"scope":["a"]}']);
    assert.equal(request?.headers['content-type'], 'application/json');
  });

  it('gets where there is nothing to send', async () => {
    await call();
    assert.deepEqual([stub.requests[0]?.method, stub.requests[0]?.body], ['GET', '']);
  });

  it('hands a page of HTML on as no JSON', async () => {
    stub.use((_request, response) => void response.end('<html>'));
    const outcome = await call();
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual([outcome.body, outcome.text], [undefined, '<html>']);
  });

  it('drops a body that is too large', async () => {
    stub.use((_request, response) => void response.end(`"${'x'.repeat(300_000)}"`));
    const outcome = await call();
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual([outcome.body, outcome.text], [undefined, '']);
  });

  const NO_BODY: Readonly<Record<string, string | Buffer>> = {
    'begins with a byte order mark': '\uFEFF{"access_token":"x"}',
    'says something twice': '{"access_token":"x","access_token":"y"}',
    'says something twice in two spellings': '{"access_token":"x","access\\u005ftoken":"y"}',
    'is no UTF-8': Buffer.from([0x22, 0xff, 0x22]),
  };
  for (const [what, body] of Object.entries(NO_BODY))
    it(`F80: finds no JSON in a body that ${what}`, async () => {
      stub.use((_request, response) => void response.end(body));
      const outcome = await call();
      assert.ok(outcome.kind === 'answer');
      assert.equal(outcome.body, undefined);
    });

  it('reads Retry-After and the other clock', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    stub.use((_request, response) => json(response, 429, {}, { 'Retry-After': '120', Date: date }));
    const outcome = await call();
    assert.ok(outcome.kind === 'answer');
    assert.equal(outcome.retryAfterMs, 120_000);
    assert.ok(Math.abs(outcome.skewMs - 3_600_000) < 30_000);
  });

  it('follows no redirect', async () => {
    const other = await startHttpStub((_request, response) => json(response, 200, {}));
    stub.use((_request, response) => void response.writeHead(307, { Location: other.url.href }).end());
    const outcome = await call({ form: 'secret=1' });
    assert.equal(outcome.kind, 'unreachable');
    assert.equal(other.requests.length, 0);
    await other.close();
  });

  it('names the code of a connection that fails, and nothing of what was sent', async () => {
    const url = new URL(stub.url);
    await stub.close();
    const outcome = await callToken({ url, form: 'secret=hidden' }, caller);
    assert.deepEqual(outcome, { kind: 'unreachable', cause: 'ECONNREFUSED', url });
    assert.ok(!inspect(outcome, { depth: 9 }).includes('hidden'));
    stub = await startHttpStub(() => undefined);
  });

  it('ends with its signal', async () => {
    stub.use(() => undefined);
    const signal = AbortSignal.timeout(20);
    const outcome = await callToken({ url: stub.url }, { ...caller, signal });
    assert.deepEqual([outcome.kind, 'cause' in outcome && outcome.cause], ['unreachable', 'deadline']);
  });
});

describe('causeOf', () => {
  it('tells TLS by its code, however deep', () => {
    const deep = new Error('a', {
      cause: new Error('b', { cause: Object.assign(new Error('c'), { code: 'CERT_HAS_EXPIRED' }) }),
    });
    assert.deepEqual(causeOf(deep), { kind: 'tls', cause: 'CERT_HAS_EXPIRED' });
  });

  it('shows no message', () => {
    assert.deepEqual(causeOf(new Error('with a secret')), { kind: 'unreachable', cause: 'no connection' });
    assert.deepEqual(causeOf('with a secret'), { kind: 'unreachable', cause: 'no connection' });
  });
});

describe('pauseOf', () => {
  const now = new Date('2030-01-01T00:00:00Z');
  const cases: readonly (readonly [string | null, number | undefined])[] = [
    [null, undefined],
    ['120', 120_000],
    ['0', 1000],
    ['-1', undefined],
    ['abc', undefined],
    ['', undefined],
    ['315360000', 3_600_000],
    ['Tue, 01 Jan 2030 00:05:00 GMT', 300_000],
    ['Mon, 31 Dec 2029 00:05:00 GMT', 1000],
  ];
  for (const [header, pause] of cases) {
    it(`reads ${JSON.stringify(header)} as ${pause ?? 'nothing'}`, () => assert.equal(pauseOf(header, now), pause));
  }
});
