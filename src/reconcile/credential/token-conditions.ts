// Pure: how the token stands: the condition TokenIssued.
import { messageFor, printable, statusOf } from '../../api/reasons.ts';
import type { TokenIssuedReason } from '../../api/reasons.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { IssueFailure } from '../../providers/provider.ts';
import { lifeText, SHORT_LIFE_MS } from './lifetimes.ts';
import { noticesOf } from './notices.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';
import type { Held, HeldEntry } from './tokens.ts';

export function tokenIssuedCondition(facts: StatusFacts): Verdict {
  const { provider } = facts;
  const { held, standing } = facts;
  if (standing === 'suspended') return { status: 'Unknown', reason: 'Suspended', message: suspendedMessage(held) };
  if (held === undefined || isUnread(held)) return verdict('Pending', messageFor('Pending', {}));
  const expired = [...held.entries.values()].filter((entry) => isExpired(entry, facts));
  const failure = held.failures.find((one) => isWithoutLogin(one, held)) ?? held.failures[0];
  if (failure !== undefined && isWithoutLogin(failure, held)) return verdict(failure.reason, causeOf(failure, held));
  if (expired[0] !== undefined) return verdict('Expired', expiredMessage(expired[0], failure, facts));
  return failure === undefined ? (oddLife(held, provider) ?? issued(held, facts)) : lastGood(failure, held);
}

/** Nothing is known but what status says itself: the first issue after a start is under way. */
function isUnread({ entries, madeFor, failures }: Held): boolean {
  return madeFor === undefined && entries.size === 0 && failures.length === 0;
}

/** No login is held, not even an old one, for a prefix of this failure. */
export function isWithoutLogin({ prefixes }: IssueFailure, held: Held): boolean {
  if (prefixes.length === 0) return held.entries.size === 0;
  return prefixes.some((prefix) => !held.entries.has(canonicalPrefix(prefix) ?? ''));
}

export function isExpired({ expiresAt }: Pick<HeldEntry, 'expiresAt'>, { now }: { readonly now: Date }): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now.getTime();
}

/** A life that is worth a word. */
function oddLife({ entries }: Held, provider: string): Verdict | undefined {
  const issuedOnes = [...entries.values()].filter(({ identity }) => identity !== '');
  const lifeOf = ({ expiresAt, issuedAt }: HeldEntry): number =>
    (expiresAt?.getTime() ?? Infinity) - issuedAt.getTime();
  const short = issuedOnes.find((entry) => lifeOf(entry) < SHORT_LIFE_MS);
  if (short) return verdict('LifetimeTooShort', messageFor('LifetimeTooShort', { life: lifeText(lifeOf(short)) }));
  const assumed = issuedOnes.find((entry) => entry.assumed);
  if (!assumed) return undefined;
  return verdict('ExpiryAssumed', messageFor('ExpiryAssumed', { provider, life: lifeText(lifeOf(assumed)) }));
}

function issued(held: Held, { now }: StatusFacts): Verdict {
  const [first] = [...inUseOrWaiting(held)].toSorted((a, b) => timeOf(a) - timeOf(b));
  const expires = first?.expiresAt?.toISOString();
  const id = first?.principal ?? undefined;
  const notices = noticesOf(held, now).map(({ text }) => text);
  const message = messageFor('Issued', {
    ...(id === undefined ? {} : { id }),
    ...(expires === undefined ? {} : { expires }),
  });
  return verdict('Issued', notices.length === 0 ? message : printable(`${message} (${notices.join('; ')})`));
}

/** Of a prefix that has nothing published yet the login that waits. */
function inUseOrWaiting({ entries, candidates }: Held): Iterable<HeldEntry> {
  return new Map<string, HeldEntry>([...candidates, ...entries]).values();
}

function lastGood(failure: IssueFailure, held: Held): Verdict {
  const expires = [...held.entries.values()]
    .flatMap(({ expiresAt }) => expiresAt ?? [])
    .sort((a, b) => a.getTime() - b.getTime())[0];
  const cause = causeOf(failure, held);
  return verdict(
    'LastGood',
    messageFor('LastGood', { cause, ...(expires === undefined ? {} : { expires: expires.toISOString() }) }),
  );
}

function expiredMessage(
  { key, expiresAt }: HeldEntry,
  failure: IssueFailure | undefined,
  { held, removedKeys }: StatusFacts,
): string {
  const cause = failure === undefined || held === undefined ? {} : { cause: causeOf(failure, held) };
  const done = removedKeys.has(key) ? 'removed' : 'kept';
  return messageFor('Expired', { expires: expiresAt?.toISOString() ?? '', done, ...cause });
}

/** The worst failure speaks, the others are counted. */
export function causeOf(failure: IssueFailure, { failures }: Held): string {
  const others = failures.length - 1;
  return messageFor(failure.reason, failure.facts) + (others > 0 ? ` (and ${others} more)` : '');
}

function suspendedMessage(held: Held | undefined): string {
  const expires = [...(held?.entries.values() ?? [])]
    .flatMap(({ expiresAt }) => expiresAt?.toISOString() ?? [])
    .sort()[0];
  return messageFor('Suspended', expires === undefined ? {} : { expires });
}

function timeOf({ expiresAt }: HeldEntry): number {
  return expiresAt?.getTime() ?? Infinity;
}

function verdict(reason: TokenIssuedReason, message: string): Verdict {
  return { status: statusOf('TokenIssued', reason), reason, message };
}
