// Pure: what people should hear of a login that works: the stored secret behind it ends soon, or something was dropped or
// assumed on the way. The condition TokenIssued shows it, and a Warning tells it once.
import type { Held } from './tokens.ts';

export interface Notice {
  readonly reason: 'ExpiresSoon' | 'IssuedWithWarning';
  readonly text: string;
}

const AHEAD_MS = 7 * 24 * 60 * 60_000;

/** The most urgent first. */
export function noticesOf(held: Held, now: Date): readonly Notice[] {
  const texts = new Set(held.warnings.map(({ message }) => message));
  return [...noticesOfEnd(held, now), ...[...texts].map((text) => ({ reason: 'IssuedWithWarning' as const, text }))];
}

/** Milliseconds until there is another one; undefined: none is known of. */
export function nextNoticeMs({ sourceEndsAt }: Held, now: Date): number | undefined {
  if (sourceEndsAt === undefined) return undefined;
  const leftMs = sourceEndsAt.getTime() - now.getTime();
  return [leftMs - AHEAD_MS, leftMs].find((ms) => ms > 0);
}

/** Where the login ends with its source, the condition tells of the end itself. */
function noticesOfEnd({ sourceEndsAt, entries }: Held, now: Date): readonly Notice[] {
  const leftMs = (sourceEndsAt?.getTime() ?? Infinity) - now.getTime();
  const isTold = leftMs <= 0 && [...entries.values()].some(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
  if (sourceEndsAt === undefined || leftMs > AHEAD_MS || isTold) return [];
  const end = sourceEndsAt.toISOString();
  const text = leftMs > 0 ? `the stored secret ends ${end}, replace it in time` : `the stored secret ended ${end}`;
  return [{ reason: 'ExpiresSoon', text }];
}
