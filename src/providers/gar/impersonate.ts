// `impersonate`: a Google service account's own token, on top of any mode.
import { isJsonObject } from '../../lib/json.ts';
import { callToken } from '../../lib/token-call.ts';
import type { TokenAnswer } from '../../lib/token-call.ts';
import { lifeUntil, tokenOf } from '../../lib/token-life.ts';
import type { TokenLife } from '../../lib/token-life.ts';
import type { IssueFailure } from '../provider.ts';
import { answerOf, malformed } from './errors.ts';
import type { Asked } from './errors.ts';
import { googleUrl, SCOPE } from './google.ts';
import type { Bearer, Situation } from './google.ts';

export interface Target {
  readonly email: string;
  readonly lifetimeSeconds: number;
  /** The role that lets the caller act as the account. */
  readonly grant: string;
}

// RFC 3339 as Google writes it
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

export async function actAs(
  target: Target,
  { token: callerToken, caller }: Bearer,
  { prefixes, context }: Situation,
): Promise<Bearer | IssueFailure> {
  const { email, lifetimeSeconds } = target;
  const path = `/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateAccessToken`;
  const url = googleUrl('google-iamcredentials', path, context);
  const headers = { Authorization: `Bearer ${callerToken.reveal()}` };
  const json = { scope: [SCOPE], lifetime: `${lifetimeSeconds}s` };
  const outcome = await callToken({ url, json, headers }, context);
  const asked: Asked = { at: 'iam', prefixes, caller, target };
  const answer = answerOf(outcome, asked);
  if (answer.kind === 'failure') return answer;
  const fields = isJsonObject(answer.body) ? answer.body : {};
  const token = tokenOf(fields['accessToken']);
  const life = lifeUntilTime(fields['expireTime'], answer, lifetimeSeconds);
  return token && life ? { kind: 'bearer', token, life, principal: email, caller: email } : malformed(answer, asked);
}

/** An absolute time of Google's clock, in ours. */
function lifeUntilTime(time: unknown, { sentAt, skewMs }: TokenAnswer, seconds: number): TokenLife | undefined {
  if (time === undefined) return lifeUntil(undefined, sentAt, seconds);
  const end = typeof time === 'string' && TIME.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(end) ? undefined : lifeUntil(new Date(end - skewMs), sentAt, seconds);
}
