// The Lease as data: what a record says, read without trust, and the bodies that we write.
import type { KubeObject, ObjectRef } from '../kube/client.ts';

export const LEASES: ObjectRef['resource'] = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

// A longer one was not written by an elector: waiting for it would leave the cluster without a leader.
const LONGEST_DURATION_SECONDS = 600;
const MOST_TRANSITIONS = 2 ** 31 - 1;

export interface LeaseRecord {
  /** '' if it is free, undefined if nobody can tell. */
  readonly holder: string | undefined;
  /** 0 if it says none that makes sense. */
  readonly durationMs: number;
  readonly transitions: number;
  /** Changes with every renewal; the times in it are another clock's, compared and never calculated with. */
  readonly text: string;
}

export function readRecord(lease: KubeObject): LeaseRecord {
  const spec = specOf(lease);
  const holder = spec['holderIdentity'] ?? '';
  const seconds = spec['leaseDurationSeconds'];
  const transitions = spec['leaseTransitions'];
  return {
    holder: typeof holder === 'string' ? holder : undefined,
    durationMs: isWithin(seconds, LONGEST_DURATION_SECONDS) ? seconds * 1000 : 0,
    transitions: isWithin(transitions, MOST_TRANSITIONS - 1) ? transitions : 0,
    text: JSON.stringify(spec),
  };
}

function specOf(lease: KubeObject): Readonly<Record<string, unknown>> {
  const spec = lease['spec'];
  return typeof spec === 'object' && spec !== null ? (spec as Readonly<Record<string, unknown>>) : {};
}

function isWithin(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

export function newLease({ namespace, name }: { namespace: string; name: string }, spec: object): object {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec };
}

/** The Lease as it was seen, resourceVersion included, with these fields of its spec replaced. */
export function changedLease(lease: KubeObject, spec: object): object {
  return { ...lease, spec: { ...specOf(lease), ...spec } };
}

/** What the holder writes at each renewal. */
export function renewal(identity: string, durationMs: number, now: Date): object {
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    renewTime: microTime(now),
  };
}

/** What a new holder writes on top. */
export function acquisition(now: Date, transitions: number): object {
  return { acquireTime: microTime(now), leaseTransitions: transitions };
}

/** Free at once: the next replica does not wait for a duration. */
export function released(now: Date): object {
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: microTime(now), renewTime: microTime(now) };
}

/** MicroTime takes exactly six digits, a Date has three. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
