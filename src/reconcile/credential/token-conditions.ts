// Pure: how the token stands: the conditions TokenIssued and Verified, and a line for each registry.
import type { RegistryStatus } from '../../api/registry-credential.ts';
import { conditionMessage, messageFor, statusOf } from '../../api/reasons.ts';
import type { ConditionStatus, TokenIssuedReason } from '../../api/reasons.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { IssueFailure } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import { lifeText, SHORT_LIFE_MS } from './lifetimes.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';
import type { Held, HeldEntry } from './tokens.ts';

const MOST_REGISTRIES = 64;

export function tokenIssuedCondition(facts: StatusFacts): Verdict {
  const { provider } = facts;
  const { held, standing } = facts;
  if (standing === 'suspended') return { status: 'Unknown', reason: 'Suspended', message: suspendedMessage(held) };
  if (held === undefined) return verdict('Pending', messageFor('Pending', {}));
  const expired = [...held.entries.values()].filter((entry) => isExpired(entry, facts));
  const failure = held.failures.find((one) => isWithoutLogin(one, held)) ?? held.failures[0];
  if (failure !== undefined && isWithoutLogin(failure, held)) return verdict(failure.reason, causeOf(failure, held));
  if (expired[0] !== undefined) return verdict('Expired', expiredMessage(expired[0], failure, facts));
  return failure === undefined ? (oddLife(held, provider) ?? issued(held)) : lastGood(failure, held);
}

/** The worst verdict speaks, in the order False, Unknown, True; of what is kept back too. */
export function verifiedCondition({ spec }: Credential, { held, standing }: StatusFacts): Verdict {
  if (spec.verification.mode === 'Off')
    return { status: 'Unknown', reason: 'Off', message: conditionMessage('Verified', 'Off', {}) };
  if (held === undefined || standing === 'suspended')
    return { status: 'Unknown', reason: 'Pending', message: conditionMessage('Verified', 'Pending', {}) };
  const worst = verdictsOf(held).sort((a, b) => RANK.indexOf(rankOf(a)) - RANK.indexOf(rankOf(b)))[0];
  if (worst) return { status: statusOf('Verified', worst.reason), reason: worst.reason, message: worst.message };
  const why = 'no login was tried';
  return { status: 'Unknown', reason: 'NotProbed', message: conditionMessage('Verified', 'NotProbed', { why }) };
}

const RANK: readonly ConditionStatus[] = ['False', 'Unknown', 'True'];

function rankOf({ reason }: RegistryVerdict): ConditionStatus {
  return statusOf('Verified', reason);
}

function verdictsOf({ entries, candidates }: Held): RegistryVerdict[] {
  const tried = [...candidates.values(), ...[...entries.values()].filter(({ key }) => !candidates.has(key))];
  return tried.flatMap(({ verdict }) => verdict ?? []);
}

export function registriesOf({ provider }: Credential, facts: StatusFacts): readonly RegistryStatus[] {
  const { held } = facts;
  if (held === undefined) return [];
  const failed = held.failures.flatMap(({ prefixes, reason }) => prefixes.map((prefix) => ({ prefix, reason })));
  const entries = [...held.entries.values()].map((entry) => registryOf(entry, { failed, provider }, facts));
  const without = failed
    .filter(({ prefix }) => !held.entries.has(canonicalPrefix(prefix) ?? ''))
    .map(({ prefix, reason }) => ({ prefix, reason }));
  return [...entries, ...without].sort((a, b) => (a.prefix < b.prefix ? -1 : 1)).slice(0, MOST_REGISTRIES);
}

function registryOf(
  entry: HeldEntry,
  { failed, provider }: { readonly failed: readonly { readonly prefix: string }[]; readonly provider: string },
  facts: StatusFacts,
): RegistryStatus {
  const { prefix, key, principal, issuedAt, expiresAt } = entry;
  const isFailed =
    failed.some((one) => canonicalPrefix(one.prefix) === key) ||
    (facts.held?.failures.some(({ prefixes }) => prefixes.length === 0) ?? false);
  return {
    prefix,
    ...(principal === null ? {} : { principal }),
    // Nobody issues a static login: when it was read moves with each restart, and would be written each time.
    ...(provider === 'static' ? {} : { issueTime: issuedAt.toISOString() }),
    ...(expiresAt === null ? {} : { expirationTime: expiresAt.toISOString() }),
    ...(entry.verdict === undefined ? {} : { verdict: entry.verdict.reason }),
    reason: isExpired(entry, facts) ? 'Expired' : isFailed ? 'LastGood' : 'Issued',
  };
}

/** No login is held, not even an old one, for a prefix of this failure. */
export function isWithoutLogin({ prefixes }: IssueFailure, held: Held): boolean {
  if (prefixes.length === 0) return held.entries.size === 0;
  return prefixes.some((prefix) => !held.entries.has(canonicalPrefix(prefix) ?? ''));
}

export function isExpired({ expiresAt }: HeldEntry, { now }: { readonly now: Date }): boolean {
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

function issued(held: Held): Verdict {
  const [first] = [...held.entries.values()].toSorted((a, b) => timeOf(a) - timeOf(b));
  const expires = first?.expiresAt?.toISOString();
  const id = first?.principal ?? undefined;
  const warning = held.warnings[0] === undefined ? '' : ` (${held.warnings[0]})`;
  const message = messageFor('Issued', {
    ...(id === undefined ? {} : { id }),
    ...(expires === undefined ? {} : { expires }),
  });
  return verdict('Issued', `${message}${warning}`.slice(0, 256));
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
