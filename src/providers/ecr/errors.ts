// What AWS's refusals mean: one table. Codes are lifted by anchored patterns; no text of AWS is passed on.
import { issueFailure } from '../../api/reasons.ts';
import type { IssueFailure } from '../provider.ts';
import { readError } from './calls.ts';
import type { Call, Refusal } from './calls.ts';
import {
  audienceRefused,
  clockSkew,
  expired,
  issuerUnknown,
  issuerUnreachable,
  keysRejected,
  ourFault,
  policyTooLong,
  PROVIDER,
  refused,
  regionDisabled,
  roleDenied,
  subjectNotTrusted,
  throttled,
  tokenDenied,
} from './failures.ts';
import type { Wire } from './transport.ts';

/** The same failure for any prefixes. */
export type FailureFor = (prefixes: readonly string[]) => IssueFailure;

interface Row {
  readonly code: RegExp;
  readonly message?: RegExp;
  readonly call?: Call['kind'];
  readonly failure: (call: Call, refusal: Refusal, prefixes: readonly string[]) => IssueFailure;
}

/** The first row that fits counts. Codes without their final "Exception", which the SDK adds to some. */
const TABLE: readonly Row[] = [
  {
    code: /^(Throttling|Throttle|ThrottledRequest|RequestLimitExceeded|TooManyRequests|RequestThrottled)$/,
    failure: throttled,
  },
  { code: /^ExpiredToken$/, failure: expired },
  {
    code: /^(InvalidSignature|SignatureDoesNotMatch)$/,
    message: /Signature (expired|not yet current)/,
    failure: clockSkew,
  },
  { code: /^(RequestExpired|RequestTimeTooSkewed)$/, failure: clockSkew },
  { code: /^(UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature)$/, failure: keysRejected },
  { code: /^InvalidIdentityToken$/, message: /^No OpenIDConnect provider found/, failure: issuerUnknown },
  { code: /^InvalidIdentityToken$/, message: /^Incorrect token audience/, failure: audienceRefused },
  { code: /^InvalidIdentityToken$/, message: /retrieve verification key/, failure: issuerUnreachable },
  { code: /^IDPCommunicationError$/, failure: issuerUnreachable },
  { code: /^AccessDenied$/, call: 'webIdentity', failure: subjectNotTrusted },
  { code: /^AccessDenied$/, call: 'assumeRole', failure: roleDenied },
  { code: /^AccessDenied$/, call: 'token', failure: tokenDenied },
  { code: /^PackedPolicyTooLarge$/, failure: policyTooLong },
  { code: /^RegionDisabled$/, failure: regionDisabled },
  { code: /^Validation(Error)?$/, failure: ourFault },
];

/** Why a call gave nothing. The thrown value is read here and dropped. */
export function explain(call: Call, thrown: unknown, wire: Wire): FailureFor {
  const refusal = { ...readError(thrown), wire };
  return (prefixes) => failureOf(call, refusal, prefixes);
}

/** Tokens that were good when they were sent: worth another round with fresh ones. */
export function isExpired(thrown: unknown): boolean {
  return readError(thrown).code === 'ExpiredToken';
}

function failureOf(call: Call, refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const { failed, status, host, retryAfterMs } = refusal.wire;
  if (failed?.kind === 'tls') return issueFailure('TLSFailed', prefixes, { endpoint: host, code: failed.cause });
  if (failed) return issueFailure('ProviderUnreachable', prefixes, { endpoint: host, cause: failed.cause });
  if (status === undefined) return ourFault(call, refusal, prefixes);
  if (status < 400) return issueFailure('MalformedResponse', prefixes, { endpoint: host });
  if (status >= 500) {
    return issueFailure('ProviderUnavailable', prefixes, { provider: PROVIDER, status: `${status}` }, retryAfterMs);
  }
  if (status === 429) return throttled(call, refusal, prefixes);
  const row = TABLE.find((one) => fits(one, call, refusal));
  return (row?.failure ?? refused)(call, refusal, prefixes);
}

function fits(row: Row, { kind }: Call, { code, message }: Refusal): boolean {
  return row.code.test(code) && (row.call ?? kind) === kind && (row.message?.test(message) ?? true);
}
