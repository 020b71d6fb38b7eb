// Pure: the conditions Ready and Stalled. What one namespace causes never touches Ready: a tenant must not hold a
// platform's credential unready.
import { conditionMessage, statusOf } from '../../api/reasons.ts';
import type { FactsFor, ReadyReason } from '../../api/reasons.ts';
import type { Credential } from '../credential.ts';
import { causeOf, isExpired, isWithoutLogin, tokenIssuedCondition } from './token-conditions.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';
import { withheldLogin } from './verified.ts';

/** The first that applies is shown. */
const CHECKS: readonly ((credential: Credential, facts: StatusFacts) => Verdict | undefined)[] = [
  invalidSpec,
  notPermitted,
  suspended,
  namespaceIgnored,
  forbidden,
  verificationFailed,
  partialFailure,
  withoutToken,
  withoutVerdict,
];

export function readyCondition(credential: Credential, facts: StatusFacts): Verdict {
  for (const check of CHECKS) {
    const hit = check(credential, facts);
    if (hit !== undefined) return hit;
  }
  const expires = [...(facts.held?.entries.values() ?? [])]
    .flatMap(({ expiresAt }) => expiresAt?.toISOString() ?? [])
    .sort()[0];
  return ready('Ready', expires === undefined ? {} : { expires });
}

/** What only a change of the spec can mend; absent unless True. */
export function stalledCondition(credential: Credential, facts: StatusFacts): Verdict | undefined {
  const cause = invalidSpec(credential, facts) ?? notPermitted(credential, facts);
  return cause && { status: 'True', reason: cause.reason satisfies string, message: cause.message };
}

function invalidSpec({ problem }: Credential, { standing }: StatusFacts): Verdict | undefined {
  return standing === 'invalid' ? ready('InvalidSpec', { problem: problem ?? 'it can not be read' }) : undefined;
}

function notPermitted({ spec }: Credential, { standing, forbiddenServiceAccounts }: StatusFacts): Verdict | undefined {
  if (standing === 'not-permitted') return ready('NotPermitted', { secretName: spec.secretName });
  if (forbiddenServiceAccounts.length === 0) return undefined;
  return ready('NotPermitted', { serviceAccounts: forbiddenServiceAccounts.join(', ') });
}

function suspended(_: Credential, facts: StatusFacts): Verdict | undefined {
  return facts.standing === 'suspended' ? tokenIssuedCondition(facts) : undefined;
}

function namespaceIgnored(_: Credential, { ignored }: StatusFacts): Verdict | undefined {
  return ignored ? ready('NamespaceIgnored', {}) : undefined;
}

function forbidden(_: Credential, { forbidden: missing }: StatusFacts): Verdict | undefined {
  return missing && ready('Forbidden', { ...missing });
}

/** A registry refuses the only login that there is. */
function verificationFailed(credential: Credential, facts: StatusFacts): Verdict | undefined {
  const withheld = withheldLogin(credential, facts);
  return withheld && ready('VerificationFailed', { host: withheld.prefix });
}

/** Some registries have a live login, some have none. */
function partialFailure(_: Credential, facts: StatusFacts): Verdict | undefined {
  const { held } = facts;
  if (held === undefined) return undefined;
  const entries = [...held.entries.values()];
  const expired = entries.filter((entry) => isExpired(entry, facts));
  const without = held.failures.filter((failure) => isWithoutLogin(failure, held));
  const failed = expired.length + without.flatMap(({ prefixes }) => prefixes).length;
  const alive = entries.length - expired.length;
  if (failed === 0 || alive === 0) return undefined;
  const cause = without[0] ? causeOf(without[0], held) : tokenIssuedCondition(facts).message;
  return ready('PartialFailure', { failed: String(failed), total: String(alive + failed), cause });
}

function withoutToken(_: Credential, facts: StatusFacts): Verdict | undefined {
  const token = tokenIssuedCondition(facts);
  return token.status === 'True' ? undefined : token;
}

/** A token is held, and nothing may be published before its registry has spoken. */
function withoutVerdict(_: Credential, { held }: StatusFacts): Verdict | undefined {
  const isWaiting = held !== undefined && held.entries.size + held.unread.size === 0 && held.candidates.size > 0;
  return isWaiting ? ready('Pending', {}) : undefined;
}

function ready<Reason extends ReadyReason>(reason: Reason, facts: FactsFor<'Ready', Reason>): Verdict {
  return { status: statusOf('Ready', reason), reason, message: conditionMessage('Ready', reason, facts) };
}
