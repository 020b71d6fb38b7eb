// Pure: the labels and annotations of a pull Secret: the union of its credentials' templates, in the order of precedence.
import { byPrecedence } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import { displayName } from '../keys.ts';
import { createPool } from '../../lib/pool.ts';
import { shortHash } from '../../lib/hash.ts';
import type { Member } from './claims.ts';

/** The union of the templates; the stronger credential wins a key. */
export function templateOf(credentials: readonly Credential[]): {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
} {
  const weakestFirst = credentials.toSorted(byPrecedence).reverse();
  const merged = (field: 'labels' | 'annotations'): Record<string, string> =>
    Object.assign({}, ...weakestFirst.map(({ spec }) => spec.secretTemplate?.[field] ?? {})) as Record<string, string>;
  return { labels: merged('labels'), annotations: merged('annotations') };
}

export function hashed(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([key, value]) => [key, hashOf(value)]));
}

/** What its template says and a stronger one says otherwise. */
export function overruledBy(credential: Credential, members: readonly Member[]): readonly string[] {
  if (credential.spec.secretTemplate === undefined) return [];
  const stronger = members
    .filter((one) => !one.frozen && byPrecedence(one.credential, credential) < 0)
    .map((one) => one.credential)
    .sort(byPrecedence);
  return (['labels', 'annotations'] as const).flatMap((field) =>
    Object.entries(credential.spec.secretTemplate?.[field] ?? {}).flatMap(([key, value]) => {
      const winner = stronger.find(({ spec }) => Object.hasOwn(spec.secretTemplate?.[field] ?? {}, key));
      const isOverruled = winner !== undefined && winner.spec.secretTemplate?.[field]?.[key] !== value;
      return isOverruled ? [`${field.slice(0, -1)} ${key} of ${displayName(winner)}`] : [];
    }),
  );
}

// The same few texts stand in every namespace.
const hashes = createPool<string>(1024);

/** `shortHash(text)`, remembered. */
export function hashOf(text: string): string {
  return hashes.get(text, shortHash);
}
