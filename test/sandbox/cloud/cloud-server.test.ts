import assert from 'node:assert/strict';
import { canary, startCloudServer } from '../../../src/sandbox/cloud/cloud-server.ts';
import type { CloudServer, Fault } from '../../../src/sandbox/cloud/cloud-server.ts';

describe('a stub cloud', () => {
  let cloud: CloudServer;
  beforeEach(async () => {
    cloud = await startCloudServer(({ path }) => ({ status: 200, body: { path } }));
  });
  afterEach(() => cloud.stop());

  const get = (path = '/', init: RequestInit = {}): Promise<Response> => fetch(new URL(path, cloud.url), init);

  it('answers by its route and remembers what it was asked', async () => {
    assert.deepEqual(await (await get('/a?b=c')).json(), { path: '/a?b=c' });
    await get('/form', { method: 'POST', body: new URLSearchParams({ x: '1' }) });
    assert.deepEqual(
      cloud.calls.map(({ method, path, form }) => [method, path, form.get('x')]),
      [
        ['GET', '/a?b=c', null],
        ['POST', '/form', '1'],
      ],
    );
  });

  it('fails as often as it is told, where it is told, and recovers', async () => {
    cloud.fail({ status: 429, headers: { 'Retry-After': '7' } }, { times: 1, path: /^\/token/ });
    const answers = [await get('/other'), await get('/token'), await get('/token')];
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers.get('retry-after')]),
      [
        [200, null],
        [429, '7'],
        [200, null],
      ],
    );
    cloud.fail({ status: 500 });
    assert.equal((await get()).status, 500);
    cloud.recover();
    assert.equal((await get()).status, 200);
  });

  it('changes good answers, and lies about the time', async () => {
    cloud.fail({ change: (answer) => ({ ...answer, body: { other: true } }) }, { times: 1 });
    assert.deepEqual(await (await get()).json(), { other: true });
    cloud.fail({ dateOffsetS: -3600 });
    const date = Date.parse((await get()).headers.get('date') ?? '');
    assert.ok(Math.abs(Date.now() - 3_600_000 - date) < 60_000);
  });

  for (const fault of ['truncated', 'html', 'redirect', 'echo'] satisfies Fault[]) {
    it(`answers what is no token: ${fault}`, async () => {
      cloud.fail(fault);
      const response = await get('/x', { method: 'POST', body: 'secret', redirect: 'manual' });
      const expected = { truncated: 200, html: 200, redirect: 302, echo: 400 };
      assert.equal(response.status, expected[fault]);
      if (fault === 'echo') assert.match(await response.text(), /secret/);
    });
  }

  for (const fault of ['hang', 'slow headers', 'reset', 'endless body'] satisfies Fault[]) {
    it(`never ends an answer: ${fault}`, async () => {
      cloud.fail(fault);
      await assert.rejects(get('/', { signal: AbortSignal.timeout(300) }).then((response) => response.text()));
    });
  }

  it('makes canaries, each another one', () => {
    assert.match(canary('ya29.'), /^ya29\.CANARY-[0-9a-f]{36}$/);
    assert.notEqual(canary(), canary());
  });
});
