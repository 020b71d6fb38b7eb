// Pure: which ends of tokens are believed. An answer that lies about its end must neither stop the refresh nor hasten it.
import { issueFailure } from '../../api/reasons.ts';
import type { ProviderName } from '../../api/registry-credential.ts';
import type { IssueFailure, RegistryToken } from '../../providers/provider.ts';

const HOUR_MS = 60 * 60_000;
/** The longest lives that providers document. */
const LONGEST_MS: Readonly<Record<Exclude<ProviderName, 'static'>, number>> = {
  ecr: 12 * HOUR_MS,
  gar: HOUR_MS,
  acr: 3 * HOUR_MS,
  icr: HOUR_MS,
  ocir: HOUR_MS,
};
const SLACK = 1.1;
/** Less than this is no token to publish. */
export const SHORTEST_LIFE_MS = 60_000;
export const SHORT_LIFE_MS = 2 * 60_000;

/** Undefined: it has no longest life. */
export function longestLifeMs(provider: ProviderName, block: Readonly<Record<string, unknown>>): number | undefined {
  if (provider === 'static') return undefined;
  const { lifetimeSeconds } = (block['impersonate'] ?? {}) as { readonly lifetimeSeconds?: unknown };
  const asked = provider === 'gar' && typeof lifetimeSeconds === 'number' ? lifetimeSeconds * 1000 : 0;
  return Math.max(LONGEST_MS[provider], asked);
}

export interface CheckedLife {
  readonly kind: 'life';
  readonly expiresAt: Date;
  /** The answer's end was missing, or too far away. */
  readonly assumed: boolean;
}

/** The end that a token is used by; a failure for one that is, or is nearly, over. */
export function checkLife(
  { expiresAt, expirySource, prefixes }: Pick<RegistryToken, 'expiresAt' | 'expirySource' | 'prefixes'>,
  { now, longestMs, provider }: { readonly now: Date; readonly longestMs: number; readonly provider: string },
): CheckedLife | IssueFailure {
  const longest = new Date(now.getTime() + longestMs);
  if (expiresAt === null) return { kind: 'life', expiresAt: longest, assumed: true };
  const lifeMs = expiresAt.getTime() - now.getTime();
  if (Number.isNaN(lifeMs)) return issueFailure('MalformedResponse', prefixes, { endpoint: provider });
  if (lifeMs < SHORTEST_LIFE_MS)
    return issueFailure('ReturnedExpired', prefixes, { provider, expires: expiresAt.toISOString() });
  if (lifeMs > longestMs * SLACK) return { kind: 'life', expiresAt: longest, assumed: true };
  return { kind: 'life', expiresAt, assumed: expirySource === 'nominal' };
}

/** "12 h", "75 min", "90 s". */
export function lifeText(lifeMs: number): string {
  const seconds = Math.round(lifeMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
