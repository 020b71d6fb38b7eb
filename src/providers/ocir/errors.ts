// What Oracle's refusals mean. Its free text is not looked at: status and code are enough.
import { issueFailure } from '../../api/reasons.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { TokenAnswer, TokenOutcome } from '../../lib/token-call.ts';
import { commonFailure, refusal } from '../answers.ts';
import type { IssueFailure } from '../provider.ts';

export interface Asked {
  readonly at: 'registry' | 'auth' | 'metadata';
  readonly prefixes: readonly string[];
  /** Who asks, for messages. */
  readonly id: string;
  /** What was signed with. */
  readonly keyHint: string;
  /** The registry that the token is for. */
  readonly host: string;
}

const ORACLE = 'Oracle Cloud';
const NOT_ON_ORACLE =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EDEADLINE|UND_ERR_CONNECT_TIMEOUT|deadline)$/;

/** The answer that may hold a token, or why there is none. */
export function answerOf(outcome: TokenOutcome, asked: Asked): TokenAnswer | IssueFailure {
  const { at, prefixes } = asked;
  if (at === 'metadata' && isAway(outcome)) return noMetadata(prefixes);
  const common = commonFailure(outcome, prefixes, ORACLE);
  if (outcome.kind !== 'answer') return common ?? noMetadata(prefixes);
  if (outcome.status >= 200 && outcome.status < 300) return outcome;
  return common ?? refused(outcome, asked);
}

/** An answer that is no token, although it says so. */
export function malformed(url: URL, prefixes: readonly string[]): IssueFailure {
  return issueFailure('MalformedResponse', prefixes, { endpoint: url.host });
}

function refused({ status, body, skewMs }: TokenAnswer, { prefixes, id, keyHint, host }: Asked): IssueFailure {
  if (status === 401 && skewMs !== 0) {
    const seconds = String(Math.round(Math.abs(skewMs) / 1000));
    return issueFailure('ClockSkew', prefixes, { provider: ORACLE, seconds });
  }
  if (status === 401) return issueFailure('CredentialsRejected', prefixes, { keyHint });
  const grant = 'read repos in the compartment';
  if (status === 403 || status === 404) return issueFailure('PermissionDenied', prefixes, { id, host, grant });
  return refusal(prefixes, { provider: ORACLE, status, code: codeOf(body) });
}

function noMetadata(prefixes: readonly string[]): IssueFailure {
  const hint = 'not on an OCI instance, or metadata is blocked; use auth.signingKey';
  return issueFailure('AmbientUnavailable', prefixes, { cloud: ORACLE, source: 'instance principal', hint });
}

function isAway(outcome: TokenOutcome): boolean {
  if (outcome.kind === 'unreachable') return NOT_ON_ORACLE.test(outcome.cause);
  return outcome.kind === 'answer' && outcome.status >= 400 && outcome.status < 500 && outcome.status !== 429;
}

function codeOf(body: unknown): string | undefined {
  const code = isJsonObject(body) ? body['code'] : undefined;
  return typeof code === 'string' && /^[A-Za-z]{1,40}$/.test(code) ? code : undefined;
}
