import assert from 'node:assert/strict';
import { createFenceWatch } from '../src/fence-watch.ts';
import type { KubeClient, KubeErrorKind } from '../src/kube/client.ts';
import { KubeError } from '../src/kube/client.ts';
import type { EventFacts } from '../src/kube/events.ts';
import { createLogger } from '../src/lib/logger.ts';
import { fakeClock } from './support/fake-clock.ts';

const PERIOD_MS = 30 * 60_000;

/** A watch whose probe is answered as told: `undefined` is a create that passes. */
function watching({ homeUid = 'uid-of-home' }: { homeUid?: string | undefined } = {}) {
  const clock = fakeClock();
  const lines: string[] = [];
  const events: EventFacts[] = [];
  const gauge: boolean[] = [];
  let answer: KubeErrorKind | undefined = 'AdmissionDenied';
  const create = () =>
    answer === undefined
      ? Promise.resolve({ metadata: { name: 'x', uid: 'u', resourceVersion: '1' } })
      : Promise.reject(new KubeError({ kind: answer, status: 0, request: 'create' }));
  const watch = createFenceWatch({
    config: { namespace: 'home', secretNames: ['regcred-managed'] },
    client: { create } as unknown as KubeClient,
    clock,
    logger: createLogger({ level: 'info', format: 'text', write: (line) => void lines.push(line) }),
    metrics: { fencePresent: (present) => void gauge.push(present) },
    events: { record: (event) => void events.push(event) },
    homeUid: () => (homeUid === '' ? undefined : homeUid),
  });
  const lookWith = async (next: KubeErrorKind | undefined): Promise<void> => {
    answer = next;
    await clock.advanceSlowly(PERIOD_MS);
  };
  return { watch, lookWith, lines, events, gauge };
}

describe('the watch over the fence', () => {
  it('F141: tells once that it is missing, by log and by an Event on the own Namespace, and that it is back', async () => {
    const { watch, lookWith, lines, events, gauge } = watching();
    const end = new AbortController();

    watch.start(end.signal);
    await lookWith('AdmissionDenied');
    assert.deepEqual([lines, events, watch.warnings()], [[], [], []]);
    await lookWith(undefined);
    await lookWith('AlreadyExists');
    assert.equal(watch.warnings().length, 1);
    await lookWith('AdmissionDenied');
    end.abort();

    assert.deepEqual(watch.warnings(), []);
    assert.deepEqual(gauge.slice(-3), [false, false, true]);
    assert.equal(lines.length, 2);
    assert.match(lines.join(), /The fence is missing.*The fence is there again/s);
    assert.equal(new Set(events.map((event) => JSON.stringify(event))).size, 1, 'repeats are equal, hence one Event');
    const [{ regarding, type, reason } = assert.fail('no Event')] = events;
    assert.deepEqual([type, reason], ['Warning', 'FenceMissing']);
    assert.deepEqual(regarding, {
      ...{ apiVersion: 'v1', kind: 'Namespace', name: 'home', namespace: 'home', uid: 'uid-of-home' },
    });
  });

  it('F141: keeps what it knew while it can not be told', async () => {
    const { watch, lookWith, gauge } = watching();
    const end = new AbortController();

    watch.start(end.signal);
    await lookWith(undefined);
    const before = gauge.length;
    await lookWith('Forbidden');
    await lookWith('Unavailable');
    end.abort();

    assert.equal(gauge.length, before);
    assert.equal(watch.warnings().length, 1);
  });

  it('F141: without a Namespace to tell it of, the log and the warnings say it', async () => {
    const { watch, lookWith, lines, events } = watching({ homeUid: '' });
    const end = new AbortController();

    watch.start(end.signal);
    await lookWith(undefined);
    end.abort();

    assert.deepEqual([lines.length, events.length, watch.warnings().length], [1, 0, 1]);
  });
});
