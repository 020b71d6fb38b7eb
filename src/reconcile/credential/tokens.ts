// The token cache, in memory: what each credential holds, its last good entry for each prefix, and what is published.
import type { Clock } from '../../lib/clock.ts';
import { entryHash, authEntry, canonicalPrefix } from '../../lib/docker-config.ts';
import { shortHash } from '../../lib/hash.ts';
import type { IssueFailure, RegistryToken } from '../../providers/provider.ts';
import type { Published, PublishedEntry, RegistryVerdict, TokenCache, TokenRecord } from '../ports.ts';
import { isFromFuture } from './refresh.ts';

/** The login in use for one prefix. */
export interface HeldEntry extends PublishedEntry {
  /** As the user (or the source) spelled it, for status. */
  readonly prefix: string;
  readonly principal: string | null;
  readonly issuedAt: Date;
  /** From when on its refresh is counted: later than its issue when it was given once more. */
  readonly refreshFrom: Date;
  /** The key of the identity it was issued for; '' where nobody was asked. */
  readonly identity: string;
  /** The answer's end was missing or too far away. */
  readonly assumed: boolean;
  readonly verdict: RegistryVerdict | undefined;
  /** How the verdict came about, and when to ask again; undefined: nobody was asked since the start. */
  readonly proof: Proof | undefined;
  /** Verdicts in a row that settle nothing, of this login and of those before it: the rung of the slow ladder. */
  readonly round: number;
}

/** Of one verdict. Times are monotonic. */
export interface Proof {
  /** What was asked for, `verifyRepository`: a verdict about another one is none. */
  readonly repository: string | undefined;
  readonly triedMs: number;
  /** Infinity: never again. */
  readonly againAtMs: number;
  readonly isRunning: boolean;
}

/** A new login that is not published (yet). */
export interface Candidate extends HeldEntry {
  /** Monotonic: since when it waits. */
  readonly sinceMs: number;
}

/** What status says of a login that stands in the Secrets, and whose bytes are not in memory: after a restart. */
export type UnreadLogin = Pick<HeldEntry, 'key' | 'prefix' | 'principal' | 'issuedAt' | 'expiresAt' | 'verdict'>;

/** Something dropped or assumed on the way. */
export interface HeldWarning {
  /** As of a HeldEntry. */
  readonly identity: string;
  readonly message: string;
}

/** What one credential holds; replaced as a whole by each issue. */
export interface Held {
  readonly entries: ReadonlyMap<string, HeldEntry>; // by canonical key
  /** Of the latest issue; empty: it succeeded. */
  readonly failures: readonly IssueFailure[];
  /** Of the latest issue of each identity. */
  readonly warnings: readonly HeldWarning[];
  /** When the stored secret ends that tokens are asked for with, or that is published itself; undefined: not known. */
  readonly sourceEndsAt: Date | undefined;
  /** What the latest issue was made for: an equal one need not be repeated. Undefined: taken back after a restart. */
  readonly madeFor:
    | {
        readonly edition: string;
        readonly inputVersions: string;
        readonly refreshRequest: string | undefined;
      }
    | undefined;
  /** By canonical key: new logins whose verdict is awaited, or that are kept back since they are proven bad. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  /** By canonical key. */
  readonly unread: ReadonlyMap<string, UnreadLogin>;
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

/** What is said of all entries of one token. */
export interface Origin {
  readonly issuedAt: Date;
  readonly identity: string;
  /** Bounds the expiry from outside: an annotation of the source. */
  readonly endsAt?: Date | undefined;
}

/** A token's entries, one a prefix. */
export function entriesOf(token: RegistryToken, { issuedAt, identity, endsAt }: Origin): readonly HeldEntry[] {
  const { prefixes, username, password, principal, expirySource } = token;
  const entry = authEntry(username, password);
  const hash = entryHash(entry);
  const expiresAt = earlier(token.expiresAt, endsAt ?? null);
  const assumed = expirySource === 'nominal';
  const common = { entry, hash, expiresAt, principal, issuedAt, refreshFrom: issuedAt, identity, assumed };
  return prefixes.flatMap((prefix) => {
    const key = canonicalPrefix(prefix);
    return key === undefined ? [] : [{ ...common, key, prefix, verdict: undefined, proof: undefined, round: 0 }];
  });
}

/**
 * What is used of a new login: the old one stays where it lives longer (of the same identity), and where it is the same
 * login once more; then only its refresh is put off. One from before the wall clock went back only seems to live longer.
 */
export function better(old: HeldEntry | undefined, entry: HeldEntry, now: Date): HeldEntry {
  if (old === undefined || entry.identity === '') return isSame(old, entry) ? old : entry;
  const isAliveStill = old.expiresAt === null || old.expiresAt.getTime() > now.getTime();
  const ends = ({ expiresAt }: HeldEntry): number => expiresAt?.getTime() ?? Infinity;
  const stays = old.hash === entry.hash || (old.identity === entry.identity && ends(old) > ends(entry));
  const isKept = isAliveStill && stays && !isFromFuture(old.issuedAt, now);
  return isKept ? { ...old, identity: entry.identity, refreshFrom: entry.issuedAt } : entry;
}

function isSame(old: HeldEntry | undefined, entry: HeldEntry): old is HeldEntry {
  return old?.hash === entry.hash && old.expiresAt?.getTime() === entry.expiresAt?.getTime();
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
  return new Map([...lastGood, ...entries].map((entry) => [entry.key, entry]));
}

/** What namespace runs see. Undefined: nothing is known at all, so what stands in the Secrets is carried over. */
export function publishedOf(
  held: Held,
  isRemoved: (entry: HeldEntry) => boolean,
  hasRecords = false,
): Published | undefined {
  const failed = held.failures.flatMap(({ prefixes }) => prefixes).flatMap((prefix) => canonicalPrefix(prefix) ?? []);
  const isUnknown = held.madeFor === undefined || held.failures.some(({ prefixes }) => prefixes.length === 0);
  if (isUnknown && held.entries.size === 0) return undefined;
  const entries = [...held.entries.values()]
    .filter((entry) => !isRemoved(entry))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((entry) => (hasRecords ? { ...entry, ...recordOf(entry) } : entry));
  const unpublished = [...failed, ...held.candidates.keys(), ...held.unread.keys()];
  const waiting = [...new Set(unpublished)].filter((key) => !held.entries.has(key)).sort();
  const parts = entries.map(({ key, hash, expiresAt }) => `${key} ${hash} ${expiresAt?.toISOString() ?? ''}`);
  const identities = hasRecords ? entries.map(({ identity }) => identity) : [];
  return { entries, waiting, hash: shortHash([...parts, '', ...waiting, ...identities].join('\n')) };
}

/** For the marker of a namespaced credential's own Secret. */
function recordOf({ identity, issuedAt, expiresAt, assumed }: HeldEntry): { readonly record?: TokenRecord } {
  return identity === '' || expiresAt === null ? {} : { record: { identity, issuedAt, expiresAt, assumed } };
}

/** The newest login of each prefix. */
export function latestLogins({ entries, candidates }: Pick<Held, 'entries' | 'candidates'>): readonly HeldEntry[] {
  return [...new Map<string, HeldEntry>([...entries, ...candidates]).values()];
}

export function isAlive({ expiresAt }: Pick<PublishedEntry, 'expiresAt'>, clock: Clock): boolean {
  return expiresAt === null || expiresAt.getTime() > clock.now().getTime();
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a.getTime() <= b.getTime() ? a : b;
}
