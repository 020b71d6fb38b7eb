// Pure: what a credential asks for one of its identities: which answers are good enough for it, and how long it waits after
// a failure.
import { retryClassOf } from '../../api/reasons.ts';
import type { IssueFailure, IssueResult } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import type { Due } from './due.ts';
import { examineToken } from './examine.ts';
import type { Ask, Exchanged } from './exchanges.ts';
import type { KeyedGroup } from './identity.ts';
import { isReplacementDue } from './proof.ts';
import { homeNamespace } from './inputs.ts';
import { isFromFuture, refreshTime, retryDelayMs, SHORTEST_TIMER_MS } from './refresh.ts';
import { entriesOf, latestLogins } from './tokens.ts';
import type { Held } from './tokens.ts';

interface Wanted {
  readonly group: KeyedGroup;
  readonly due: Due;
  readonly held: Held | undefined;
  readonly watched: boolean;
  readonly call: (group: KeyedGroup, signal: AbortSignal) => Promise<readonly IssueResult[]>;
}

export function askFor(
  credential: Credential,
  { group, due, held, watched, call }: Wanted,
  { clock, permissions }: Pick<CredentialPorts, 'clock' | 'permissions'>,
): Ask {
  const { provider, uid, key: waiter } = credential;
  return {
    key: group.key,
    provider,
    endpoint: `${provider} ${group.endpoint ?? ''}`,
    home: homeNamespace(credential, permissions.operatorNamespace),
    uid,
    waiter,
    startsAnew: due.isChange,
    isGood: (known) => isGood(known, due, credential, { now: clock.now(), nowMs: clock.monotonicMs(), held }),
    retryDelayMs: (failure, attempt) =>
      delayOf(failure, { uid, attempt, watched, remainingMs: remainingMs(held, clock.now()) }),
    call: async (signal) => (await call(group, signal)).map((result) => examineToken(result, credential, clock.now())),
  };
}

/** An answer that was made since is good whatever it says; an older one where it saves a call. */
function isGood(
  { results, sentAt, begunMs, endedMs, retryAtMs }: Exchanged,
  { sinceMs, isForced, isChange }: Due,
  { uid, spec }: Credential,
  { now, nowMs, held }: { readonly now: Date; readonly nowMs: number; readonly held: Held | undefined },
): boolean {
  if (isForced) return begunMs >= sinceMs;
  if (endedMs >= sinceMs) return true;
  const failed = results.some(({ kind }) => kind === 'failure');
  if (failed) return !isChange && (retryAtMs === undefined || nowMs < retryAtMs);
  if (results.some((result) => isRefused(result, held, nowMs))) return false;
  if (isFromFuture(sentAt, now)) return false;
  const { afterPercent } = spec.refresh;
  return results.every(
    (result) =>
      result.kind !== 'token' ||
      (result.expiresAt !== null && refreshTime(uid, sentAt, result.expiresAt, afterPercent) > now),
  );
}

/** The very login that its registry refuses, and it is time for another one. */
function isRefused(result: IssueResult, held: Held | undefined, nowMs: number): boolean {
  if (held === undefined || result.kind !== 'token') return false;
  const hashes = new Set(entriesOf(result, { issuedAt: new Date(0), identity: '' }).map(({ hash }) => hash));
  return latestLogins(held).some((login) => hashes.has(login.hash) && isReplacementDue(login, nowMs));
}

/** Until the first login in use expires; undefined: nothing is alive. */
export function remainingMs(held: Pick<Held, 'entries'> | undefined, now: Date): number | undefined {
  const lives = [...(held?.entries.values() ?? [])]
    .flatMap(({ expiresAt }) => expiresAt ?? [])
    .map((end) => end.getTime() - now.getTime())
    .filter((life) => life > 0);
  return lives.length === 0 ? undefined : Math.min(...lives);
}

interface Standing {
  readonly uid: string;
  readonly attempt: number;
  readonly watched: boolean;
  readonly remainingMs: number | undefined;
}

export function delayOf({ reason, retryAfterMs }: IssueFailure, standing: Standing): number | undefined {
  const { uid, attempt, watched, remainingMs: left } = standing;
  // who may ask for tokens of a ServiceAccount is not watched, wherever it lives
  const inputsWatched = watched && reason !== 'ConsentMissing';
  const retry = { uid, attempt, remainingMs: left, retryAfterMs, inputsWatched };
  const delayMs = retryDelayMs(retryClassOf(reason), retry);
  const isShort = reason === 'ReturnedExpired';
  return delayMs !== undefined && isShort ? Math.max(delayMs, SHORTEST_TIMER_MS) : delayMs;
}
