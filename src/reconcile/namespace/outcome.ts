// Pure: what became of the namespace, told to each credential that covers it.
import { conditionMessage } from '../../api/reasons.ts';
import type { CredentialKey } from '../keys.ts';
import type { NamespaceOutcome } from '../ports.ts';
import type { Converged } from './converge.ts';
import type { Coverage } from './draft.ts';

const SYNCED: NamespaceOutcome = { failure: undefined, shadowed: [], overruled: [] };

export function outcomesFor({ coverage, failures }: Converged): ReadonlyMap<CredentialKey, NamespaceOutcome> {
  return new Map(coverage.map((one) => [one.credential.key, outcomeOf(one, failures)]));
}

function outcomeOf(
  { secretName, shadowed, tooLarge, overruled }: Coverage,
  failures: Converged['failures'],
): NamespaceOutcome {
  const failure = tooLarge
    ? tooLargeFailure(secretName)
    : failures.find(({ secretNames }) => secretNames.includes(secretName));
  const isPlain = failure === undefined && shadowed.length + overruled.length === 0;
  if (isPlain) return SYNCED; // one object for ten thousand namespaces
  return { failure: failure && { reason: failure.reason, message: failure.message }, shadowed, overruled };
}

function tooLargeFailure(secretName: string): NonNullable<NamespaceOutcome['failure']> {
  return { reason: 'SecretTooLarge', message: conditionMessage('Synced', 'SecretTooLarge', { name: secretName }) };
}
