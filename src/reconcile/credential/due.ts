// Pure: is an issue due, and why. What was made for the same spec, inputs and request need not be made again before its time.
import type { Credential } from '../credential.ts';
import { isReplacementDue } from './proof.ts';
import { latestLogins } from './tokens.ts';
import type { Held } from './tokens.ts';

export interface Due {
  /** Monotonic: answers from before do not count as made for this. */
  readonly sinceMs: number;
  /** What is answered for another edition is for the old one. */
  readonly edition: string;
  /** Spec, inputs or somebody's request changed: the ladder starts anew. */
  readonly isChange: boolean;
  /** `regcred.dev/refresh` has a new value: a token that is still good does not do. */
  readonly isForced: boolean;
}

export interface DueFacts {
  readonly inputVersions: string;
  readonly nowMs: number;
}

export function dueOf(
  credential: Credential,
  held: Held | undefined,
  { inputVersions, nowMs }: DueFacts,
): Due | undefined {
  const { edition, refreshRequest, status } = credential;
  const madeFor = held?.madeFor;
  const handled = madeFor?.refreshRequest ?? status?.lastHandledRefresh;
  const isForced = refreshRequest !== undefined && refreshRequest !== handled;
  const isChange = isForced || madeFor?.edition !== edition || madeFor.inputVersions !== inputVersions;
  const isTime = held?.issueAgainAt !== undefined && nowMs >= held.issueAgainAt;
  const isRefused = held !== undefined && isAnyRefused(credential, held, nowMs);
  return isChange || isTime || isRefused ? { sinceMs: nowMs, edition, isChange, isForced } : undefined;
}

/** The registry refuses a login: another one may fare better. */
function isAnyRefused({ spec }: Credential, held: Held, nowMs: number): boolean {
  return spec.verification.mode !== 'Off' && latestLogins(held).some((login) => isReplacementDue(login, nowMs));
}
