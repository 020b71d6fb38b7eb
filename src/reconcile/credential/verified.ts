// Pure: the condition Verified, and whether a verdict leaves a registry without any login.
import { conditionMessage, printable, statusOf } from '../../api/reasons.ts';
import type { ConditionStatus } from '../../api/reasons.ts';
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import { lastTenth } from './decide.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';
import { isExpired } from './token-conditions.ts';
import { latestLogins } from './tokens.ts';
import type { Candidate, Held, HeldEntry } from './tokens.ts';

/** The worst verdict speaks, in the order False, Unknown, True; of what is kept back too. */
export function verifiedCondition(credential: Credential, { held, standing }: StatusFacts): Verdict {
  const { mode } = credential.spec.verification;
  if (mode === 'Off') return say('Off', conditionMessage('Verified', 'Off', {}));
  if (held === undefined || standing === 'suspended')
    return say('Pending', conditionMessage('Verified', 'Pending', {}));
  const logins = latestLogins(held);
  const awaited = logins.find(({ verdict }) => verdict === undefined);
  if (awaited)
    return asBefore(credential) ?? say('Pending', conditionMessage('Verified', 'Pending', { host: awaited.prefix }));
  const worst = logins.toSorted(byRank)[0];
  if (worst?.verdict) return say(worst.verdict.reason, worst.verdict.message + keptNote(worst, held, mode));
  if (held.entries.size === 0 && held.unread.size > 0) return asBefore(credential) ?? PENDING;
  const why = 'no login was tried';
  return say('NotProbed', conditionMessage('Verified', 'NotProbed', { why }));
}

const PENDING = say('Pending', conditionMessage('Verified', 'Pending', {}));

/** Until a verdict is there: a refresh is no reason to say less than before. */
function asBefore({ status }: Credential): Verdict | undefined {
  const before = status?.conditions?.find(({ type }) => type === 'Verified');
  if (before === undefined || before.reason === 'Off') return undefined;
  return { status: before.status, reason: before.reason, message: before.message };
}

const RANK: readonly ConditionStatus[] = ['False', 'Unknown', 'True'];

/** By prefix where two are equally bad: the same one speaks after a restart. */
function byRank(a: HeldEntry, b: HeldEntry): number {
  return rankOf(a) - rankOf(b) || (a.prefix < b.prefix ? -1 : 1);
}

function rankOf({ verdict }: HeldEntry): number {
  return verdict === undefined ? RANK.length : RANK.indexOf(statusOf('Verified', verdict.reason));
}

/** Until when what works stays in use. */
function keptNote({ key }: HeldEntry, { entries, candidates }: Held, mode: string): string {
  const inUse = candidates.has(key) ? entries.get(key) : undefined;
  if (!inUse?.expiresAt) return inUse === undefined ? '' : '; the one in use is kept';
  const until = mode === 'Warn' ? new Date(lastTenth(inUse)) : inUse.expiresAt;
  return `; the one in use is kept until ${until.toISOString()}`;
}

function say(reason: RegistryVerdict['reason'], message: string): Verdict {
  return { status: statusOf('Verified', reason), reason, message: printable(message) };
}

/** Proven bad, under `Require`, and nothing alive is published for its prefix. */
export function withheldLogin({ spec }: Credential, { held, ...facts }: StatusFacts): Candidate | undefined {
  if (spec.verification.mode !== 'Require') return undefined;
  return [...(held?.candidates.values() ?? [])].find((candidate) => {
    const inUse = held?.entries.get(candidate.key) ?? held?.unread.get(candidate.key);
    return isRefused(candidate) && (inUse === undefined || isExpired(inUse, facts));
  });
}

/** Proven bad, or the successor of such a one that is tried right now: nothing has changed until its verdict is there. */
export function isRefused({ verdict, round }: HeldEntry): boolean {
  return verdict === undefined ? round > 0 : verdict.kind === 'Invalid';
}
