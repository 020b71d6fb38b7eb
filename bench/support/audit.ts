// The audit log as it grows: the truth about who sent what, and when, told by the API server and not by who is measured.
import { fstatSync, openSync, readSync } from 'node:fs';
import type { AuditEvent } from '../../e2e/support/cluster.ts';

export interface TimedEvent extends AuditEvent {
  readonly userAgent?: string;
  /** When the answer was sent. */
  readonly stageTimestamp: string;
}

export interface Audit {
  /** The end of the log now, for `since`. */
  mark(): number;
  /** What one user did from a mark on, oldest first. */
  since(mark: number, username: string): readonly TimedEvent[];
}

export function openAudit(file: string): Audit {
  const log = openSync(file, 'r');
  return {
    mark: () => fstatSync(log).size,
    since: (mark, username) => read(log, mark, `"username":"${username}"`),
  };
}

function read(log: number, from: number, contains: string): readonly TimedEvent[] {
  const bytes = Buffer.alloc(fstatSync(log).size - from);
  readSync(log, bytes, 0, bytes.length, from);
  const lines = bytes.toString('utf8').split('\n').slice(0, -1); // the last line may be half written
  return lines.filter((line) => line.includes(contains)).map((line) => JSON.parse(line) as TimedEvent);
}

/** "patch serviceaccounts": verb, resource and subresource. */
export function kindOf({ verb, objectRef }: AuditEvent): string {
  const { resource = '?', subresource } = objectRef ?? {};
  return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** A write that changes something: the fence's probes are dry runs. */
export function isWrite({ verb, requestURI }: AuditEvent): boolean {
  return WRITES.has(verb) && !requestURI.includes('dryRun=');
}

/** A write of what the operator is there for: pull Secrets and entries, no status, Event or Lease. */
export function isPayload(event: AuditEvent): boolean {
  return isWrite(event) && ['secrets', 'serviceaccounts'].includes(event.objectRef?.resource ?? '');
}

/** How often each kind of request was sent: "create secrets 50, patch serviceaccounts 50". */
export function summary(events: readonly AuditEvent[]): string {
  const kinds = Map.groupBy(events, kindOf);
  return [...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ') || 'none';
}
