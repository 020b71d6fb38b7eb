// The answer of ECR: base64 of `AWS:PASSWORD` and an end, checked once.
import { lifeUntil, tokenOf } from '../../lib/token-life.ts';
import type { TokenLife } from '../../lib/token-life.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { TokenAnswer } from './sdk.ts';

export interface EcrLogin extends TokenLife {
  readonly username: string;
  readonly password: Sensitive;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html */
const LIFE_S = 12 * 60 * 60;
const LONGEST_ANSWER = 128 * 1024;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Milliseconds in place of seconds end beyond the year 10000. */
const LATEST_MS = Date.UTC(10_000, 0, 1);

/** Undefined: the answer is no token. Its end is by the server's clock, which may differ from ours. */
export function readToken(answer: TokenAnswer, sentAt: Date, skewMs: number): EcrLogin | undefined {
  const login = loginIn(answer.authorizationToken);
  const end = endIn(answer.expiresAt, skewMs);
  return login && end !== 'nonsense' ? { ...login, ...lifeUntil(end, sentAt, LIFE_S) } : undefined;
}

/** Split at the first colon only: a password may hold more of them. */
function loginIn(token: unknown): Pick<EcrLogin, 'username' | 'password'> | undefined {
  if (typeof token !== 'string' || token.length > LONGEST_ANSWER || !BASE64.test(token)) return undefined;
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const username = tokenOf(text.slice(0, Math.max(colon, 0)))?.reveal();
  const password = tokenOf(text.slice(colon + 1));
  return username !== undefined && password ? { username, password } : undefined;
}

function endIn(end: unknown, skewMs: number): Date | undefined | 'nonsense' {
  if (end === undefined || end === null) return undefined;
  const isTime = end instanceof Date && end.getTime() > 0 && end.getTime() < LATEST_MS;
  return isTime ? new Date(end.getTime() - skewMs) : 'nonsense';
}
