// Pure: how the namespaces stand: the conditions Synced and Shadowed, the counts, and the first ten failures by name.
import type { CredentialStatus, NamespaceFailure } from '../../api/registry-credential.ts';
import { conditionMessage, printable, statusOf } from '../../api/reasons.ts';
import { compareText } from '../coverage.ts';
import type { FailureOfNamespace, ShadowedKey } from '../ports.ts';
import type { StatusFacts, Verdict } from './status-facts.ts';

const MOST_FAILURES = 10;
const MOST_EXAMPLES = 10;

/** The first that applies is shown, the rest is counted. */
const ORDER: readonly FailureOfNamespace[] = [
  'NameConflict',
  'StaleMarker',
  'SecretImmutable',
  'SecretTooLarge',
  'QuotaExceeded',
  'AdmissionDenied',
  'MutatedByAdmission',
  'Contention',
  'Forbidden',
  'WriteFailed',
];

interface Failed {
  readonly name: string;
  readonly reason: FailureOfNamespace;
  readonly message: string;
}

export function syncedCondition(facts: StatusFacts): Verdict {
  if (facts.standing === 'suspended')
    return { status: 'Unknown', reason: 'Suspended', message: conditionMessage('Synced', 'Suspended', {}) };
  if (facts.forbidden)
    return {
      status: 'False',
      reason: 'Forbidden',
      message: conditionMessage('Synced', 'Forbidden', { ...facts.forbidden }),
    };
  const failed = failedOf(facts);
  const worst = failed.toSorted((a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason))[0];
  if (worst !== undefined) return failedVerdict(worst, failed.length);
  if (facts.selected.length > 0 && !holdsLogin(facts)) {
    const message = conditionMessage('Synced', 'Pending', { nothing: 'login' });
    return { status: 'Unknown', reason: 'Pending', message };
  }
  if (!isComplete(facts))
    return { status: 'Unknown', reason: 'Pending', message: conditionMessage('Synced', 'Pending', {}) };
  if (facts.ignored)
    return { status: 'True', reason: 'Synced', message: conditionMessage('Synced', 'Synced', { ignored: 'ignored' }) };
  if (facts.selected.length === 0)
    return { status: 'True', reason: 'Synced', message: conditionMessage('Synced', 'Synced', { nothing: 'selected' }) };
  const count = String(facts.selected.length);
  return {
    status: 'True',
    reason: 'Synced',
    message: conditionMessage('Synced', 'Synced', { synced: count, selected: count }) + overruledNote(facts),
  };
}

/** Two templates that contradict each other are no failure, but whoever wrote the weaker one will look here. */
function overruledNote({ selected, outcomes }: StatusFacts): string {
  const overruled = [...new Set(selected.flatMap((name) => outcomes.get(name)?.overruled ?? []))].sort();
  if (overruled.length === 0) return '';
  return printable(`; secretTemplate gives way to ${overruled.slice(0, 3).join(', ')}`, 240);
}

function failedVerdict({ name, reason, message }: Failed, count: number): Verdict {
  const others = count > 1 ? ` (and ${count - 1} more)` : '';
  const cut = printable(`Namespace "${name}": ${message}`, 240);
  return { status: statusOf('Synced', reason), reason, message: cut + others };
}

export function shadowedCondition(facts: StatusFacts): Verdict {
  const shadowed = facts.selected
    .flatMap((namespace) => facts.outcomes.get(namespace)?.shadowed.map((key) => ({ ...key, namespace })) ?? [])
    .sort((a, b) => compareText(a.namespace, b.namespace));
  if (shadowed.length === 0 && !isComplete(facts))
    return { status: 'Unknown', reason: 'Pending', message: conditionMessage('Shadowed', 'Pending', {}) };
  if (shadowed.length === 0)
    return { status: 'False', reason: 'NotShadowed', message: conditionMessage('Shadowed', 'NotShadowed', {}) };
  const reason = shadowed.some((one) => one.reason === 'Enforced') ? 'Enforced' : 'HigherPrecedence';
  const examples = shadowed.slice(0, MOST_EXAMPLES).map(exampleOf).join(', ');
  return {
    status: 'True',
    reason,
    message: conditionMessage('Shadowed', reason, { count: String(shadowed.length), examples }),
  };
}

function exampleOf({ key, winner, namespace }: ShadowedKey & { readonly namespace: string }): string {
  return `${key} in ${namespace} (${winner})`;
}

export function countsOf(
  facts: StatusFacts,
  previous: CredentialStatus | undefined,
): NonNullable<CredentialStatus['namespaces']> {
  if (isFrozen(facts) || !isComplete(facts)) return previous?.namespaces ?? {};
  const failed = failedOf(facts).length;
  const selected = facts.selected.length;
  const synced = holdsLogin(facts) ? selected - failed : 0;
  return { selected, synced, failed, summary: `${synced}/${selected}` };
}

export function failuresOf(facts: StatusFacts, previous: CredentialStatus | undefined): readonly NamespaceFailure[] {
  if (isFrozen(facts)) return previous?.failures ?? [];
  return failedOf(facts)
    .slice(0, MOST_FAILURES)
    .map(({ name, reason, message }) => ({ name, reason, message: printable(message) }));
}

/** Ordered by name, so that the status does not churn. */
function failedOf({ outcomes, selected }: StatusFacts): readonly Failed[] {
  const failed = selected.flatMap((name) => {
    const failure = outcomes.get(name)?.failure;
    return failure ? [{ name, ...failure }] : [];
  });
  return failed.sort((a, b) => compareText(a.name, b.name));
}

/** Every selected namespace was worked on: before that, counts would only count how far we are. */
export function isComplete({ selected, outcomes }: StatusFacts): boolean {
  return selected.every((name) => outcomes.get(name) !== undefined);
}

/** A namespace is served with what is published: without that none is, however well all went. */
function holdsLogin({ held }: StatusFacts): boolean {
  return held !== undefined && held.entries.size + held.unread.size > 0;
}

/** Nothing is worked on. An ignored namespace is worked on, and selected no more: what was there is taken away. */
function isFrozen({ standing }: StatusFacts): boolean {
  return standing !== 'active';
}
