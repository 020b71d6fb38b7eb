// Pure: from verdicts to what is published. A new login waits for its verdict only where the verdict can change something, and
// never past the end of the login in use; what is published already is not taken back. How long a verdict may take is the
// verifier's to say, from the first try on: what waits for its turn at a busy registry is not published for that alone.
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import { decide, lastTenth } from './decide.ts';
import { asOfToday, isTryDue, tryId, provenAs } from './proof.ts';
import type { Candidate, Held, HeldEntry, UnreadLogin } from './tokens.ts';

export interface Moment {
  readonly now: Date;
  readonly nowMs: number;
}

/** By tryId(). */
export type Verdicts = ReadonlyMap<string, RegistryVerdict>;

/** What is held once these verdicts are in: candidates that need not wait any longer are published. */
export function settle(credential: Credential, held: Held, at: Moment, verdicts: Verdicts = new Map()): Held {
  const proven = withVerdicts(credential, held, at, verdicts);
  const entries = new Map(proven.entries);
  const candidates = new Map(proven.candidates);
  const unread = new Map(proven.unread);
  for (const { sinceMs, ...entry } of proven.candidates.values()) {
    if (!isPublishable(credential, { ...entry, sinceMs }, proven, at)) continue;
    entries.set(entry.key, entry);
    candidates.delete(entry.key);
    unread.delete(entry.key);
  }
  return { ...proven, entries, candidates, unread };
}

function withVerdicts(credential: Credential, held: Held, { nowMs }: Moment, verdicts: Verdicts): Held {
  const proven = <Login extends HeldEntry>(login: Login): Login => {
    const verdict = verdicts.get(tryId(credential, login));
    return verdict === undefined ? asOfToday(login, credential, nowMs) : provenAs(login, verdict, credential, nowMs);
  };
  return { ...held, entries: mapped(held.entries, proven), candidates: mapped(held.candidates, proven) };
}

function isPublishable({ spec }: Credential, candidate: Candidate, held: Held, at: Moment): boolean {
  const { mode } = spec.verification;
  const inUse = inUseFor(candidate, held);
  const { verdict } = candidate;
  if (verdict !== undefined)
    return !isDoubted(mode, candidate, held) && decide(mode, verdict.kind, inUse, at.now) === 'publish';
  const isOpen = (['Invalid', 'Denied'] as const).some((kind) => decide(mode, kind, inUse, at.now) !== 'publish');
  return !isOpen || (hasEnded(inUse, candidate, at) && !followsRefused(candidate, held));
}

/** The login that it would replace. */
function inUseFor({ key }: Candidate, { entries, unread }: Held): HeldEntry | UnreadLogin | undefined {
  return entries.get(key) ?? unread.get(key);
}

/** The login in use, since the candidate waits: from then on no verdict is better than none. */
function hasEnded(inUse: HeldEntry | UnreadLogin | undefined, { sinceMs }: Candidate, at: Moment): boolean {
  if (!inUse?.expiresAt) return false;
  const endedMs = at.now.getTime() - inUse.expiresAt.getTime(); // ago
  return endedMs >= 0 && endedMs < at.nowMs - sinceMs;
}

/** The one before it was kept back, and nobody knows yet whether this one fares better. */
function followsRefused({ key, round }: Candidate, { entries }: Held): boolean {
  return round > (entries.get(key)?.round ?? 0);
}

/** A login without end has no last tenth: before its successor is called bad it is tried too, each time. */
function isDoubted(mode: string, { key, verdict, proof }: Candidate, { entries }: Held): boolean {
  const inUse = entries.get(key);
  if (mode !== 'Warn' || verdict?.kind !== 'Invalid' || inUse?.expiresAt !== null) return false;
  return (inUse.proof?.triedMs ?? -Infinity) < (proof?.triedMs ?? 0);
}

/** Whose verdict is missing, or to be asked for again. */
export function loginsToTry(credential: Credential, held: Held, { now, nowMs }: Moment): readonly HeldEntry[] {
  const { mode } = credential.spec.verification;
  if (mode === 'Off') return [];
  const doubted = [...held.candidates.values()].filter((one) => isDoubted(mode, one, held)).map(({ key }) => key);
  const inUse = [...held.entries.values()]
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .filter((entry) => isTryDue(entry, nowMs) || doubted.includes(entry.key));
  return [...inUse, ...[...held.candidates.values()].filter((one) => isTryDue(one, nowMs))];
}

/** Milliseconds until something of this is to be looked at again. */
export function settleDelays(credential: Credential, held: Held, { now, nowMs }: Moment): readonly number[] {
  const { mode } = credential.spec.verification;
  if (mode === 'Off') return [];
  const candidates = [...held.candidates.values()];
  const tries = [...held.entries.values(), ...candidates].flatMap(({ proof }) =>
    proof === undefined || proof.isRunning ? [] : [proof.againAtMs],
  );
  const ends = candidates.flatMap((one) => {
    const inUse = inUseFor(one, held);
    return inUse === undefined ? [] : [lastTenth(inUse), inUse.expiresAt?.getTime() ?? Infinity];
  });
  const delays = [...tries.map((ms) => ms - nowMs), ...ends.map((ms) => ms - now.getTime())];
  return delays.filter((ms) => ms > 0 && Number.isFinite(ms));
}

/** The logins that are being tried now are marked: their time on the ladder is over until the verdict is there. */
export function withRunning(credential: Credential, held: Held, running: readonly HeldEntry[]): Held {
  const ids = new Set(running.map((login) => tryId(credential, login)));
  const marked = <Login extends HeldEntry>(login: Login): Login =>
    ids.has(tryId(credential, login)) && login.proof?.isRunning === false
      ? { ...login, proof: { ...login.proof, isRunning: true } }
      : login;
  return { ...held, entries: mapped(held.entries, marked), candidates: mapped(held.candidates, marked) };
}

function mapped<Login>(
  logins: ReadonlyMap<string, Login>,
  change: (login: Login) => Login,
): ReadonlyMap<string, Login> {
  return new Map([...logins].map(([key, login]) => [key, change(login)]));
}
