// What all ways into Google have in common: its endpoints, the scope, and an access token as it comes back.
import { isJsonObject } from '../../lib/json.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { TokenOutcome } from '../../lib/token-call.ts';
import { lifeOf, tokenOf } from '../../lib/token-life.ts';
import type { TokenLife } from '../../lib/token-life.ts';
import { urlUnder } from '../endpoints.ts';
import type { IssueFailure, ProviderContext } from '../provider.ts';
import { answerOf, malformed } from './errors.ts';
import type { Asked } from './errors.ts';

/** An access token, and whose it is. */
export interface Bearer {
  readonly kind: 'bearer';
  readonly token: Sensitive;
  readonly life: TokenLife;
  /** For display; null where Google does not say. */
  readonly principal: string | null;
  /** For messages, always something. */
  readonly caller: string;
}

export interface Situation {
  readonly prefixes: readonly string[];
  readonly context: ProviderContext;
}

/** Works for every registry; what may be pulled is a matter of the account's roles. */
export const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

const LONGEST_SECONDS = 3600;

const ENDPOINTS = {
  'google-oauth2': 'https://oauth2.googleapis.com',
  'google-sts': 'https://sts.googleapis.com',
  'google-iamcredentials': 'https://iamcredentials.googleapis.com',
} as const;

export function googleUrl(service: keyof typeof ENDPOINTS, path: string, { endpoint }: ProviderContext): URL {
  return urlUnder(endpoint(service) ?? new URL(ENDPOINTS[service]), path);
}

/** The token of an OAuth answer, or why there is none. */
export function bearerOf(outcome: TokenOutcome, asked: Asked, principal: string | null): Bearer | IssueFailure {
  const answer = answerOf(outcome, asked);
  if (answer.kind === 'failure') return answer;
  const fields = isJsonObject(answer.body) ? answer.body : {};
  const token = tokenOf(fields['access_token']);
  const life = lifeOf(fields['expires_in'], answer.sentAt, LONGEST_SECONDS);
  if (!token || !life) return malformed(answer, asked);
  return { kind: 'bearer', token, life, principal, caller: asked.caller };
}
