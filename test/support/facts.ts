// Builders for the tests of a credential's token and status: what is held, and the facts that a status is made from.
import { authEntry, canonicalPrefix, entryHash } from '../../src/lib/docker-config.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import type { StatusFacts } from '../../src/reconcile/credential/status-facts.ts';
import type { Candidate, Held, HeldEntry, UnreadLogin } from '../../src/reconcile/credential/tokens.ts';
import type { NamespaceOutcome } from '../../src/reconcile/ports.ts';

export const NOW = new Date('2030-01-01T00:00:00Z');
export const SOON = new Date('2030-01-01T01:00:00Z');
export const PAST = new Date('2029-12-31T23:00:00Z');

export const SERVED: NamespaceOutcome = { failure: undefined, shadowed: [], overruled: [] };

export function heldEntry(prefix: string, change: Partial<HeldEntry> = {}): HeldEntry {
  const entry = authEntry('bot', sensitive(`password of ${prefix}`));
  const key = canonicalPrefix(prefix) ?? prefix;
  const hash = entryHash(entry);
  const origin = { principal: null, issuedAt: NOW, refreshFrom: NOW, identity: '', assumed: false };
  const verification = { verdict: undefined, proof: undefined, round: 0 };
  return { key, prefix, entry, hash, expiresAt: null, ...origin, ...verification, ...change };
}

export interface HeldChange extends Partial<Omit<Held, 'candidates' | 'unread'>> {
  readonly candidates?: readonly Candidate[];
  readonly unread?: readonly UnreadLogin[];
}

/** A login that is not published. */
export function candidate(prefix: string, change: Partial<Candidate> = {}): Candidate {
  return { ...heldEntry(prefix), sinceMs: 0, ...change };
}

export function held(
  entries: readonly HeldEntry[] = [heldEntry('registry.example.com')],
  { candidates = [], unread = [], ...change }: HeldChange = {},
): Held {
  return {
    entries: new Map(entries.map((entry) => [entry.key, entry])),
    failures: [],
    warnings: [],
    sourceEndsAt: undefined,
    candidates: new Map(candidates.map((one) => [one.key, one])),
    unread: new Map(unread.map((one) => [one.key, one])),
    madeFor: { edition: '', inputVersions: '', refreshRequest: undefined },
    attempt: 0,
    issueAgainAt: undefined,
    nextRefreshTime: undefined,
    ...change,
  };
}

/** Of a credential that is well and selects nothing, but for the change. */
export function factsWith(change: Partial<StatusFacts> = {}): StatusFacts {
  return {
    now: NOW,
    provider: 'ecr',
    standing: 'active',
    ignored: false,
    forbidden: undefined,
    held: held(),
    selected: [],
    outcomes: new Map(),
    forbiddenServiceAccounts: [],
    handledRefresh: undefined,
    removedKeys: new Set(),
    ...change,
  };
}

export function failing(
  reason: NonNullable<NamespaceOutcome['failure']>['reason'],
  message = 'it fails',
): NamespaceOutcome {
  return { failure: { reason, message }, shadowed: [], overruled: [] };
}
