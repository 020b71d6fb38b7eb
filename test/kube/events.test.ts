import assert from 'node:assert/strict';
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

  it('are limited: a burst of 25, then one in two seconds', async () => {
    const { stub, recorder, clock } = await start();

    for (let i = 0; i < 100; i++) recorder.record({ ...event, note: `burst ${i}` });
    await eventually(() => stub.requests.length === 25);
    clock.advance(4_000);
    for (let i = 0; i < 100; i++) recorder.record({ ...event, note: `later ${i}` });
    await eventually(() => stub.requests.length === 27);

    assert.equal(stub.requests.length, 27);
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
