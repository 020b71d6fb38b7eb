// Pure: what a credential's status should say: conditions, counts, one line a registry. Small whatever the number of
// namespaces, and the same for the same facts, so that a steady state writes nothing.
import type { Condition, CredentialStatus } from '../../api/registry-credential.ts';
import type { Credential } from '../credential.ts';
import { readyCondition, stalledCondition } from './ready.ts';
import { shadowedCondition, syncedCondition, failuresOf, countsOf } from './synced.ts';
import { registriesOf } from './registries.ts';
import { tokenIssuedCondition } from './token-conditions.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';
import type { HeldEntry } from './tokens.ts';
import { verifiedCondition } from './verified.ts';

/** The status as it should be; `previous` keeps its times, and its conditions where the spec can not be used. */
export function statusFor(credential: Credential, facts: StatusFacts): CredentialStatus {
  const previous = credential.status;
  const expirationTime = earliestExpiry(facts);
  const nextRefreshTime = facts.held?.nextRefreshTime;
  const isFrozenSpec = facts.standing === 'invalid' || facts.standing === 'not-permitted';
  return {
    observedGeneration: credential.generation,
    provider: credential.provider,
    conditions: conditionsFor(credential, facts, isFrozenSpec),
    ...(expirationTime === undefined ? {} : { expirationTime: expirationTime.toISOString() }),
    ...(nextRefreshTime === undefined ? {} : { nextRefreshTime: nextRefreshTime.toISOString() }),
    ...(facts.handledRefresh === undefined ? {} : { lastHandledRefresh: facts.handledRefresh }),
    registries: facts.held === undefined ? (previous?.registries ?? []) : registriesOf(credential, facts),
    namespaces: countsOf(facts, previous),
    failures: failuresOf(facts, previous),
  };
}

function conditionsFor(credential: Credential, facts: StatusFacts, isFrozenSpec: boolean): readonly Condition[] {
  const others: Record<string, Verdict> = {
    TokenIssued: tokenIssuedCondition(facts),
    Verified: verifiedCondition(credential, facts),
    Synced: syncedCondition(facts),
    Shadowed: shadowedCondition(facts),
  };
  const before = new Map(credential.status?.conditions?.map((one) => [one.type, one]));
  const kept = (type: string, verdict: Verdict): Verdict => {
    const old = before.get(type);
    if (!isFrozenSpec) return verdict;
    return old ? { status: old.status, reason: old.reason, message: old.message } : PENDING;
  };
  const verdicts: Record<string, Verdict | undefined> = {
    Ready: readyCondition(credential, facts),
    ...Object.fromEntries(Object.entries(others).map(([type, verdict]) => [type, kept(type, verdict)])),
    Stalled: stalledCondition(credential, facts),
  };
  return Object.entries(verdicts).flatMap(([type, verdict]) => {
    return verdict === undefined
      ? []
      : [toCondition(type, verdict, credential.generation, before.get(type), facts.now)];
  });
}

const PENDING: Verdict = { status: 'Unknown', reason: 'Pending', message: 'Waits for a usable spec' };

function toCondition(
  type: string,
  verdict: Verdict,
  generation: number,
  before: Condition | undefined,
  now: Date,
): Condition {
  const isSame = before?.status === verdict.status;
  const time = now.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const earlier = before?.lastTransitionTime ?? '';
  const lastTransitionTime = isSame || earlier > time ? earlier : time; // never back, whatever the wall clock does
  return { type, ...verdict, observedGeneration: generation, lastTransitionTime };
}

function earliestExpiry({ held }: StatusFacts): Date | undefined {
  const inUse = new Map<string, Pick<HeldEntry, 'expiresAt'>>([...(held?.unread ?? []), ...(held?.entries ?? [])]);
  const times = [...inUse.values()].flatMap(({ expiresAt }) => expiresAt ?? []);
  return times.sort((a, b) => a.getTime() - b.getTime())[0];
}

/** What to do with a status: counts that flow are written at most once in 10 s, all else at once. */
export type StatusWrite =
  { readonly kind: 'none' } | { readonly kind: 'now' } | { readonly kind: 'later'; readonly delayMs: number };

export const COUNTS_INTERVAL_MS = 10_000;

export function decideWrite(
  previous: CredentialStatus | undefined,
  next: CredentialStatus,
  sinceCountsMs: number,
): StatusWrite {
  if (isEqual(previous ?? {}, next)) return { kind: 'none' };
  const onlyCounts = isEqual(withoutCounts(previous ?? {}), withoutCounts(settled(previous, next)));
  if (!onlyCounts || sinceCountsMs >= COUNTS_INTERVAL_MS) return { kind: 'now' };
  return { kind: 'later', delayMs: COUNTS_INTERVAL_MS - sinceCountsMs };
}

/** Conditions that changed their status or reason: each is an Event. */
export function transitions(previous: CredentialStatus | undefined, next: CredentialStatus): readonly Condition[] {
  const before = new Map(previous?.conditions?.map((one) => [one.type, one]));
  return (next.conditions ?? []).filter(({ type, status, reason }) => {
    const old = before.get(type);
    return old?.status !== status || old.reason !== reason;
  });
}

/** A namespace that has just come sets these back to Pending for a moment: no news unless it lasts. */
function settled(previous: CredentialStatus | undefined, next: CredentialStatus): CredentialStatus {
  const before = new Map(previous?.conditions?.map((one) => [one.type, one]));
  const settle = (one: Condition): Condition =>
    one.reason === 'Pending' && isAboutNamespaces(one) ? (before.get(one.type) ?? one) : one;
  return { ...next, ...(next.conditions === undefined ? {} : { conditions: next.conditions.map(settle) }) };
}

function withoutCounts(status: CredentialStatus): unknown {
  const { namespaces: _counts, failures: _failures, conditions, ...rest } = status;
  return { ...rest, conditions: conditions?.map((one) => (isAboutNamespaces(one) ? { ...one, message: '' } : one)) };
}

/** Their messages count and quote. */
function isAboutNamespaces({ type }: Condition): boolean {
  return type === 'Synced' || type === 'Shadowed';
}

function isEqual(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** Empty lists and absent ones are the same to the API server's readers. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (Array.isArray(inner)) return inner.length === 0 ? undefined : inner;
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
