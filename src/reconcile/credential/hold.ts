// What a credential holds after an issue: new logins where they are better, the last good ones where the issue failed, and
// when to try again.
import type { IssueFailure } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { delayOf, remainingMs } from './ask.ts';
import { clampTimerMs, pollDelayMs, refreshAt } from './refresh.ts';
import { better, keepLastGood } from './tokens.ts';
import type { Held, HeldEntry } from './tokens.ts';
import { verifyToken } from './verify.ts';

/** What came of an issue. */
export interface Issued {
  readonly entries: readonly HeldEntry[];
  readonly failures: readonly IssueFailure[];
  readonly warnings: readonly string[];
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
  const held = { entries, failures: [failure], warnings: [], candidates: new Map(), madeFor, attempt };
  return { ...held, ...timesOf(credential, held, { watched, retryAtMs: undefined }, ports) };
}

export async function holdIssued(
  credential: Credential,
  before: Held | undefined,
  { entries, failures, warnings, retryAtMs }: Issued,
  { madeFor, watched }: Made,
  ports: CredentialPorts,
): Promise<Held> {
  const now = ports.clock.now();
  const wanted = entries.map((entry) => better(before?.entries.get(entry.key), entry, now));
  const verified = await verifyToken(credential, before, wanted, ports);
  const kept = keepLastGood(before, verified.published, failures);
  const attempt = failures.length === 0 ? 0 : (before?.attempt ?? -1) + 1;
  const held = { entries: withHeldBack(kept, before, verified.candidates), failures, warnings, madeFor, attempt };
  const whole = { ...held, candidates: verified.candidates };
  return { ...whole, ...timesOf(credential, whole, { watched, retryAtMs }, ports) };
}

/** A login that is kept back leaves the one before it in use. */
function withHeldBack(
  entries: ReadonlyMap<string, HeldEntry>,
  before: Held | undefined,
  candidates: ReadonlyMap<string, HeldEntry>,
): ReadonlyMap<string, HeldEntry> {
  const stays = [...candidates.keys()].flatMap((key) => before?.entries.get(key) ?? []);
  return new Map([...entries, ...stays.map((entry) => [entry.key, entry] as const)]);
}

function timesOf(
  credential: Credential,
  { entries, failures, attempt, candidates }: Omit<Held, 'issueAgainAt' | 'nextRefreshTime'>,
  { watched, retryAtMs }: { readonly watched: boolean; readonly retryAtMs: readonly number[] | undefined },
  { clock }: CredentialPorts,
): Pick<Held, 'issueAgainAt' | 'nextRefreshTime'> {
  const now = clock.now();
  const nowMs = clock.monotonicMs();
  const issued = [...entries.values()].filter(({ identity, expiresAt }) => identity !== '' && expiresAt !== null);
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes));
  const refreshes = issued.map((entry) => ({ entry, at: refreshAt(credential, entry) }));
  const nextRefreshTime = refreshes.map(({ at }) => at).sort((a, b) => a.getTime() - b.getTime())[0];
  const refreshIn = refreshes
    .filter(({ entry }) => !failed.has(entry.prefix) && failures.every(({ prefixes }) => prefixes.length > 0))
    .map(({ at }) => clampTimerMs(at.getTime() - now.getTime()));
  const { uid } = credential;
  const standing = { uid, attempt, watched, remainingMs: remainingMs({ entries } as Held, now) };
  const retries =
    retryAtMs?.map((at) => Math.max(0, at - nowMs)) ?? failures.flatMap((one) => delayOf(one, standing) ?? []);
  const poll = watched ? [] : [pollDelayMs(uid, attempt)];
  const probeAgain = candidates.size === 0 ? [] : [clampTimerMs(60_000 * 2 ** Math.min(attempt, 4))];
  const delays = [...refreshIn, ...retries, ...poll, ...probeAgain];
  return { issueAgainAt: delays.length === 0 ? undefined : nowMs + Math.min(...delays), nextRefreshTime };
}
