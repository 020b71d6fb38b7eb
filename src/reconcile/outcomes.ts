// In memory: what became of each namespace, for the counts in status. Told by namespace runs, read by credential runs.
import { createPool } from '../lib/pool.ts';
import { parseCredentialKey } from './keys.ts';
import type { CredentialKey } from './keys.ts';
import type { NamespaceOutcome, OutcomesOf, OutcomesPort } from './ports.ts';

type Outcomes = ReadonlyMap<CredentialKey, NamespaceOutcome>;

const NONE: Outcomes = new Map();

/** `changed` is called with each credential whose counts changed; it only wakes that credential's key. */
export function createOutcomes(changed: (key: CredentialKey) => void): OutcomesPort & OutcomesOf {
  const byNamespace = new Map<string, Outcomes>();
  const covered = new Map<CredentialKey, number>(); // in how many namespaces: reset() may look through all of them, so it must know when there is none
  const pool = createPool<Outcomes>(256); // thousands of namespaces have the same credentials, and all is well in them

  const count = (key: CredentialKey, change: 1 | -1): void => {
    const now = (covered.get(key) ?? 0) + change;
    if (now === 0) covered.delete(key);
    else covered.set(key, now);
  };
  const put = (namespace: string, outcomes: Outcomes): void => {
    if (outcomes.size === 0) byNamespace.delete(namespace);
    else
      byNamespace.set(
        namespace,
        pool.get(JSON.stringify([...outcomes]), () => outcomes),
      );
  };
  const replace = (namespace: string, outcomes: Outcomes): void => {
    const before = byNamespace.get(namespace) ?? NONE;
    const gone = [...before.keys()].filter((key) => !outcomes.has(key));
    const news = [...outcomes.keys()].filter((key) => !isEqual(before.get(key), outcomes.get(key)));
    if (gone.length + news.length === 0) return;
    for (const key of gone) count(key, -1);
    for (const key of news) if (!before.has(key)) count(key, 1);
    put(namespace, outcomes);
    for (const key of [...gone, ...news]) changed(key);
  };
  return {
    record: ({ name }, outcomes) => replace(name, outcomes),
    forget: (namespace) => replace(namespace, NONE),
    of: (key) => ({ get: (namespace) => byNamespace.get(namespace)?.get(key) }),
    reset(key) {
      if (!covered.delete(key)) return;
      const { namespace: home } = parseCredentialKey(key);
      for (const namespace of home === undefined ? byNamespace.keys() : [home]) {
        const outcomes = byNamespace.get(namespace);
        if (outcomes?.has(key)) put(namespace, without(outcomes, key));
      }
    },
  };
}

function without(outcomes: Outcomes, key: CredentialKey): Outcomes {
  return new Map([...outcomes].filter(([one]) => one !== key));
}

function isEqual(a: NamespaceOutcome | undefined, b: NamespaceOutcome | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
