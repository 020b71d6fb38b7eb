// What Google's refusals mean: one table of rows, the first that fits speaks. Vendor text is matched, never shown.
import { issueFailure } from '../../api/reasons.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { TokenAnswer, TokenOutcome } from '../../lib/token-call.ts';
import { commonFailure, refusal } from '../answers.ts';
import type { IssueFailure } from '../provider.ts';

/** Which of Google's endpoints was asked. */
export type Endpoint = 'oauth2' | 'sts' | 'iam' | 'metadata';

export interface Federation {
  /** Full name of the provider in its pool. */
  readonly pool: string;
  readonly audience: string;
  readonly issuer: string;
  readonly subject: string;
}

export interface Asked {
  readonly at: Endpoint;
  readonly prefixes: readonly string[];
  /** Who asks: an e-mail, a principal. */
  readonly caller: string;
  /** The key, for messages. */
  readonly key?: string;
  readonly federation?: Federation;
  /** The service account to act as, and what lets the caller do so. */
  readonly target?: { readonly email: string; readonly grant: string };
}

interface Row {
  readonly at: Endpoint;
  readonly code?: RegExp;
  readonly status?: readonly number[];
  readonly text?: RegExp;
  readonly means: (asked: Asked, answer: TokenAnswer) => IssueFailure;
}

const GOOGLE = 'Google';
const NOT_ON_GOOGLE =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EDEADLINE|UND_ERR_CONNECT_TIMEOUT|deadline)$/;

const TABLE: readonly Row[] = [
  {
    at: 'sts',
    code: /^invalid_grant$/,
    text: /^The audience in ID Token \[[^\]]*\] does not match the expected audience/,
    means: audienceMismatch,
  },
  { at: 'sts', code: /^invalid_target$/, means: noSuchPool },
  { at: 'sts', code: /^invalid_request$/, text: /^Invalid value for "audience"/, means: noSuchPool },
  { at: 'sts', code: /^unauthorized_client$/, means: subjectNotTrusted },
  {
    at: 'sts',
    code: /^invalid_grant$/,
    text: /^Error connecting to the given credential's issuer/,
    means: issuerUnreachable,
  },
  { at: 'sts', code: /^invalid_grant$/, text: /^The issuer in ID Token/, means: issuerUnknown },
  {
    at: 'iam',
    status: [403],
    text: /^Permission 'iam\.serviceAccounts\.getAccessToken' denied/,
    means: impersonationDenied,
  },
  { at: 'iam', status: [404], means: accountNotFound },
  {
    at: 'metadata',
    status: [403, 500],
    text: /^Unable to generate access token; IAM returned 403/,
    means: operatorDenied,
  },
  {
    at: 'metadata',
    status: [404],
    text: /^Unable to generate access token; IAM returned 404/,
    means: accountNotFound,
  },
  { at: 'metadata', status: [404], means: ({ prefixes }) => noMetadata(prefixes) }, // no account at this instance
  { at: 'oauth2', code: /^invalid_grant$/, text: /^Invalid JWT Signature/, means: keyRejected },
  { at: 'oauth2', code: /^invalid_grant$/, text: /^Invalid grant: account not found/, means: accountNotFound },
  {
    at: 'oauth2',
    code: /^invalid_grant$/,
    text: /^Invalid JWT: Token must be a short-lived token/,
    means: ({ prefixes }, { skewMs }) =>
      issueFailure('ClockSkew', prefixes, { provider: GOOGLE, seconds: String(Math.round(Math.abs(skewMs) / 1000)) }),
  },
];

/** The answer that may hold a token, or why there is none. */
export function answerOf(outcome: TokenOutcome, asked: Asked): TokenAnswer | IssueFailure {
  const isMetadata = asked.at === 'metadata';
  if (outcome.kind === 'unreachable' && isMetadata && NOT_ON_GOOGLE.test(outcome.cause))
    return noMetadata(asked.prefixes);
  const common = commonFailure(outcome, asked.prefixes, GOOGLE);
  if (outcome.kind !== 'answer') return common ?? noMetadata(asked.prefixes);
  if (outcome.status >= 200 && outcome.status < 300) return outcome;
  const { code, text } = vendorWords(outcome);
  const row = TABLE.find((one) => fits(one, asked.at, outcome.status, { code, text }));
  return (
    row?.means(asked, outcome) ?? common ?? refusal(asked.prefixes, { provider: GOOGLE, status: outcome.status, code })
  );
}

/** An answer that is no token, although it says so. */
export function malformed({ url }: TokenOutcome, { prefixes }: Asked): IssueFailure {
  return issueFailure('MalformedResponse', prefixes, { endpoint: url.host });
}

/** There is nobody that the operator could be. */
export function noMetadata(prefixes: readonly string[], source = 'metadata'): IssueFailure {
  const hint = 'not on Google Cloud, or metadata is blocked; use workload identity federation';
  return issueFailure('AmbientUnavailable', prefixes, { cloud: GOOGLE, source, hint });
}

interface Words {
  readonly code: string | undefined;
  readonly text: string;
}

function fits(row: Row, at: Endpoint, status: number, { code, text }: Words): boolean {
  const isCode = row.code === undefined || (code !== undefined && row.code.test(code));
  return row.at === at && isCode && (row.status?.includes(status) ?? true) && (row.text?.test(text) ?? true);
}

/** OAuth: {error, error_description}; iamcredentials: {error: {status, message}}; metadata: plain text. */
function vendorWords({ body, text }: TokenAnswer): Words {
  const error = isJsonObject(body) ? body['error'] : undefined;
  if (!isJsonObject(body)) return { code: undefined, text };
  if (isJsonObject(error)) return { code: plainCode(error['status']), text: textOf(error['message']) };
  return { code: plainCode(error), text: textOf(body['error_description']) };
}

function plainCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z_]{1,40}$/.test(value) ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function audienceMismatch({ prefixes, federation }: Asked): IssueFailure {
  const { pool = 'Google', audience = 'unknown' } = federation ?? {};
  return issueFailure('AudienceMismatch', prefixes, { scope: pool, audience });
}

function noSuchPool({ prefixes, federation }: Asked): IssueFailure {
  return issueFailure('FederationNotConfigured', prefixes, { pool: federation?.pool ?? 'The pool' });
}

function issuerUnknown({ prefixes, federation }: Asked): IssueFailure {
  const { pool = 'Google', issuer = 'unknown' } = federation ?? {};
  return issueFailure('FederationNotConfigured', prefixes, { scope: pool, issuer });
}

function subjectNotTrusted({ prefixes, federation, caller }: Asked): IssueFailure {
  const { pool = 'Google', subject = caller, audience = 'unknown', issuer = 'unknown' } = federation ?? {};
  return issueFailure('SubjectNotTrusted', prefixes, { role: pool, subject, audience, issuer });
}

function issuerUnreachable({ prefixes, federation }: Asked): IssueFailure {
  return issueFailure('IssuerUnreachable', prefixes, { cloud: GOOGLE, issuer: federation?.issuer ?? 'the cluster' });
}

function impersonationDenied({ prefixes, caller, target }: Asked): IssueFailure {
  const { email: role = 'the account', grant = 'roles/iam.serviceAccountTokenCreator' } = target ?? {};
  return issueFailure('AssumeRoleDenied', prefixes, { caller, role, grant: `${grant}, and check that it exists` });
}

function operatorDenied({ prefixes, caller }: Asked): IssueFailure {
  const role = 'its Google service account';
  return issueFailure('AssumeRoleDenied', prefixes, { caller, role, grant: 'roles/iam.workloadIdentityUser' });
}

function accountNotFound({ prefixes, caller, target }: Asked): IssueFailure {
  return issueFailure('IdentityNotFound', prefixes, { id: target?.email ?? caller, scope: GOOGLE });
}

function keyRejected({ prefixes, caller, key }: Asked): IssueFailure {
  return issueFailure('CredentialsRejected', prefixes, { keyHint: `Key ${key ?? ''} of ${caller}` });
}
