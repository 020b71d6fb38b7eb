// The token cache, in memory: what each credential holds, its last good entry for each prefix, and what is published.
import type { Clock } from '../../lib/clock.ts';
import { entryHash, authEntry, canonicalPrefix } from '../../lib/docker-config.ts';
import { shortHash } from '../../lib/hash.ts';
import type { IssueFailure, RegistryToken } from '../../providers/provider.ts';
import type { Published, PublishedEntry, TokenCache } from '../ports.ts';

/** The login in use for one prefix. */
export interface HeldEntry extends PublishedEntry {
  /** As the user (or the source) spelled it, for status. */
  readonly prefix: string;
  readonly principal: string | null;
  readonly issuedAt: Date;
}

/** What one credential holds; replaced as a whole by each issue. */
export interface Held {
  readonly entries: ReadonlyMap<string, HeldEntry>; // by canonical key
  /** Of the latest issue; empty: it succeeded. */
  readonly failures: readonly IssueFailure[];
  readonly warnings: readonly string[];
  /** What the latest issue was made for: an equal one need not be repeated. */
  readonly madeFor: {
    readonly edition: string;
    readonly inputVersions: string;
    readonly inputsHash: string;
    readonly refreshRequest: string | undefined;
  };
  /** Failed issues in a row. */
  readonly attempt: number;
  /** Monotonic: when to issue, or to read unwatched inputs, again; undefined: only a change brings something new. */
  readonly issueAgainAt: number | undefined;
  /** Wall clock, for status; undefined: no refresh is planned. */
  readonly nextRefreshTime: Date | undefined;
}

export interface Tokens extends TokenCache {
  held(uid: string): Held | undefined;
  hold(uid: string, held: Held): void;
  /** True when namespace runs will see something new. */
  publish(uid: string, published: Published | undefined): boolean;
  forget(uid: string): void;
}

export function createTokens(): Tokens {
  const held = new Map<string, Held>();
  const published = new Map<string, Published>();
  return {
    held: (uid) => held.get(uid),
    hold: (uid, value) => void held.set(uid, value),
    published: (uid) => published.get(uid),
    publish(uid, value) {
      const changed = published.get(uid)?.hash !== value?.hash;
      if (value === undefined) published.delete(uid);
      else published.set(uid, value);
      return changed;
    },
    forget(uid) {
      held.delete(uid);
      published.delete(uid);
    },
  };
}

/** A token's entries, one a prefix; `endsAt` bounds the expiry from outside (an annotation of the source). */
export function entriesOf(token: RegistryToken, endsAt: Date | undefined, now: Date): readonly HeldEntry[] {
  const { prefixes, username, password, principal } = token;
  const entry = authEntry(username, password);
  const hash = entryHash(entry);
  const expiresAt = earlier(token.expiresAt, endsAt ?? null);
  return prefixes.flatMap((prefix) => {
    const key = canonicalPrefix(prefix);
    return key === undefined ? [] : [{ key, prefix, entry, hash, expiresAt, principal, issuedAt: now }];
  });
}

/** The new entries, and for prefixes that failed the last good ones; a prefix that nobody names any more is dropped. */
export function keepLastGood(
  before: Held | undefined,
  entries: readonly HeldEntry[],
  failures: readonly IssueFailure[],
): ReadonlyMap<string, HeldEntry> {
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes).map(canonicalPrefix));
  const allFailed = failures.some(({ prefixes }) => prefixes.length === 0);
  const lastGood = [...(before?.entries.values() ?? [])].filter(({ key }) => allFailed || failed.has(key));
  const same = (entry: HeldEntry): HeldEntry => {
    const old = before?.entries.get(entry.key);
    return old?.hash === entry.hash && old.expiresAt?.getTime() === entry.expiresAt?.getTime() ? old : entry;
  };
  return new Map([...lastGood, ...entries.map(same)].map((entry) => [entry.key, entry]));
}

/** What namespace runs see. Undefined: nothing is known at all, so what stands in the Secrets is carried over. */
export function publishedOf(held: Held, isRemoved: (entry: HeldEntry) => boolean): Published | undefined {
  const failed = held.failures.flatMap(({ prefixes }) => prefixes).flatMap((prefix) => canonicalPrefix(prefix) ?? []);
  const isWhole = held.failures.some(({ prefixes }) => prefixes.length === 0);
  if (isWhole && held.entries.size === 0) return undefined;
  const entries = [...held.entries.values()]
    .filter((entry) => !isRemoved(entry))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const waiting = failed.filter((key) => !held.entries.has(key)).sort();
  const parts = entries.map(({ key, hash, expiresAt }) => `${key} ${hash} ${expiresAt?.toISOString() ?? ''}`);
  return { entries, waiting, hash: shortHash([...parts, '', ...waiting].join('\n')) };
}

export function isAlive({ expiresAt }: PublishedEntry, clock: Clock): boolean {
  return expiresAt === null || expiresAt.getTime() > clock.now().getTime();
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a.getTime() <= b.getTime() ? a : b;
}
