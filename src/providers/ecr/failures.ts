// Each refusal of AWS in our words: reasons, and facts for their templates.
import { issueFailure } from '../../api/reasons.ts';
import type { IssueFailure } from '../provider.ts';
import { accountOf, callerIn, issuerOf, principalOf, regionOf, roleOf } from './calls.ts';
import type { Call, Refusal } from './calls.ts';

/** As AWS is called in messages. */
export const PROVIDER = 'AWS';
const AUDIENCE = 'sts.amazonaws.com';
const CODE = /^[A-Z][A-Za-z]{2,63}$/;
/** Names of what the SDK throws where a body is not AWS's. */
const NO_CODES = ['Unknown', 'Error', 'SyntaxError', 'TypeError'];

export function throttled(_call: Call, { wire }: Refusal, prefixes: readonly string[]): IssueFailure {
  return issueFailure('Throttled', prefixes, { provider: PROVIDER }, wire.retryAfterMs);
}

export function expired(call: Call, refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const isOwn = 'isTemporary' in call;
  return isOwn
    ? issueFailure('CredentialsExpired', prefixes, { id: call.principal })
    : clockSkew(call, refusal, prefixes);
}

export function clockSkew(_call: Call, { wire }: Refusal, prefixes: readonly string[]): IssueFailure {
  const seconds = `${Math.round(Math.abs(wire.skewMs) / 1000)}`;
  return issueFailure('ClockSkew', prefixes, { provider: PROVIDER, seconds });
}

export function keysRejected(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const keyHint = call.kind === 'webIdentity' ? `session of ${call.roleArn}` : call.principal;
  return issueFailure('CredentialsRejected', prefixes, { keyHint });
}

export function issuerUnknown(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const scope = `AWS account ${accountOf(call)} (IAM OIDC providers, audience ${AUDIENCE})`;
  return issueFailure('FederationNotConfigured', prefixes, { scope, issuer: issuerOf(call) });
}

export function audienceRefused(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const scope = `IAM OIDC provider for ${issuerOf(call)} in account ${accountOf(call)}`;
  const expected = 'it in the client-id list of that provider';
  return issueFailure('AudienceMismatch', prefixes, { scope, audience: AUDIENCE, expected });
}

export function issuerUnreachable(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  return issueFailure('IssuerUnreachable', prefixes, { cloud: PROVIDER, issuer: issuerOf(call) });
}

/** STS answers the same for a role that does not exist. */
export function subjectNotTrusted(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const subject = call.kind === 'webIdentity' ? call.subject : 'the subject';
  const role = `${roleOf(call)} (if it exists)`;
  return issueFailure('SubjectNotTrusted', prefixes, { role, subject, audience: AUDIENCE, issuer: issuerOf(call) });
}

export function roleDenied(call: Call, refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  return issueFailure('AssumeRoleDenied', prefixes, {
    caller: callerIn(refusal) ?? principalOf(call),
    role: roleOf(call),
    externalIdSent: call.kind === 'assumeRole' && call.externalId !== undefined ? 'yes' : 'no',
    grant: "sts:AssumeRole in the caller's policy and in the role's trust policy",
  });
}

export function tokenDenied(call: Call, refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const isPublic = call.kind === 'token' && call.at.service === 'ecr-public';
  const actions = isPublic
    ? 'ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken'
    : 'ecr:GetAuthorizationToken';
  const id = callerIn(refusal) ?? principalOf(call);
  return issueFailure('PermissionDenied', prefixes, { id, host: prefixes[0] ?? 'ECR', grant: `${actions} on "*"` });
}

export function policyTooLong(_call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  const problem = 'AWS finds it too long when packed; name fewer repositories';
  return issueFailure('InputInvalid', prefixes, { policyOf: prefixes[0] ?? 'ECR', problem });
}

export function regionDisabled(call: Call, _refusal: Refusal, prefixes: readonly string[]): IssueFailure {
  return issueFailure('RegionDisabled', prefixes, { region: regionOf(call), account: accountOf(call) });
}

/** A shape that no refusal of AWS has, or a request that only this code can mend. */
export function ourFault(_call: Call, { code, requestId }: Refusal, prefixes: readonly string[]): IssueFailure {
  const facts = { name: code, provider: PROVIDER };
  return issueFailure('InternalError', prefixes, requestId === undefined ? facts : { ...facts, requestId });
}

export function refused(_call: Call, { code, requestId, wire }: Refusal, prefixes: readonly string[]): IssueFailure {
  const facts = { provider: PROVIDER, status: `${wire.status ?? 0}` };
  if (!CODE.test(code) || NO_CODES.includes(code)) return issueFailure('RequestRefused', prefixes, facts);
  return issueFailure('RequestRefused', prefixes, { ...facts, code, ...(requestId !== undefined && { requestId }) });
}
