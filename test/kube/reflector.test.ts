import assert from 'node:assert/strict';
import { RESOURCE } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import type { ListGate } from '../../src/kube/list-gate.ts';
import { createListGate } from '../../src/kube/list-gate.ts';
import type { Reflector } from '../../src/kube/reflector.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import type { Change, Store } from '../../src/kube/store.ts';
import { createStore } from '../../src/kube/store.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { silentMetrics } from '../../src/lib/metrics-port.ts';
import { eventually } from '../support/eventually.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { json } from '../support/http-stub.ts';
import type { ApiStub, OpenWatch } from './helpers.ts';
import { bookmark, connectTo, createCleanup, listOf, secret, startApiStub, status } from './helpers.ts';

interface Wait {
  readonly cause: string;
  readonly delayMs: number;
}

interface Setup {
  readonly api: ApiStub;
  readonly clock: FakeClock;
  readonly reflector: Reflector;
  readonly store: Store<KubeObject>;
  readonly changes: Change<KubeObject>[];
  /** "restart CAUSE" and "relist CAUSE", as the metrics heard them. */
  readonly restarts: string[];
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  /** Waits for the next back-off to begin and moves the clock to its end. */
  readonly passBackoff: () => Promise<Wait>;
  /** The nth watch (from 0), once the reflector knows that it stands: the deadline of the call is gone. */
  readonly standing: (index: number) => Promise<OpenWatch>;
  /** From now on watches are accepted: passes what back-off there is, until one is open. */
  readonly openWatch: () => Promise<OpenWatch>;
  readonly names: () => string[];
}

const selector = 'metadata.name=regcred-managed';
const CALL_DEADLINE_MS = 30_000;

describe('reflector', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(
    api: ApiStub,
    { random = () => 0, listGate = createListGate() }: { random?: () => number; listGate?: ListGate } = {},
  ): Promise<Setup> {
    const clock = fakeClock();
    const waits: Wait[] = [];
    const restarts: string[] = [];
    const changes: Change<KubeObject>[] = [];
    const controller = new AbortController();
    const { client, close } = connectTo(api.http.url, { clock });
    const store = createStore<KubeObject>();
    store.onChange((change) => changes.push(change));
    const reflector = createReflector({
      client,
      resource: RESOURCE.secrets,
      fieldSelector: selector,
      store,
      slim: refuseBroken,
      clock,
      listGate,
      random,
      logger: loggerOf(waits),
      metrics: {
        ...silentMetrics,
        watchRestart: (resource, cause) => restarts.push(`restart ${resource} ${cause}`),
        relist: (resource, cause) => restarts.push(`relist ${resource} ${cause}`),
      },
    });
    const ended = reflector.run(controller.signal);
    cleanup.add(() => api.http.close());
    cleanup.add(close);
    cleanup.add(async () => {
      controller.abort();
      await ended;
    });
    let passed = 0;
    const passBackoff = async (): Promise<Wait> => {
      const wait = await eventually(() => waits[passed]);
      passed++;
      clock.advance(wait.delayMs);
      return wait;
    };
    const standing = async (index: number): Promise<OpenWatch> => {
      const watch = await api.watch(index);
      await eventually(() => !clock.pendingMs().includes(CALL_DEADLINE_MS));
      return watch;
    };
    const openWatch = (): Promise<OpenWatch> => {
      const from = api.watches.length;
      api.onWatch(undefined);
      return eventually(() => {
        const wait = waits[passed];
        if (wait) clock.advance(wait.delayMs);
        if (wait) passed++;
        return api.watches.slice(from).find(({ isOpen }) => isOpen);
      });
    };
    const names = (): string[] => [...store.values()].map(({ metadata }) => metadata.name).sort();
    await Promise.resolve();
    return {
      api,
      clock,
      reflector,
      store,
      changes,
      restarts,
      controller,
      ended,
      passBackoff,
      standing,
      openWatch,
      names,
    };
  }

  const versionOf = (api: ApiStub, index: number): string | null | undefined =>
    api.watches[index]?.request.url.searchParams.get('resourceVersion');

  describe('the usual way', () => {
    it('lists page by page with the selector on each page, then watches from there', async () => {
      const api = await startApiStub();
      api.onList((request, response) => {
        const isSecond = request.url.searchParams.get('continue') === 'page-2';
        json(response, 200, isSecond ? listOf([secret('b', '2')], '100') : listOf([secret('a', '1')], '100', 'page-2'));
      });

      const { reflector, names } = await start(api);
      await reflector.synced;
      const watch = await api.watch(0);

      assert.deepEqual(names(), ['a', 'b']);
      assert.deepEqual(
        api.lists.map(({ url }) => url.searchParams.toString()),
        [
          `limit=100&fieldSelector=metadata.name%3Dregcred-managed`,
          `limit=100&continue=page-2&fieldSelector=metadata.name%3Dregcred-managed`,
        ],
      );
      assert.equal(watch.request.url.searchParams.get('resourceVersion'), '100');
      assert.equal(watch.request.url.searchParams.get('fieldSelector'), selector);
      assert.equal(watch.request.url.searchParams.get('allowWatchBookmarks'), 'true');
    });

    it('asks for streams of five to ten minutes', async () => {
      for (const [random, seconds] of [
        [0, '300'],
        [0.5, '450'],
        [1, '600'],
      ] as const) {
        const { api } = await start(await startApiStub(), { random: () => random });
        const watch = await api.watch(0);
        assert.equal(watch.request.url.searchParams.get('timeoutSeconds'), seconds);
      }
    });

    it('keeps the store equal to the events', async () => {
      const { api, names, changes, reflector } = await start(await startApiStub([secret('a', '1')]));
      const watch = await api.watch(0);

      watch.send(
        { type: 'ADDED', object: secret('b', '101') },
        { type: 'MODIFIED', object: secret('a', '102') },
        { type: 'DELETED', object: secret('b', '103') },
      );
      await eventually(() => changes.length === 4);

      assert.deepEqual(names(), ['a']);
      assert.deepEqual(
        changes.map(({ initial }) => initial),
        [true, false, false, false],
      );
      assert.equal(reflector.state().synced, true);
    });

    it('watches again from the last bookmark after a clean close, without a list', async () => {
      const { api, clock, reflector, restarts, standing } = await start(await startApiStub());
      const first = await standing(0);
      first.send({ type: 'ADDED', object: secret('a', '101') }, bookmark('150'));
      await eventually(() => reflector.state().lastEventAt);
      await clock.advanceSlowly(100_000);

      first.end();
      await api.watch(1);

      assert.equal(versionOf(api, 1), '150');
      assert.equal(api.lists.length, 1);
      assert.deepEqual(restarts, ['restart secrets closed']);
    });

    it('ends with the signal, and leaves no connection', async () => {
      const { api, controller, ended } = await start(await startApiStub());
      const watch = await api.watch(0);

      controller.abort();
      await ended;

      await eventually(() => !watch.isOpen);
    });
  });

  describe('F48: a watch that is silent', () => {
    it('is given up 150 s after a bookmark, and resumed from the last version', async () => {
      const { api, clock, reflector, restarts, standing } = await start(await startApiStub());
      const first = await standing(0);
      const synced = reflector.state().lastEventAt;
      clock.advance(1_000);
      first.send(bookmark('130'));
      await eventually(() => reflector.state().lastEventAt !== synced);

      clock.advance(149_000);
      assert.equal(first.isOpen, true);
      clock.advance(1_500);
      await api.watch(1);

      assert.equal(versionOf(api, 1), '130');
      assert.equal(api.lists.length, 1);
      assert.deepEqual(restarts, ['restart secrets silent']);
    });

    it('and never sent a bookmark is given up 30 s after its time', async () => {
      const { api, clock, standing } = await start(await startApiStub());
      const first = await standing(0);

      await clock.advanceSlowly(329_000);
      assert.equal(first.isOpen, true);
      await clock.advanceSlowly(2_000);
      await api.watch(1);

      assert.equal(versionOf(api, 1), '100');
    });

    it('but for bookmarks is healthy, also when one has no object', async () => {
      const { api, clock, reflector, standing } = await start(await startApiStub(), { random: () => 1 });
      const watch = await standing(0);

      for (let minute = 1; minute <= 9; minute++) {
        clock.advance(60_000);
        watch.send(minute % 2 === 0 ? { type: 'BOOKMARK' } : bookmark(String(100 + minute)));
        await eventually(() => reflector.state().lastEventAt?.getTime() === clock.now().getTime());
      }

      assert.equal(api.watches.length, 1);
      assert.equal(reflector.state().badObjects, 0);
      assert.equal(watch.isOpen, true);
    });
  });

  describe('F49: a watch that ends at once, again and again', () => {
    const endings: Readonly<Record<string, StubHandler>> = {
      'closed cleanly': (_request, response) => void response.writeHead(200).end(),
      'by a reset': (request) => void request.socket.destroy(),
      'by a reset after its beginning': (request, response) => {
        response.writeHead(200);
        response.flushHeaders();
        setImmediate(() => request.socket.destroy());
      },
      'by 429': (_request, response) => json(response, 429, status(429)),
      'by 500': (_request, response) => json(response, 500, status(500)),
      'by 503 in HTML': (_request, response) => void response.writeHead(503).end('<html>'),
      'by an ERROR event with 500': (_request, response) =>
        void response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: status(500) })}\n`),
      'by an ERROR event with 429': (_request, response) =>
        void response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: status(429) })}\n`),
    };
    for (const [title, handler] of Object.entries(endings)) {
      it(`(${title}) backs off to 30 s, hardly lists, and resumes by itself`, async () => {
        const api = await startApiStub([secret('a', '1')]);
        api.onWatch(handler);
        const { clock, passBackoff, openWatch, names } = await start(api);
        const delays: number[] = [];

        while (clock.monotonicMs() < 300_000) delays.push((await passBackoff()).delayMs);
        const lists = api.lists.length;
        const healed = await openWatch();
        healed.send({ type: 'ADDED', object: secret('late', '500') });
        await eventually(() => names().includes('late'));

        assert.deepEqual(delays.slice(0, 7), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
        assert(lists < 10, `${lists} lists`);
      });
    }

    it('waits for the whole of a pause that a 429 asks for', async () => {
      const api = await startApiStub();
      api.onWatch((_request, response) => json(response, 429, status(429), { 'Retry-After': '10' }));
      const { passBackoff, clock } = await start(api);

      await passBackoff();
      api.onWatch(undefined);
      await clock.advanceSlowly(5_000);
      assert.equal(api.watches.length, 1);
      await clock.advanceSlowly(5_000);

      await api.watch(1);
    });

    it('starts with short delays again after two minutes of health', async () => {
      const api = await startApiStub();
      api.onWatch(endings['by 500']);
      const { passBackoff, openWatch, clock } = await start(api);
      for (let i = 0; i < 3; i++) await passBackoff();
      const healthy = await openWatch();

      await clock.advanceSlowly(121_000);
      api.onWatch(endings['by 500']);
      healthy.end();

      assert.equal((await passBackoff()).delayMs, 800);
    });
  });

  describe('F50: history that is gone', () => {
    const expired = status(410, { reason: 'Expired' });
    const ways: Readonly<Record<string, StubHandler>> = {
      'at the start of a watch': (_request, response) => json(response, 410, expired),
      'in an ERROR event': (_request, response) =>
        void response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`),
    };
    for (const [title, handler] of Object.entries(ways)) {
      it(`${title} is answered by a list after a back-off, which finds what was deleted`, async () => {
        const api = await startApiStub([secret('a', '1'), secret('b', '2')]);
        api.onWatch(handler);
        const { passBackoff, names, changes, restarts, reflector } = await start(api);
        await reflector.synced;
        changes.length = 0;
        await eventually(() => api.watches.length === 1);
        api.onList((_request, response) => json(response, 200, listOf([secret('a', '1')], '900')));
        api.onWatch(undefined);

        assert.equal((await passBackoff()).cause, 'expired');
        await api.watch(1);

        assert.deepEqual(names(), ['a']);
        assert.deepEqual(
          changes.map(({ old, new: now }) => [old?.metadata.name, now]),
          [['b', undefined]],
        );
        assert.equal(versionOf(api, 1), '900');
        assert.deepEqual(restarts, ['restart secrets expired', 'relist secrets expired']);
      });
    }

    it('makes one list at a time over all streams', async () => {
      const api = await startApiStub();
      const held: (() => void)[] = [];
      api.onList((_request, response) => void held.push(() => json(response, 200, listOf([], '1'))));
      const listGate = createListGate();
      const setups = [await start(api, { listGate }), await start(api, { listGate }), await start(api, { listGate })];

      for (let finished = 0; finished < setups.length; finished++) {
        await eventually(() => held.length === finished + 1);
        assert.equal(api.lists.length, finished + 1);
        held[finished]?.();
      }

      await Promise.all(setups.map(({ reflector }) => reflector.synced));
    });
  });

  describe('F51: a list that breaks on its second page', () => {
    const first = listOf([secret('a', '1')], '200', 'page-2');
    const breaks: Readonly<Record<string, StubHandler>> = {
      'by 410': (_request, response) =>
        json(response, 410, status(410, { reason: 'Expired', metadata: { continue: 'rest' } })),
      'by a cut body': (_request, response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('{"metadata":{"resourceVersion":"200"},"items":[');
        setImmediate(() => response.destroy());
      },
      'by a missing list of items': (_request, response) =>
        json(response, 200, { metadata: { resourceVersion: '200' } }),
      'by items that are null': (_request, response) =>
        json(response, 200, { metadata: { resourceVersion: '200' }, items: null }),
      'by repeating its token': (_request, response) => json(response, 200, listOf([], '200', 'page-2')),
      'by HTML': (_request, response) => void response.writeHead(200).end('<html>'),
    };
    const whole: StubHandler = (_request, response) =>
      json(response, 200, listOf([secret('a', '1'), secret('b', '2')], '300'));
    const broken =
      (second: StubHandler): StubHandler =>
      (request, response) =>
        request.url.searchParams.has('continue') ? second(request, response) : json(response, 200, first);

    for (const [title, handler] of Object.entries(breaks)) {
      it(`(${title}) starts over and puts nothing of the half into the store`, async () => {
        const api = await startApiStub();
        api.onList(broken(handler));
        const { passBackoff, names, reflector, changes } = await start(api);

        await eventually(() => reflector.state().lastError);
        assert.equal(reflector.state().synced, false);
        assert.deepEqual(changes, []);
        api.onList(whole);
        await passBackoff();
        await reflector.synced;

        assert.deepEqual(names(), ['a', 'b']);
        assert.equal(reflector.state().lastError, undefined);
      });

      it(`(${title}) removes nothing that was known before`, async () => {
        const api = await startApiStub([secret('a', '1'), secret('b', '2')]);
        api.onWatch((_request, response) => json(response, 410, status(410)));
        const { passBackoff, names, reflector, changes } = await start(api);
        await reflector.synced;
        changes.length = 0;
        api.onList(broken(handler));

        await passBackoff(); // after the 410
        await passBackoff(); // after the half list

        assert.deepEqual(names(), ['a', 'b']);
        assert.deepEqual(changes, []);
        assert.equal(reflector.state().synced, true);
      });
    }

    it('(by never coming) starts over after the deadline', async () => {
      const api = await startApiStub();
      api.onList(broken(() => undefined));
      const { clock, passBackoff, reflector, names } = await start(api);
      await eventually(() => api.lists.length === 2);

      clock.advance(30_000);
      await eventually(() => reflector.state().lastError?.kind === 'Unreachable');
      api.onList(whole);
      await passBackoff();
      await reflector.synced;

      assert.deepEqual(names(), ['a', 'b']);
    });
  });

  describe('F53: bad input', () => {
    it('of one object is counted, what was known of it stays, and the stream goes on', async () => {
      const { api, names, reflector } = await start(await startApiStub([secret('a', '1')]));
      const watch = await api.watch(0);

      watch.send(
        { type: 'MODIFIED', object: secret('a', '101', { broken: true }) },
        { type: 'ADDED', object: secret('b', '102') },
      );
      await eventually(() => names().includes('b'));

      assert.deepEqual(names(), ['a', 'b']);
      assert.equal(reflector.state().badObjects, 1);
      assert.equal(watch.isOpen, true);
    });

    it('of one object in a list does not remove it', async () => {
      const api = await startApiStub([secret('a', '1'), secret('b', '2')]);
      api.onWatch((_request, response) => json(response, 410, status(410)));
      const { passBackoff, names, reflector } = await start(api);
      await reflector.synced;
      const items = [secret('a', '5', { broken: true }), secret('b', '6'), [], {}];
      api.onList((_request, response) => json(response, 200, listOf(items, '900')));

      await passBackoff();
      await eventually(() => api.watches.length === 2);

      assert.deepEqual(names(), ['a', 'b']);
      assert.equal(reflector.state().badObjects, 3);
    });

    it('in a line makes a new stream from the last version, and a list only when it comes again', async () => {
      const api = await startApiStub();
      const { passBackoff, restarts } = await start(api);
      const first = await api.watch(0);
      first.send({ type: 'ADDED', object: secret('a', '101') });
      first.sendText('{"type":"ADDED","object":{"metadata":{"na\n');
      await passBackoff();
      const second = await api.watch(1);
      assert.equal(versionOf(api, 1), '101');
      assert.equal(api.lists.length, 1);

      second.sendText('nonsense\n');
      for (let index = 2; index <= 3; index++) {
        await passBackoff();
        (await api.watch(index)).sendText('nonsense\n');
      }
      await passBackoff();
      await eventually(() => api.lists.length === 2);

      assert.deepEqual(restarts.at(-1), 'relist secrets malformed');
    });

    it('that comes twice or out of order is told once', async () => {
      const { api, changes, store } = await start(await startApiStub());
      const watch = await api.watch(0);
      const newer = { type: 'MODIFIED', object: secret('a', '102') };

      watch.send(
        newer,
        newer,
        { type: 'ADDED', object: secret('a', '101') },
        { type: 'ADDED', object: secret('z', '103') },
      );
      await eventually(() => store.get('team-a/z'));

      assert.equal(changes.length, 2);
      assert.equal(store.get('team-a/a')?.metadata.resourceVersion, '102');
    });

    it('of an event without an object is passed over', async () => {
      const { api, names, reflector } = await start(await startApiStub());
      const watch = await api.watch(0);

      watch.send({ type: 'ADDED' }, { type: 'ADDED', object: null }, { type: 'ADDED', object: secret('a', '101') });
      await eventually(() => names().includes('a'));

      assert.equal(reflector.state().badObjects, 2);
    });
  });

  describe('trouble that lasts', () => {
    it('is told: a list that RBAC refuses, until it is allowed', async () => {
      const api = await startApiStub();
      api.onList((_request, response) => json(response, 403, status(403, { reason: 'Forbidden', message: 'no' })));
      const { passBackoff, reflector } = await start(api);

      const error = await eventually(() => reflector.state().lastError);
      assert.deepEqual([error.kind, error.request], ['Forbidden', 'list secrets "regcred-managed"']);
      assert.equal(reflector.state().synced, false);
      api.onList((_request, response) => json(response, 200, listOf([], '1')));
      await passBackoff();
      await reflector.synced;

      assert.equal(reflector.state().lastError, undefined);
    });

    it('is told: a watch that RBAC refuses, until it is allowed', async () => {
      const api = await startApiStub();
      api.onWatch((_request, response) => json(response, 403, status(403, { reason: 'Forbidden' })));
      const { passBackoff, reflector } = await start(api);

      await eventually(() => reflector.state().lastError?.kind === 'Forbidden');
      assert.equal(reflector.state().synced, true);
      api.onWatch(undefined);
      await passBackoff();

      await eventually(() => reflector.state().lastError === undefined);
      assert.equal(api.lists.length, 1);
    });

    it('tells nobody of a version that is held, and goes on from it', async () => {
      const { api, passBackoff, store, changes } = await start(await startApiStub());
      const first = await api.watch(0);
      store.put(secret('ours', '120'));
      const { uid = '' } = store.get('team-a/ours')?.metadata ?? {};
      const said = changes.length;

      first.sendText(
        `{"type":"ADDED","object":{"kind":"Secret","apiVersion":"v1","metadata":{"name":"ours","namespace":"team-a","uid":"${uid}","resourceVersion":"120",not read}\n`,
      );
      first.send(bookmark('130'));
      first.end();
      await passBackoff();
      await api.watch(1);

      assert.equal(versionOf(api, 1), '130');
      assert.equal(api.lists.length, 1);
      assert.equal(changes.length, said);
    });

    it('F44: a connection that breaks is resumed from the last version', async () => {
      const { api, passBackoff, clock, reflector, restarts, standing } = await start(await startApiStub());
      const first = await standing(0);
      first.send(bookmark('140'));
      await eventually(() => reflector.state().lastEventAt);
      await clock.advanceSlowly(60_000);

      first.cut();
      await passBackoff();
      await api.watch(1);

      assert.equal(versionOf(api, 1), '140');
      assert.equal(api.lists.length, 1);
      assert.deepEqual(restarts, ['restart secrets closed']);
    });
  });
});

function refuseBroken(object: KubeObject): KubeObject {
  if (object['broken'] === true) throw new TypeError('broken');
  assert(object.metadata.name);
  return object;
}

function loggerOf(waits: Wait[]): Logger {
  return {
    ...silentLogger,
    debug: (_message, fields) => {
      if (fields && 'delayMs' in fields) waits.push(fields as unknown as Wait);
    },
  };
}
