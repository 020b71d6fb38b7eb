// What a credential holds after an issue: new logins where they are better, the last good ones where the issue failed, and
// when to try again.
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { IssueFailure } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { delayOf, remainingMs } from './ask.ts';
import { clampTimerMs, isFromFuture, pollDelayMs, refreshAt } from './refresh.ts';
import { better, keepLastGood, latestLogins } from './tokens.ts';
import type { Candidate, Held, HeldEntry, HeldWarning } from './tokens.ts';
import { settle } from './settle.ts';

/** What came of an issue. */
export interface Issued {
  readonly entries: readonly HeldEntry[];
  readonly failures: readonly IssueFailure[];
  readonly warnings: readonly HeldWarning[];
  readonly sourceEndsAt: Date | undefined;
  /** Monotonic: when the failed calls are made again; undefined: to be found out here. */
  readonly retryAtMs: readonly number[] | undefined;
}

export interface Made {
  readonly madeFor: NonNullable<Held['madeFor']>;
  /** A change of an input brings an event. */
  readonly watched: boolean;
}

/** Nobody was asked. */
export function holdFailure(
  credential: Credential,
  before: Held | undefined,
  failure: IssueFailure,
  { madeFor, watched }: Made,
  ports: CredentialPorts,
): Held {
  const entries = keepLastGood(before, [], [failure]);
  const attempt = (before?.attempt ?? -1) + 1;
  const stays = { candidates: before?.candidates ?? new Map(), unread: before?.unread ?? new Map() };
  const said = { warnings: before?.warnings ?? [], sourceEndsAt: before?.sourceEndsAt };
  const held = { entries, failures: [failure], ...said, ...stays, madeFor, attempt };
  return { ...held, ...timesOf(credential, held, { watched, retryAtMs: undefined }, ports) };
}

export function holdIssued(
  credential: Credential,
  before: Held | undefined,
  { entries, failures, warnings, sourceEndsAt, retryAtMs }: Issued,
  { madeFor, watched }: Made,
  { clock }: Pick<CredentialPorts, 'clock'>,
): Held {
  const at = { now: clock.now(), nowMs: clock.monotonicMs() };
  const isChange = before?.madeFor?.edition !== madeFor.edition;
  const logins = entries.map((entry) => known(before, better(before?.entries.get(entry.key), entry, at.now)));
  const isPublished = ({ key, hash }: HeldEntry): boolean => before?.entries.get(key)?.hash === hash;
  const fresh = logins
    .filter((login) => !isPublished(login))
    .map((login) => candidateOf(before, login, at.nowMs, isChange));
  const issued = {
    entries: withInUse(keepLastGood(before, logins.filter(isPublished), failures), before, fresh),
    candidates: keepCandidates(before, fresh, failures),
    unread: keepUnread(before, fresh, failures),
    failures,
    warnings,
    sourceEndsAt,
    madeFor,
    attempt: failures.length === 0 ? 0 : (before?.attempt ?? -1) + 1,
    issueAgainAt: undefined,
    nextRefreshTime: undefined,
  };
  const held = settle(credential, issued, at);
  return { ...held, ...timesOf(credential, held, { watched, retryAtMs }, { clock }) };
}

/** The same login once more keeps what is known of it. */
function known(before: Held | undefined, login: HeldEntry): HeldEntry {
  const same = [before?.entries.get(login.key), before?.candidates.get(login.key)].find(
    (one) => one?.hash === login.hash,
  );
  return same ? { ...login, verdict: same.verdict, proof: same.proof, round: same.round } : login;
}

/** The ladder goes on where one bad login follows another; a change starts it anew. */
function candidateOf(before: Held | undefined, login: HeldEntry, nowMs: number, isChange: boolean): Candidate {
  const former = before?.candidates.get(login.key);
  if (former?.hash === login.hash) return { ...login, sinceMs: former.sinceMs };
  const last = former ?? before?.entries.get(login.key);
  return { ...login, round: isChange ? 0 : (last?.round ?? 0), sinceMs: nowMs };
}

/** The login that a candidate would replace stays in use. */
function withInUse(
  entries: ReadonlyMap<string, HeldEntry>,
  before: Held | undefined,
  candidates: readonly Candidate[],
): ReadonlyMap<string, HeldEntry> {
  const stays = candidates.flatMap(({ key }) => before?.entries.get(key) ?? []);
  return new Map([...entries, ...stays.map((entry) => [entry.key, entry] as const)]);
}

/** One whose issue failed this time is still better than none. */
function keepCandidates(
  before: Held | undefined,
  fresh: readonly Candidate[],
  failures: readonly IssueFailure[],
): Held['candidates'] {
  const isFailed = failedBy(failures);
  const kept = [...(before?.candidates.values() ?? [])].filter(({ key }) => isFailed(key));
  return new Map([...kept, ...fresh].map((one) => [one.key, one]));
}

function keepUnread(
  before: Held | undefined,
  fresh: readonly Candidate[],
  failures: readonly IssueFailure[],
): Held['unread'] {
  const isFailed = failedBy(failures);
  const isNamed = (key: string): boolean => isFailed(key) || fresh.some((one) => one.key === key);
  return new Map([...(before?.unread ?? [])].filter(([key]) => isNamed(key)));
}

function failedBy(failures: readonly IssueFailure[]): (key: string) => boolean {
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes).map(canonicalPrefix));
  const allFailed = failures.some(({ prefixes }) => prefixes.length === 0);
  return (key) => allFailed || failed.has(key);
}

function timesOf(
  credential: Credential,
  { entries, failures, attempt, candidates }: Omit<Held, 'issueAgainAt' | 'nextRefreshTime'>,
  { watched, retryAtMs }: { readonly watched: boolean; readonly retryAtMs: readonly number[] | undefined },
  { clock }: Pick<CredentialPorts, 'clock'>,
): Pick<Held, 'issueAgainAt' | 'nextRefreshTime'> {
  const now = clock.now();
  const nowMs = clock.monotonicMs();
  const issued = latestLogins({ entries, candidates }).filter(
    ({ identity, expiresAt }) => identity !== '' && expiresAt !== null,
  );
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes));
  const refreshes = issued.map((entry) => ({ entry, at: refreshAt(credential, entry) }));
  const nextRefreshTime = refreshes.map(({ at }) => at).sort((a, b) => a.getTime() - b.getTime())[0];
  const refreshIn = refreshes
    .filter(({ entry }) => !failed.has(entry.prefix) && failures.every(({ prefixes }) => prefixes.length > 0))
    .map(({ entry, at }) => clampTimerMs(isFromFuture(entry.refreshFrom, now) ? 0 : at.getTime() - now.getTime()));
  const { uid } = credential;
  const standing = { uid, attempt, watched, remainingMs: remainingMs({ entries }, now) };
  const retries =
    retryAtMs?.map((at) => Math.max(0, at - nowMs)) ?? failures.flatMap((one) => delayOf(one, standing) ?? []);
  const poll = watched ? [] : [pollDelayMs(uid, attempt)];
  const delays = [...refreshIn, ...retries, ...poll];
  return { issueAgainAt: delays.length === 0 ? undefined : nowMs + Math.min(...delays), nextRefreshTime };
}
