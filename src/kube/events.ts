// Kubernetes Events for people: best effort, repeats put together, and never in anybody's way.
import { randomBytes } from 'node:crypto';
import { API_GROUP, API_VERSION, OPERATOR_NAME, RESOURCE } from '../api/names.ts';
import type { Clock } from '../lib/clock.ts';
import { nameOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { silentLogger } from '../lib/logger.ts';
import type { KubeClient } from './client.ts';
import { isKubeError } from './client.ts';

export interface EventFacts {
  readonly regarding: {
    /** Absent: our own group. */
    readonly apiVersion?: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface EventRecorder {
  /** Returns at once and never throws; a failing Event fails nothing. */
  record(event: EventFacts): void;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The Pod's name. */
  readonly reportingInstance: string;
  readonly logger?: Logger;
}

/** What was told: repeats are counted, and shown on the same Event every ten minutes. */
interface Told {
  readonly name: string;
  toldAtMs: number;
  count: number;
}

const REPEAT_MS = 10 * 60_000;
const MOST_REMEMBERED = 2_000;
const OBJECT = { burst: 25, refillMs: 5 * 60_000 }; // as client-go limits an object's Events
const PROCESS = { burst: 300, refillMs: 1_000 };
const BURST_OF_NORMAL = 200; // of the process's 300
const LONGEST_NOTE = 1024;
const LONGEST_WORD = 128;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger = silentLogger } = options;
  const told = new Map<string, Told>();
  const mayTell = createLimits(clock);

  const note = (error: unknown): void =>
    logger.debug('Cannot write an Event', { error: isKubeError(error) ? error.kind : nameOf(error) });
  const create = (key: string, event: EventFacts): void => {
    const name = `${event.regarding.name.slice(0, 230)}.${randomBytes(8).toString('hex')}`;
    remember(told, key, { name, toldAtMs: clock.monotonicMs(), count: 1 });
    const body = bodyOf(event, { name, now: clock.now(), reportingInstance: options.reportingInstance });
    client.create(RESOURCE.events, namespaceOf(event), body).catch((error: unknown) => {
      told.delete(key); // so that the next one is told
      note(error);
    });
  };
  const repeat = (key: string, event: EventFacts, earlier: Told): void => {
    earlier.toldAtMs = clock.monotonicMs();
    const ref = { resource: RESOURCE.events, namespace: namespaceOf(event), name: earlier.name };
    const series = { count: earlier.count, lastObservedTime: microTime(clock.now()) };
    client.patch(ref, undefined, { series }).catch((error: unknown) => {
      earlier.toldAtMs = -Infinity; // so that the next one is told, on the same Event
      if (isKubeError(error, 'NotFound'))
        create(key, event); // the API server keeps Events for an hour
      else note(error);
    });
  };

  return {
    record(event) {
      const key = JSON.stringify([event.regarding.uid, event.reason, event.note]);
      const earlier = told.get(key);
      if (earlier) earlier.count++;
      if (earlier && clock.monotonicMs() - earlier.toldAtMs < REPEAT_MS) return;
      if (!mayTell(event)) return; // not remembered as told: it is told when it comes again
      if (earlier) repeat(key, event, earlier);
      else create(key, event);
    },
  };
}

/** Objects without a namespace have their Events in `default`. */
function namespaceOf({ regarding }: EventFacts): string {
  return regarding.namespace ?? 'default';
}

function bodyOf(
  { regarding, type, reason, action, note }: EventFacts,
  { name, now, reportingInstance }: { name: string; now: Date; reportingInstance: string },
): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: regarding.namespace ?? 'default' },
    eventTime: microTime(now),
    reportingController: OPERATOR_NAME,
    reportingInstance: printable(reportingInstance, LONGEST_WORD),
    type,
    reason: printable(reason, LONGEST_WORD),
    action: printable(action, LONGEST_WORD),
    note: printable(note, LONGEST_NOTE),
    regarding: { apiVersion: `${API_GROUP}/${API_VERSION}`, ...regarding },
  };
}

/** MicroTime: the API server takes exactly six fractional digits. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

function printable(text: string, longest: number): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, longest);
}

/** The newest is last; the oldest goes. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/**
 * Each object has its own bucket, so that nobody's Events silence those about another; all share the process's, so that
 * thousands of objects do not flood the API server. The last third of that one is for Warnings: a healthy crowd silences none.
 * An Event takes from both buckets or from neither. A bucket is the moment at which it is full again, one number an object;
 * one that is not remembered is full.
 */
function createLimits(clock: Clock): (event: EventFacts) => boolean {
  const objectsFullAtMs = new Map<string, number>();
  let processFullAtMs = 0;
  return ({ type, regarding: { uid } }) => {
    const nowMs = clock.monotonicMs();
    const objectMs = Math.max(nowMs, objectsFullAtMs.get(uid) ?? 0) + OBJECT.refillMs;
    const processMs = Math.max(nowMs, processFullAtMs) + PROCESS.refillMs;
    const burst = type === 'Warning' ? PROCESS.burst : BURST_OF_NORMAL;
    if (objectMs - nowMs > OBJECT.burst * OBJECT.refillMs || processMs - nowMs > burst * PROCESS.refillMs) return false;
    remember(objectsFullAtMs, uid, objectMs);
    processFullAtMs = processMs;
    return true;
  };
}
