import assert from 'node:assert/strict';
import type { KubeClient } from '../../../src/kube/client.ts';
import { createDeparted } from '../../../src/reconcile/namespace/departed.ts';
import type { DepartedPort } from '../../../src/reconcile/ports.ts';
import { connectTo, createCleanup, status } from '../../kube/helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { json, startHttpStub } from '../../support/http-stub.ts';

const MAIN = { kind: 'ClusterRegistryCredential', namespace: undefined, name: 'main', uid: 'uid-main' } as const;
const GRACE_MS = 10_000;

type Named = Parameters<DepartedPort['ask']>[0];

const named = status(404, { reason: 'NotFound', details: { name: 'main', kind: 'clusterregistrycredentials' } });
const live = (uid: string, more: object = {}): object => ({
  metadata: { name: 'main', uid, resourceVersion: '1', ...more },
});

describe('a credential that a marker names and nobody sees', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  /** The port, its clock, and how often the API server was asked. */
  async function departedWith(code: number, body: object | string, graceMs = GRACE_MS) {
    const kind: { servedSinceMs: number | undefined } = { servedSinceMs: 0 };
    let asked = 0;
    const stub = await startHttpStub((_request, response) => {
      asked += 1;
      if (typeof body !== 'string') {
        json(response, code, body);
        return;
      }
      response.writeHead(code, { 'Content-Type': 'text/plain' });
      response.end(body);
    });
    const connection = connectTo(stub.url);
    cleanup.add(() => stub.close());
    cleanup.add(() => connection.close());
    const clock = fakeClock();
    const client: KubeClient = connection.client;
    const departed = createDeparted({ client, clock, graceMs, servedSinceMs: () => kind.servedSinceMs });
    return {
      clock,
      kind,
      ask: (one: Named = MAIN) => departed.ask(one, {}),
      cameBack: () => departed.cameBack(MAIN),
      asked: () => asked,
    };
  }

  async function goesAfterTheGrace({
    clock,
    ask,
    asked,
  }: Omit<Awaited<ReturnType<typeof departedWith>>, 'kind' | 'cameBack'>) {
    assert.deepEqual(await ask(), { departure: 'departing', waitMs: GRACE_MS });
    clock.advance(GRACE_MS - 1);
    assert.deepEqual(await ask(), { departure: 'departing', waitMs: 1 });
    assert.equal(asked(), 0);
    clock.advance(1);
    assert.deepEqual(await ask(), { departure: 'gone', waitMs: 0 });
  }

  it('F212: is departing for the grace, and the API server is not asked before its end', async () => {
    const { clock, ask, asked } = await departedWith(404, named);

    await goesAfterTheGrace({ clock, ask, asked });
  });

  it('F245: is departing while its kind is not served, and for the whole grace once it is again', async () => {
    const { clock, kind, ask, asked } = await departedWith(404, named);
    await ask();
    kind.servedSinceMs = undefined;

    clock.advance(60 * 60_000);
    assert.equal((await ask()).departure, 'departing');
    kind.servedSinceMs = clock.monotonicMs();
    await goesAfterTheGrace({ clock, ask, asked });
  });

  for (const [what, wasGone] of [
    ['missing from a list', false],
    ['gone, of an etcd that was restored', true],
  ] as const)
    it(`F213: has the whole grace once more, and a new proof, when it came back after it was ${what}`, async () => {
      const { clock, ask, cameBack, asked } = await departedWith(404, named);
      await ask();
      clock.advance(wasGone ? GRACE_MS : GRACE_MS / 2);
      await ask();

      cameBack();
      clock.advance(60 * 60_000);

      const before = asked();
      await goesAfterTheGrace({ clock, ask, asked: () => asked() - before });
    });

  it('F214: is asked about at once without a grace, and once proven not again', async () => {
    const { ask, asked } = await departedWith(404, named, 0);

    const answers = await Promise.all([ask(), ask(), ask()]);
    await ask();

    assert.deepEqual(new Set(answers.map(({ departure }) => departure)), new Set(['gone']));
    assert.equal(asked(), 1);
  });

  it('F169: has its grace and its own proof, though a forged marker gave its UID to another kind', async () => {
    const { clock, ask, asked } = await departedWith(404, named);
    const forged = { ...MAIN, kind: 'RegistryCredential', namespace: 'team-a' } as const;
    await ask(forged);
    clock.advance(GRACE_MS);
    assert.equal((await ask(forged)).departure, 'gone');

    assert.deepEqual(await ask(), { departure: 'departing', waitMs: GRACE_MS });
    clock.advance(GRACE_MS);
    assert.equal((await ask()).departure, 'gone');
    assert.equal(asked(), 2);
  });

  for (const [what, code, body] of [
    ['lives under another UID', 200, live('uid-other')],
    ['is being deleted', 200, live('uid-main', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ] as const)
    it(`F215: is gone when it ${what}`, async () => {
      const { ask } = await departedWith(code, body, 0);

      assert.equal((await ask()).departure, 'gone');
    });

  for (const [what, code, body] of [
    ['is there', 200, live('uid-main')],
    ['may not be read', 403, status(403, { reason: 'Forbidden' })],
    ['meets a broken server', 500, status(500, { reason: 'InternalError' })],
    ['is of a kind that is not served', 404, '404 page not found'],
    ['is not named by the 404', 404, status(404, { reason: 'NotFound', details: {} })],
  ] as const)
    it(`F215: is not proven gone when it ${what}`, async () => {
      const { clock, ask } = await departedWith(code, body, 0);

      const first = await ask();
      clock.advance(first.waitMs);
      const second = await ask();

      assert.equal(first.departure, 'departing');
      assert.equal(second.departure, 'departing');
      assert.ok(second.waitMs > first.waitMs, 'no back-off');
    });
});
