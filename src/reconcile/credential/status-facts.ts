// What a credential's status is made from, gathered by the story.
import type { ConditionStatus } from '../../api/reasons.ts';
import type { Standing } from '../coverage.ts';
import type { MissingRight, OutcomesByNamespace } from '../ports.ts';
import type { Held } from './tokens.ts';

export interface StatusFacts {
  readonly now: Date;
  readonly provider: string;
  readonly standing: Standing;
  /** A RegistryCredential in a namespace that opted out. */
  readonly ignored: boolean;
  /** A list or watch that we need is refused. */
  readonly forbidden: MissingRight | undefined;
  readonly held: Held | undefined;
  /** Names of live, selected namespaces. */
  readonly selected: readonly string[];
  readonly outcomes: OutcomesByNamespace;
  /** ServiceAccount names in the spec that the install does not permit. */
  readonly forbiddenServiceAccounts: readonly string[];
  readonly handledRefresh: string | undefined;
  /** Canonical keys whose expired entries were taken out. */
  readonly removedKeys: ReadonlySet<string>;
}

/** A condition without its times. */
export interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}
