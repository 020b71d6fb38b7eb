// The audit log as it grows: the truth about who sent what, and when, told by the API server and not by who is measured.
import { fstatSync, openSync, readSync } from 'node:fs';
import { OPERATOR_NAMESPACE } from '../../e2e/support/install.ts';
import type { AuditEvent } from '../../e2e/support/cluster.ts';

export interface TimedEvent extends AuditEvent {
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
  /** When the answer was sent. */
  readonly stageTimestamp: string;
}

export interface Audit {
  /** Follows what one user does from now on: each call gives everything so far, oldest first. */
  follow(username: string): () => readonly TimedEvent[];
}

export function openAudit(file: string): Audit {
  const log = openSync(file, 'r');
  return {
    follow(username) {
      const events: TimedEvent[] = [];
      let from = fstatSync(log).size;
      return () => {
        const { lines, length } = readLines(log, from);
        from += length;
        const mine = lines.filter((line) => line.includes(`"username":"${username}"`));
        events.push(...mine.map((line) => JSON.parse(line) as TimedEvent));
        return events;
      };
    },
  };
}

/** Whole lines: the last one may be half written. */
function readLines(log: number, from: number): { readonly lines: readonly string[]; readonly length: number } {
  const bytes = Buffer.alloc(fstatSync(log).size - from);
  readSync(log, bytes, 0, bytes.length, from);
  const length = bytes.lastIndexOf('\n') + 1;
  return { lines: bytes.toString('utf8', 0, length).split('\n'), length };
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

/** A write of what the operator is there for: pull Secrets and entries, no status, Event, Lease or stored token. */
export function isPayload(event: AuditEvent): boolean {
  if (event.objectRef?.namespace === OPERATOR_NAMESPACE) return false;
  return isWrite(event) && ['secrets', 'serviceaccounts'].includes(event.objectRef?.resource ?? '');
}

/** How often each kind of request was sent: "create secrets 50, patch serviceaccounts 50". */
export function summary(events: readonly AuditEvent[]): string {
  const kinds = Map.groupBy(events, kindOf);
  return [...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ') || 'none';
}
