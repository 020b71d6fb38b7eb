// Pure: a line for each registry in status: which region or role is broken, without logs. After a restart the lines are also
// what tells of logins that stand in the Secrets (shown.ts).
import type { RegistryStatus } from '../../api/registry-credential.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { Credential } from '../credential.ts';
import type { StatusFacts } from './status-facts.ts';
import { isExpired } from './token-conditions.ts';
import { isRefused } from './verified.ts';
import type { Candidate, Held, HeldEntry, UnreadLogin } from './tokens.ts';

const MOST_REGISTRIES = 64;

export function registriesOf({ provider }: Credential, facts: StatusFacts): readonly RegistryStatus[] {
  const { held } = facts;
  if (held === undefined) return [];
  const isFailed = failedIn(held);
  const inUse = inUseOf(held).map((login) => lineOf(login, { isFailed: isFailed(login.key), provider }, facts));
  const shown = new Set(inUse.map(({ prefix }) => canonicalPrefix(prefix)));
  const failed = held.failures
    .flatMap(({ prefixes, reason }) => prefixes.map((prefix) => ({ prefix, reason })))
    .filter(({ prefix }) => !shown.has(canonicalPrefix(prefix)));
  const keptBack = [...held.candidates.values()]
    .filter(({ key }) => !shown.has(key) && !isFailed(key))
    .map(keptBackLine);
  return [...inUse, ...failed, ...keptBack].sort((a, b) => (a.prefix < b.prefix ? -1 : 1)).slice(0, MOST_REGISTRIES);
}

/** What is published, also what is so by our word of before the start; of a failed prefix the failure says more. */
function inUseOf(held: Held): readonly (HeldEntry | UnreadLogin)[] {
  const isFailed = failedIn(held);
  const unread = [...held.unread.values()].filter(({ key }) => !held.entries.has(key) && !isFailed(key));
  return [...held.entries.values(), ...unread];
}

function failedIn({ failures }: Held): (key: string) => boolean {
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes).map(canonicalPrefix));
  const isWhole = failures.some(({ prefixes }) => prefixes.length === 0);
  return (key) => isWhole || failed.has(key);
}

function lineOf(
  { prefix, principal, issuedAt, expiresAt, verdict }: HeldEntry | UnreadLogin,
  { isFailed, provider }: { readonly isFailed: boolean; readonly provider: string },
  facts: StatusFacts,
): RegistryStatus {
  return {
    prefix,
    ...(principal === null ? {} : { principal }),
    // Nobody issues a static login: when it was read moves with each restart, and would be written each time.
    ...(provider === 'static' ? {} : { issueTime: issuedAt.toISOString() }),
    ...(expiresAt === null ? {} : { expirationTime: expiresAt.toISOString() }),
    ...(verdict === undefined ? {} : { verdict: verdict.reason }),
    reason: isExpired({ expiresAt }, facts) ? 'Expired' : isFailed ? 'LastGood' : 'Issued',
  };
}

/** Nothing is published for its prefix. */
function keptBackLine(candidate: Candidate): RegistryStatus {
  const { prefix, verdict } = candidate;
  const reason = isRefused(candidate) ? 'VerificationFailed' : 'Pending';
  return { prefix, ...(reason === 'Pending' ? {} : { verdict: verdict?.reason ?? 'Invalid' }), reason };
}
