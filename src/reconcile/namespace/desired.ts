// Pure: what one namespace should hold: its merged pull Secrets, and which ServiceAccounts name them.
import { LABEL, OPERATOR_NAME } from '../../api/names.ts';
import { wantsServiceAccount } from '../coverage.ts';
import type { Lost } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import { displayName } from '../keys.ts';
import { keysOf, writeMarker } from '../marker.ts';
import type { Contributor, Marker } from '../marker.ts';
import type { PublishedEntry, ShadowedKey } from '../ports.ts';
import { isHeir, membersOf, ourSecret, secretNamesOf, standsIn } from './claims.ts';
import type { KeyClaim, Member, Situation } from './claims.ts';
import { hashed, overruledBy, templateOf } from './template.ts';
import { decideWithinLimit } from './within-limit.ts';
import type { Encode, EncodedConfig } from '../encode.ts';

/** One merged pull Secret as it should be. */
export interface PullSecret {
  readonly name: string;
  readonly marker: Marker;
  /** `writeMarker(marker)`. */
  readonly markerText: string;
  /** The logins that we hold. */
  readonly config: EncodedConfig;
  /** Canonical keys whose bytes stay as they are in the live Secret. */
  readonly carryOver: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** For people, written along with other changes only: which prefix comes from whom, and until when. */
  readonly note: string;
  readonly adopts: boolean;
  /** Nothing but frozen credentials stand behind it: it is left as it is. */
  readonly frozen: boolean;
  readonly wantsEntry: (serviceAccount: string) => boolean;
  /** A frozen credential is among them: entries that are there stay. */
  readonly keepsEntries: boolean;
}

/** An active credential that covers (namespace, secretName), and how it fared; for status and outcomes. */
export interface Coverage {
  readonly credential: Credential;
  readonly secretName: string;
  readonly shadowed: readonly ShadowedKey[];
  /** It did not fit into the Secret any more. */
  readonly tooLarge: boolean;
  /** Keys of its secretTemplate that a stronger credential gives another value: "label KEY of WINNER". */
  readonly overruled: readonly string[];
}

export interface Desired {
  readonly secrets: readonly PullSecret[];
  readonly coverage: readonly Coverage[];
  /** Names of our Secrets that a retained, gone credential leaves behind: released, not deleted. */
  readonly released: ReadonlySet<string>;
}

export function desired(situation: Situation, encode: Encode): Desired {
  const parts = secretNamesOf(situation).map((name) => desiredSecret(name, situation, encode));
  return {
    secrets: parts.flatMap(({ secret }) => secret ?? []),
    coverage: parts.flatMap(({ coverage }) => coverage),
    released: new Set(parts.flatMap(({ name, releases }) => (releases ? [name] : []))),
  };
}

interface Part {
  readonly name: string;
  readonly secret: PullSecret | undefined;
  readonly coverage: readonly Coverage[];
  readonly releases: boolean;
}

function desiredSecret(name: string, situation: Situation, encode: Encode): Part {
  const members = membersOf(name, situation);
  const departing = departingOf(name, situation);
  const kept = new Set(departing.flatMap(({ keys }) => keys));
  const claims = members.flatMap(({ claims = [] }) => claims).filter(({ key }) => !kept.has(key));
  const { won, lost, config, tooLarge } = decideWithinLimit(claims, encode);
  const released = releasedKeys(name, members, situation);
  const contributors = contributorsOf(
    members.filter(({ credential }) => !tooLarge.has(credential.uid)),
    departing,
  );
  const found = ourSecret(situation.observed, name);

  const exists = contributors.length > 0 && (config.entries.size > 0 || found !== undefined);
  const secret = exists
    ? assemble({ name, members, departing, contributors, won, config, released, situation })
    : undefined;
  const lostBy = Map.groupBy(lost, ({ claim }) => claim.credential.uid);
  const coverage = members
    .filter(({ frozen, claims: known }) => !frozen && known !== undefined)
    .map(({ credential }) =>
      coverageOf(credential, name, {
        lost: lostBy.get(credential.uid) ?? [],
        tooLarge,
        overruled: overruledBy(credential, members),
      }),
    );
  return { name, secret, coverage, releases: released !== undefined };
}

interface Departing {
  readonly contributor: Contributor;
  readonly keys: readonly string[];
}

/** Within the grace, or without proof: their keys stay, whoever else might want them. */
function departingOf(name: string, { observed, departures }: Situation): readonly Departing[] {
  const found = ourSecret(observed, name);
  if (found?.marker === undefined) return [];
  const { marker, slim } = found;
  return marker.by
    .filter(({ uid }) => departures.get(uid) === 'departing')
    .map((contributor) => ({
      contributor,
      keys: keysOf(marker, contributor.uid).filter((key) => standsIn(slim, key)),
    }));
}

/** Keys of credentials that are gone and said Retain; undefined: there are none such. */
function releasedKeys(
  name: string,
  members: readonly Member[],
  { observed, credentials, departures }: Situation,
): readonly string[] | undefined {
  const marker = ourSecret(observed, name)?.marker;
  const isReplaced = (one: Contributor): boolean =>
    credentials.some((credential) => credential.uid !== one.uid && isHeir(credential, one)) &&
    !members.some(({ credential }) => isHeir(credential, one));
  const gone = marker?.by.filter((one) => one.retain && (departures.get(one.uid) === 'gone' || isReplaced(one))) ?? [];
  return marker && gone.length > 0 ? gone.flatMap(({ uid }) => keysOf(marker, uid)) : undefined;
}

/** Whom the marker names: who holds a token (even where all its keys are shadowed), and whose bytes are carried. */
function contributorsOf(members: readonly Member[], departing: readonly Departing[]): readonly Contributor[] {
  const present = members
    .filter(({ claims }) => claims !== undefined)
    .map(({ credential: { kind, name, uid, spec } }) => ({
      kind,
      name,
      uid,
      retain: spec.deletionPolicy === 'Retain',
    }));
  const all = [...present, ...departing.map(({ contributor }) => contributor)];
  return all.sort((a, b) => (a.kind + a.name + a.uid < b.kind + b.name + b.uid ? -1 : 1));
}

interface Assembly {
  readonly name: string;
  readonly members: readonly Member[];
  readonly departing: readonly Departing[];
  readonly contributors: readonly Contributor[];
  readonly won: readonly KeyClaim[];
  readonly config: EncodedConfig;
  readonly released: readonly string[] | undefined;
  readonly situation: Situation;
}

function assemble({
  name,
  members,
  departing,
  contributors,
  won,
  config,
  released = [],
  situation,
}: Assembly): PullSecret {
  const { observed, installation } = situation;
  const found = ourSecret(observed, name);
  const active = members.filter(({ frozen }) => !frozen).map(({ credential }) => credential);
  const { labels, annotations } = templateOf(active);
  const adopts = active.length > 0 && active.every(({ spec }) => spec.conflictPolicy === 'Adopt');
  const isForeign = found === undefined && observed.secrets.has(name);
  const winners = new Set(won.map(({ key }) => key));
  const marker: Marker = {
    installation,
    namespaceUid: observed.namespace.uid,
    secretName: name,
    adopted: (found?.marker?.adopted ?? isForeign) || released.some((key) => !winners.has(key)),
    by: contributors,
    hosts: hostsOf(won, departing, contributors),
    labels: hashed(labels),
    annotations: hashed(annotations),
    records: recordsOf(won, departing, found?.marker),
  };
  return {
    name,
    marker,
    markerText: writeMarker(marker),
    config,
    carryOver: [
      ...won.filter(({ entry }) => entry === undefined).map(({ key }) => key),
      ...departing.flatMap(({ keys }) => keys),
      ...released.filter((key) => !winners.has(key)),
    ],
    labels: { ...labels, [LABEL.managedBy]: OPERATOR_NAME, [LABEL.excludeFromBackup]: 'true' },
    annotations,
    note: noteOf(won),
    adopts,
    frozen: active.length === 0 && departing.length === 0,
    wantsEntry: (serviceAccount) => active.some(({ spec }) => wantsServiceAccount(spec, serviceAccount)),
    keepsEntries: members.some(({ frozen }) => frozen) || departing.length > 0,
  };
}

function hostsOf(
  won: readonly KeyClaim[],
  departing: readonly Departing[],
  contributors: readonly Contributor[],
): ReadonlyMap<string, number> {
  const indexOf = (uid: string): number => contributors.findIndex((one) => one.uid === uid);
  return new Map([
    ...won.map(({ key, credential }) => [key, indexOf(credential.uid)] as const),
    ...departing.flatMap(({ contributor, keys }) => keys.map((key) => [key, indexOf(contributor.uid)] as const)),
  ]);
}

/** Of logins that we hold, and of those that stay as they are what was there. */
function recordsOf(
  won: readonly KeyClaim[],
  departing: readonly Departing[],
  before: Marker | undefined,
): Marker['records'] {
  const stays = [
    ...won.filter(({ entry }) => entry === undefined).map(({ key }) => key),
    ...departing.flatMap(({ keys }) => keys),
  ];
  const kept = stays.flatMap((key) => {
    const record = before?.records.get(key);
    return record === undefined ? [] : [[key, record] as const];
  });
  const held = won.flatMap(({ key, entry }) =>
    entry?.record === undefined ? [] : [[key, { ...entry.record, entry: entry.hash }] as const],
  );
  return new Map([...kept, ...held]);
}

function noteOf(won: readonly KeyClaim[]): string {
  const line = ({ key, credential, entry }: KeyClaim): string =>
    `${key} from ${displayName(credential)}${untilOf(entry)}`;
  return won.slice(0, 100).map(line).join('; ');
}

function untilOf(entry: PublishedEntry | undefined): string {
  return entry?.expiresAt ? ` until ${entry.expiresAt.toISOString()}` : '';
}

interface Fate {
  /** Its own losses. */
  readonly lost: readonly Lost<KeyClaim>[];
  readonly tooLarge: ReadonlySet<string>;
  readonly overruled: readonly string[];
}

function coverageOf(credential: Credential, secretName: string, { lost, tooLarge, overruled }: Fate): Coverage {
  const shadowed = lost.map(({ claim, winner, reason }) => ({ key: claim.key, winner: displayName(winner), reason }));
  return { credential, secretName, shadowed, tooLarge: tooLarge.has(credential.uid), overruled };
}
