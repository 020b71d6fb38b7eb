// In memory: what became of each namespace, for the counts in status. Told by namespace runs, read by credential runs.
import { createPool } from '../lib/pool.ts';
import type { SlimNamespace } from '../kube/slim.ts';
import type { CredentialKey } from './keys.ts';
import type { NamespaceOutcome, OutcomesOf, OutcomesPort } from './ports.ts';

const NONE: ReadonlyMap<string, NamespaceOutcome> = new Map();

/** `changed` is called with each credential whose counts changed; it only wakes that credential's key. */
export function createOutcomes(changed: (key: CredentialKey) => void): OutcomesPort & OutcomesOf {
  const byCredential = new Map<CredentialKey, Map<string, NamespaceOutcome>>();
  const coveredBy = new Map<string, readonly CredentialKey[]>();
  const lists = createPool<readonly CredentialKey[]>(256);
  const shared = (keys: readonly CredentialKey[]): readonly CredentialKey[] => lists.get(keys.join('\n'), () => keys);

  const put = (key: CredentialKey, namespace: string, outcome: NamespaceOutcome | undefined): void => {
    const outcomes = byCredential.get(key) ?? new Map<string, NamespaceOutcome>();
    byCredential.set(key, outcomes);
    if (isEqual(outcomes.get(namespace), outcome)) return;
    if (outcome === undefined) outcomes.delete(namespace);
    else outcomes.set(namespace, outcome);
    if (outcomes.size === 0) byCredential.delete(key);
    changed(key);
  };
  const replace = (namespace: string, outcomes: ReadonlyMap<CredentialKey, NamespaceOutcome>): void => {
    for (const key of coveredBy.get(namespace) ?? []) if (!outcomes.has(key)) put(key, namespace, undefined);
    for (const [key, outcome] of outcomes) put(key, namespace, outcome);
    if (outcomes.size === 0) coveredBy.delete(namespace);
    else coveredBy.set(namespace, shared([...outcomes.keys()]));
  };
  return {
    record: ({ name }: SlimNamespace, outcomes) => replace(name, outcomes),
    forget: (namespace) => replace(namespace, new Map()),
    of: (key) => byCredential.get(key) ?? NONE,
    reset: (key) => void byCredential.delete(key),
  };
}

function isEqual(a: NamespaceOutcome | undefined, b: NamespaceOutcome | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
