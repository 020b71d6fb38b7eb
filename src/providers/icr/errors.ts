// The provider's error table: what IBM Cloud IAM refuses with, to our reasons. Codes are lifted by an anchored pattern; no text
// of theirs goes further.
import { issueFailure } from '../../api/reasons.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { TokenOutcome } from '../../lib/token-call.ts';
import { commonFailure, refusal } from '../answers.ts';
import type { IssueFailure } from '../provider.ts';

/** Who asked, in the words of messages. */
export type Asker =
  | { readonly kind: 'key'; readonly secretName: string }
  | { readonly kind: 'profile'; readonly profile: string; readonly subject: string; readonly issuer: string };

export const IAM = 'IBM Cloud IAM';
export const AUDIENCE = 'iam';

type Row = (asker: Asker, prefixes: readonly string[]) => IssueFailure | undefined;

// Some clients report 400, others 401 for the same code: the code alone counts.
const ROWS: ReadonlyMap<string, Row> = new Map([
  ['BXNIM0415E', unknownKey],
  ['BXNIM0513E', untrustedSubject],
]);

/** Undefined: the answer may hold a token. */
export function iamFailure(outcome: TokenOutcome, asker: Asker, prefixes: readonly string[]): IssueFailure | undefined {
  const failure = commonFailure(outcome, prefixes, IAM);
  if (failure || outcome.kind !== 'answer' || outcome.status < 400) return failure;
  const code = errorCode(outcome.body);
  const explained = code === undefined ? undefined : ROWS.get(code)?.(asker, prefixes);
  return explained ?? refusal(prefixes, { provider: IAM, status: outcome.status, code });
}

function unknownKey(asker: Asker, prefixes: readonly string[]): IssueFailure | undefined {
  if (asker.kind !== 'key') return undefined;
  return issueFailure('CredentialsRejected', prefixes, { keyHint: `API key in Secret "${asker.secretName}"` });
}

function untrustedSubject(asker: Asker, prefixes: readonly string[]): IssueFailure | undefined {
  if (asker.kind !== 'profile') return undefined;
  const { profile, subject, issuer } = asker;
  const role = `Trusted profile "${profile}"`;
  return issueFailure('SubjectNotTrusted', prefixes, { role, subject, issuer, audience: AUDIENCE });
}

function errorCode(body: unknown): string | undefined {
  const code = isJsonObject(body) ? body['errorCode'] : undefined;
  return typeof code === 'string' && /^BXNIM\d{4}E$/.test(code) ? code : undefined;
}
