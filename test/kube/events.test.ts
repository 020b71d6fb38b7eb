import assert from 'node:assert/strict';
import type { KubeClient } from '../../src/kube/client.ts';
import type { EventFacts } from '../../src/kube/events.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { HttpStub, StubHandler } from '../support/http-stub.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import { connectTo, createCleanup, secret, status } from './helpers.ts';

const accept: StubHandler = (_request, response) => json(response, 201, secret('e', '1'));
const event: EventFacts = {
  regarding: { kind: 'ClusterRegistryCredential', name: 'hub', uid: 'u1' },
  type: 'Warning',
  reason: 'InputInvalid',
  action: 'Issue',
  note: 'Secret "x" has no key "token"',
};

describe('events', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function start(handler: StubHandler = accept) {
    const stub = await startHttpStub(handler);
    const clock = fakeClock(Date.parse('2030-01-02T03:04:05.678Z'));
    const { client, close } = connectTo(stub.url, { clock });
    cleanup.add(() => stub.close());
    cleanup.add(close);
    const recorder = createEventRecorder({ client, clock, reportingInstance: 'regcred-operator-abc' });
    return { stub, clock, recorder };
  }

  const bodies = (stub: HttpStub): Record<string, unknown>[] =>
    stub.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

  it('of a cluster-scoped object are written to the namespace default', async () => {
    const { stub, recorder } = await start();

    recorder.record(event);
    await eventually(() => stub.requests.length === 1);

    const [request] = stub.requests;
    assert.match(request!.path, /^\/apis\/events\.k8s\.io\/v1\/namespaces\/default\/events\?/);
    const { metadata, ...body } = bodies(stub)[0]!;
    assert.match((metadata as { name: string }).name, /^hub\.[0-9a-f]{16}$/);
    assert.deepEqual(body, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2030-01-02T03:04:05.678000Z',
      reportingController: 'regcred-operator',
      reportingInstance: 'regcred-operator-abc',
      type: 'Warning',
      reason: 'InputInvalid',
      action: 'Issue',
      note: 'Secret "x" has no key "token"',
      regarding: { apiVersion: 'regcred.dev/v1alpha1', ...event.regarding },
    });
  });

  it('of a namespaced object stay in its namespace', async () => {
    const { stub, recorder } = await start();

    recorder.record({ ...event, regarding: { kind: 'RegistryCredential', name: 'a', namespace: 'team-a', uid: 'u2' } });
    await eventually(() => stub.requests.length === 1);

    assert.match(stub.requests[0]!.path, /\/namespaces\/team-a\/events\?/);
  });

  it('are told once in ten minutes, then with their count on the same Event', async () => {
    const { stub, recorder, clock } = await start();
    for (let i = 0; i < 5; i++) recorder.record(event);
    await eventually(() => stub.requests.length === 1);

    clock.advance(10 * 60_000);
    recorder.record(event);
    await eventually(() => stub.requests.length === 2);

    const [created, patched] = stub.requests;
    const { name } = bodies(stub)[0]!['metadata'] as { name: string };
    assert.deepEqual([created?.method, patched?.method], ['POST', 'PATCH']);
    assert.match(patched!.path, new RegExp(`/events/${name}\\?`));
    const series = { count: 6, lastObservedTime: '2030-01-02T03:14:05.678000Z' };
    assert.deepEqual(bodies(stub)[1], { series });
  });

  it('are told anew when the API server has forgotten the Event', async () => {
    const { stub, recorder, clock } = await start();
    recorder.record(event);
    await eventually(() => stub.requests.length === 1);
    const { name } = bodies(stub)[0]!['metadata'] as { name: string };
    stub.use((request, response) => {
      if (request.method === 'PATCH') json(response, 404, status(404, { reason: 'NotFound', details: { name } }));
      else void accept(request, response);
    });

    clock.advance(60 * 60_000);
    recorder.record(event);

    await eventually(() => stub.requests.length === 3);
    assert.deepEqual(
      stub.requests.map(({ method }) => method),
      ['POST', 'PATCH', 'POST'],
    );
  });

  it('stay one Event when a repeat of it can not be written', async () => {
    const { stub, recorder, clock } = await start();
    recorder.record(event);
    await eventually(() => stub.requests.length === 1);
    stub.use((_request, response) => json(response, 409, status(409, { reason: 'Conflict' })));
    clock.advance(10 * 60_000);
    recorder.record(event);
    await eventually(() => stub.requests.length === 2);
    stub.use(accept);

    await eventually(() => {
      recorder.record(event);
      return stub.requests.length === 3;
    });

    assert.deepEqual(
      stub.requests.map(({ method }) => method),
      ['POST', 'PATCH', 'PATCH'],
    );
  });

  it('with another reason, note or object are others', async () => {
    const { stub, recorder } = await start();

    recorder.record(event);
    recorder.record({ ...event, reason: 'Other' });
    recorder.record({ ...event, note: 'Other' });
    recorder.record({ ...event, regarding: { ...event.regarding, uid: 'u9' } });

    await eventually(() => stub.requests.length === 4);
  });

  it('have a note of at most 1 kB that can be printed', async () => {
    const { stub, recorder } = await start();

    recorder.record({ ...event, note: `a\u0000\nb\u202e${'x'.repeat(2_000)}` });
    await eventually(() => stub.requests.length === 1);

    const { note } = bodies(stub)[0]! as { note: string };
    assert.match(note, /^a b x+$/);
    assert.equal(note.length, 1024);
  });

  it('fail nothing when they can not be written, and are tried again when they come again', async () => {
    const { stub, recorder } = await start((_request, response) => json(response, 403, status(403)));

    recorder.record(event);
    await eventually(() => stub.requests.length === 1);
    stub.use(accept);

    await eventually(() => {
      recorder.record(event);
      return stub.requests.length === 2;
    });
    assert.equal(stub.requests[1]?.method, 'POST');
  });
});

describe('the limits of events', () => {
  /** A recorder whose writes are counted as they are made, by the name of the object. */
  function limited() {
    const clock = fakeClock();
    const told: string[] = [];
    const write = (_resource: unknown, _namespace: unknown, { regarding }: { regarding: { name: string } }) => {
      told.push(regarding.name);
      return Promise.resolve({});
    };
    const client = { create: write } as unknown as KubeClient;
    const recorder = createEventRecorder({ client, clock, reportingInstance: 'regcred-operator-abc' });
    const tell = (name: string, more: Partial<EventFacts> = {}): void =>
      recorder.record({ ...event, regarding: { ...event.regarding, name, uid: `uid-${name}` }, ...more });
    const flap = (name: string, times: number): void => {
      for (let i = 0; i < times; i++) tell(name, { note: `${clock.monotonicMs()}-${i}` });
    };
    const crowd = (size: number, more: Partial<EventFacts> = {}): void => {
      for (let i = 0; i < size; i++) tell(`one-of-many-${i}`, more);
    };
    const timesTold = (name: string): number => told.filter((one) => one === name).length;
    return { clock, told, tell, flap, crowd, timesTold };
  }

  it('a healthy crowd is told up to 200, then one a second, and silences no Warning of another object', () => {
    const { clock, told, tell, crowd, timesTold } = limited();

    crowd(10_000, { type: 'Normal', reason: 'Issued' });
    const atOnce = told.length;
    tell('broken');
    clock.advance(10_000);
    crowd(10_000, { type: 'Normal', reason: 'Published' });

    assert.equal(timesTold('broken'), 1);
    assert.deepEqual([atOnce, told.length], [200, 200 + 1 + 9], 'the Warning took one of the ten that came in');
  });

  it('an object that flaps is told 25 times, then once in five minutes, and limits no other', () => {
    const { clock, tell, flap, timesTold } = limited();

    flap('restless', 1_000);
    tell('calm');
    const atOnce = timesTold('restless');
    clock.advance(10 * 60_000);
    flap('restless', 1_000);

    assert.deepEqual([atOnce, timesTold('restless'), timesTold('calm')], [25, 27, 1]);
  });

  it('what an object has too much takes nothing from the process', () => {
    const { told, flap, crowd } = limited();

    flap('restless', 1_000);
    crowd(1_000);

    assert.equal(told.length, 300);
  });

  it('what the process has too much takes nothing from an object', () => {
    const { clock, crowd, flap, timesTold } = limited();

    crowd(300);
    flap('late', 1_000);
    const atOnce = timesTold('late');
    clock.advance(60_000);
    flap('late', 1_000);

    assert.deepEqual([atOnce, timesTold('late')], [0, 25]);
  });

  it('a flood of Warnings is told up to 300, then one a second', () => {
    const { clock, told, crowd } = limited();

    crowd(10_000);
    const atOnce = told.length;
    clock.advance(10_000);
    crowd(10_000);

    assert.deepEqual([atOnce, told.length], [300, 310]);
  });

  it('what was dropped is told when it occurs again', () => {
    const { clock, tell, crowd, timesTold } = limited();
    crowd(300);

    tell('dropped');
    const before = timesTold('dropped');
    clock.advance(1_000);
    tell('dropped');

    assert.deepEqual([before, timesTold('dropped')], [0, 1]);
  });

  it('an object that went on is still limited among thousands that came since', () => {
    const { clock, tell, flap, timesTold } = limited();
    flap('restless', 25);

    for (let i = 0; i < 1_900; i++) {
      clock.advance(1_000);
      tell(`other-${i}`);
    }
    flap('restless', 1_000);

    assert.equal(timesTold('restless'), 25 + 6, 'one in five minutes of these 32');
  });
});
