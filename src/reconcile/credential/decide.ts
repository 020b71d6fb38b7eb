// Pure: what becomes of a new login, by the verdict about it and by what is published now. Nothing is made worse: one that
// is proven bad does not replace one that works.
import type { CredentialSpec } from '../../api/registry-credential.ts';
import type { RegistryVerdict } from '../ports.ts';

/** `hold`: kept back, and tried again; what is published stays. `drop`: never published. */
export type Decision = 'publish' | 'hold' | 'drop';

/** The login that is published now. */
export interface Published {
  readonly issuedAt: Date;
  readonly expiresAt: Date | null;
  /** The verdict it was published with; undefined: never tried. */
  readonly verdict: RegistryVerdict | undefined;
}

export function decide(
  mode: CredentialSpec['verification']['mode'],
  verdict: RegistryVerdict['kind'],
  published: Published | undefined,
  now: Date,
): Decision {
  if (mode === 'Off' || (verdict !== 'Invalid' && verdict !== 'Denied')) return 'publish';
  const lives = published !== undefined && isAlive(published, now);
  if (verdict === 'Denied') return mode === 'Require' && lives ? 'hold' : 'publish';
  if (mode === 'Require') return lives ? 'hold' : 'drop';
  const isGood = lives && published.verdict?.kind !== 'Invalid';
  return isGood && !isNearItsEnd(published, now) ? 'hold' : 'publish';
}

function isAlive({ expiresAt }: Published, now: Date): boolean {
  return expiresAt === null || expiresAt.getTime() > now.getTime();
}

/** In the last tenth of its life; what does not expire never is. */
export function isNearItsEnd({ issuedAt, expiresAt }: Published, now: Date): boolean {
  return lastTenth({ issuedAt, expiresAt }) <= now.getTime();
}

/** When the last tenth begins: what is held back is published then. */
export function lastTenth({ issuedAt, expiresAt }: Pick<Published, 'issuedAt' | 'expiresAt'>): number {
  if (expiresAt === null) return Infinity;
  return expiresAt.getTime() - (expiresAt.getTime() - issuedAt.getTime()) / 10;
}
