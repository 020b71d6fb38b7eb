// The rows of every provider's error table that are the same for all of them: no answer, throttled, down, nonsense.
import { issueFailure } from '../api/reasons.ts';
import type { TokenOutcome } from '../lib/token-call.ts';
import type { IssueFailure } from './provider.ts';

/**
 * Why an outcome is no token, as far as its status tells; undefined for a 2xx and for refusals, which the provider's own
 * table explains. `provider` is the service's name for people.
 */
export function commonFailure(
  outcome: TokenOutcome,
  prefixes: readonly string[],
  provider: string,
): IssueFailure | undefined {
  const endpoint = outcome.url.host;
  if (outcome.kind === 'tls') return issueFailure('TLSFailed', prefixes, { endpoint, code: outcome.cause });
  if (outcome.kind === 'unreachable') {
    // the guarded client's words for an answer that no token endpoint gives
    if (/^(?:ETOOLARGE|EREDIRECT)$/.test(outcome.cause))
      return issueFailure('MalformedResponse', prefixes, { endpoint });
    return issueFailure('ProviderUnreachable', prefixes, { endpoint, cause: outcome.cause });
  }
  const { status, retryAfterMs } = outcome;
  if (status === 429) return issueFailure('Throttled', prefixes, { provider }, retryAfterMs);
  if (status >= 500 || status === 408)
    return issueFailure('ProviderUnavailable', prefixes, { provider, status: `${status}` }, retryAfterMs);
  const isTold = status >= 200 && status < 300;
  return isTold || status >= 400 ? undefined : issueFailure('MalformedResponse', prefixes, { endpoint });
}

/** A refusal that no row explains: its status, and a code where it is a plain one. */
export function refusal(
  prefixes: readonly string[],
  {
    provider,
    status,
    code,
  }: { readonly provider: string; readonly status: number; readonly code?: string | undefined },
): IssueFailure {
  const facts = { provider, status: `${status}` };
  return issueFailure('RequestRefused', prefixes, code === undefined ? facts : { ...facts, code });
}
