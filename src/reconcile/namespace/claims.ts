// Pure: what each credential would put into one pull Secret: logins that we hold, and keys whose bytes must stay as they
// are in the live Secret because we do not hold them (suspended, frozen, token not known yet, within the grace).
import { writtenKeys } from '../../lib/docker-config.ts';
import { keyringKey } from '../../lib/keyring.ts';
import { byKey, createPool } from '../../lib/pool.ts';
import type { Pool } from '../../lib/pool.ts';
import type { Claim, Permissions } from '../coverage.ts';
import { isUnder, selects, standingOf, wantsServiceAccount } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import { keysOf } from '../marker.ts';
import type { Contributor, Marker } from '../marker.ts';
import type { Departure, Published, PublishedEntry, TokenCache } from '../ports.ts';
import type { SlimSecret, SlimServiceAccount } from '../../kube/slim.ts';
import type { Observed, ObservedSecret } from './observe.ts';

export interface Situation {
  readonly observed: Observed;
  /** Those that select this namespace, and those that a marker here names. */
  readonly credentials: readonly Credential[];
  /** By UID: credentials that a marker here names and the store does not hold. */
  readonly departures: ReadonlyMap<string, Departure>;
  readonly tokens: TokenCache;
  readonly permissions: Permissions;
  readonly installation: string;
}

/** `entry` undefined: carried over. */
export interface KeyClaim extends Claim {
  readonly entry: PublishedEntry | undefined;
}

/** A credential with a place in one pull Secret. */
export interface Member {
  readonly credential: Credential;
  /** Frozen ones keep what is there and change nothing. */
  readonly frozen: boolean;
  /** Undefined: its token is not known yet, and it has nothing here to carry. */
  readonly claims: readonly KeyClaim[] | undefined;
}

/** The names of the pull Secrets that matter in this namespace. */
export function secretNamesOf({ observed, credentials, permissions }: Situation): readonly string[] {
  const ours = [...observed.secrets].filter(([, { standing }]) => standing === 'ours').map(([name]) => name);
  const covered = credentials
    .filter((credential) => standingOf(credential, permissions) === 'active')
    .filter((credential) => selects(credential, observed.namespace, permissions.operatorNamespace))
    .map(({ spec }) => spec.secretName);
  return [...new Set([...covered, ...ours])].sort();
}

export function membersOf(secretName: string, situation: Situation): readonly Member[] {
  return situation.credentials.flatMap((credential) => memberOf(credential, secretName, situation) ?? []);
}

function memberOf(credential: Credential, secretName: string, situation: Situation): Member | undefined {
  const { observed, permissions, tokens } = situation;
  const found = ourSecret(observed, secretName);
  const frozen = standingOf(credential, permissions) !== 'active';
  const inherited = (): readonly string[] | undefined => found && inheritedKeys(credential, found);
  if (frozen) return frozenMember(credential, inherited());

  if (!selects(credential, observed.namespace, permissions.operatorNamespace)) return undefined;
  if (credential.spec.secretName !== secretName) {
    return hasMoved(credential, secretName, situation) ? undefined : frozenMember(credential, inherited());
  }
  return { credential, frozen, claims: activeClaims(credential, inherited, tokens) };
}

function frozenMember(credential: Credential, inherited: readonly string[] | undefined): Member | undefined {
  return inherited && { credential, frozen: true, claims: carriedClaims(credential, inherited) };
}

/** What is held, and of what is not known yet what stands there; undefined: neither. */
function activeClaims(
  credential: Credential,
  inherited: () => readonly string[] | undefined,
  tokens: TokenCache,
): readonly KeyClaim[] | undefined {
  const published = tokens.published(credential.uid);
  if (published === undefined) {
    const keys = inherited();
    return keys && carriedClaims(credential, keys);
  }
  const held = heldClaims(credential, published);
  if (published.waiting.length === 0) return held;
  const waiting = (inherited() ?? []).filter((key) => published.waiting.includes(key));
  return waiting.length === 0 ? held : [...held, ...carriedClaims(credential, waiting)];
}

// The same for every namespace, and known again by identity (draft.ts).
const heldBy = new WeakMap<Published, WeakMap<Credential, readonly KeyClaim[]>>();

function heldClaims(credential: Credential, published: Published): readonly KeyClaim[] {
  const known = heldBy.get(published) ?? new WeakMap<Credential, readonly KeyClaim[]>();
  heldBy.set(published, known);
  const claims = known.get(credential) ?? published.entries.map((entry) => ({ credential, key: entry.key, entry }));
  known.set(credential, claims);
  return claims;
}

/** Keys that the marker gives to this credential, or to one of its name before it; undefined: the marker knows neither. */
function inheritedKeys(credential: Credential, found: ObservedSecret): readonly string[] | undefined {
  const { marker } = found as { marker: Marker };
  const ancestors = marker.by.filter((contributor) => isHeir(credential, contributor));
  if (ancestors.length === 0) return undefined;
  return ancestors.flatMap(({ uid }) => keysOf(marker, uid)).filter((key) => standsIn(found.slim, key));
}

// After a restart ten thousand namespaces carry the same keys, until the token is known.
const carriedBy = new WeakMap<Credential, Pool<readonly KeyClaim[]>>();

function carriedClaims(credential: Credential, keys: readonly string[]): readonly KeyClaim[] {
  const known = carriedBy.get(credential) ?? createPool<readonly KeyClaim[]>(16);
  carriedBy.set(credential, known);
  return known.get(JSON.stringify(keys), () => keys.map((key) => ({ credential, key, entry: undefined })));
}

/** After a change of secretName: is all of it in the new Secret, and that named where this one is? Until then this one stays. */
function hasMoved(credential: Credential, from: string, situation: Situation): boolean {
  const [found, next] = [from, credential.spec.secretName].map((name) => ourSecret(situation.observed, name));
  if (found === undefined) return true;
  if (!next?.marker?.by.some(({ uid }) => uid === credential.uid)) return false;
  const arrived = hasArrivedIn(next.marker, credential, situation);
  return (inheritedKeys(credential, found) ?? []).every(arrived) && isNamedLike(credential, from, situation);
}

/** Where it holds a login another may have won, by the same host or a shorter one; a login that waits must be its own. */
function hasArrivedIn(marker: Marker, { uid }: Credential, { tokens }: Situation): (key: string) => boolean {
  const published = tokens.published(uid);
  const [own, hosts] = [keysOf(marker, uid), [...marker.hosts.keys()]];
  return (key) => {
    if (published === undefined || published.waiting.includes(key)) return own.includes(key);
    return !published.entries.some((entry) => entry.key === key) || hosts.some((host) => isUnder(key, host));
  };
}

function isNamedLike({ spec }: Credential, from: string, { observed }: Situation): boolean {
  const names = ({ entries }: SlimServiceAccount, secret: string): boolean =>
    entries.some(({ name }) => name === secret);
  return observed.serviceAccounts
    .filter(({ name, ignore }) => ignore !== 'true' && wantsServiceAccount(spec, name))
    .every((serviceAccount) => names(serviceAccount, spec.secretName) || !names(serviceAccount, from));
}

/** The same object, or one made anew under its kind and name: it takes over what the old one held. */
export function isHeir({ uid, kind, name }: Credential, contributor: Contributor): boolean {
  return uid === contributor.uid || (kind === contributor.kind && name === contributor.name);
}

export function ourSecret(observed: Observed, name: string): ObservedSecret | undefined {
  const found = observed.secrets.get(name);
  return found?.standing === 'ours' ? found : undefined;
}

/** Does the live Secret hold bytes under this canonical key? */
export function standsIn(slim: SlimSecret, key: string): boolean {
  return rawKeysUnder(slim, key).length > 0;
}

/** The raw host keys of the live Secret that the kubelet files under the same keys as ours. */
export function rawKeysUnder(slim: SlimSecret, key: string): readonly string[] {
  const written = new Set(writtenKeys(key).map(filedUnder));
  return [...(slim.entryHashes?.keys() ?? [])].filter((raw) => written.has(filedUnder(raw)));
}

// Ten thousand namespaces hold the same few keys: each is parsed once.
const filed = createPool<{ readonly key: string | undefined }>(1024, byKey);

/** `keyringKey(raw)`, remembered. */
export function filedUnder(raw: string): string | undefined {
  return filed.get(raw, () => ({ key: keyringKey(raw) })).key;
}
