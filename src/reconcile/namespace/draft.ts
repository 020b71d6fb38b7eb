// Pure: one pull Secret as it would be in any namespace whose situation is the same: all but the namespace's UID. Of ten
// thousand namespaces nearly all share one, so that a fan-out works it out once.
import { LABEL, OPERATOR_NAME } from '../../api/names.ts';
import type { MarkerText } from '../../lib/marker-text.ts';
import { createPool } from '../../lib/pool.ts';
import { wantsServiceAccount } from '../coverage.ts';
import type { Lost } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import type { Encode, EncodedConfig } from '../encode.ts';
import { displayName } from '../keys.ts';
import { writeMarker } from '../marker.ts';
import type { Contributor, Marker } from '../marker.ts';
import type { PublishedEntry, ShadowedKey } from '../ports.ts';
import type { KeyClaim, Member } from './claims.ts';
import { hashed, overruledBy, templateOf } from './template.ts';
import { decideWithinLimit } from './within-limit.ts';

/** One merged pull Secret as it should be. */
export interface PullSecret {
  readonly name: string;
  readonly marker: Marker;
  /** `writeMarker(marker)`. */
  readonly markerText: MarkerText;
  /** The logins that we hold. */
  readonly config: EncodedConfig;
  /** Canonical keys whose bytes stay as they are in the live Secret. */
  readonly carryOver: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** For people, written along with other changes only: which prefix comes from whom, and until when. */
  readonly note: string;
  readonly adopts: boolean;
  /** Nothing but frozen credentials stand behind it, or what they publish does not fit: it is left as it is. */
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

/** A credential that is gone, or on its way, and whose keys stay for now. */
export interface Departing {
  readonly contributor: Contributor;
  readonly keys: readonly string[];
}

/** All that a draft may depend on. */
export interface DraftFacts {
  readonly name: string;
  readonly installation: string;
  readonly members: readonly Member[];
  readonly departing: readonly Departing[];
  /** Keys of credentials that are gone and said Retain; undefined: there are none such. */
  readonly released: readonly string[] | undefined;
  /** The marker of our own Secret that is there. */
  readonly before: Pick<Marker, 'adopted' | 'records'> | undefined;
  /** Somebody else's Secret is there. */
  readonly isForeign: boolean;
}

export interface Draft {
  /** As it is in a namespace without a UID. */
  readonly secret: PullSecret | undefined;
  readonly coverage: readonly Coverage[];
}

export type Drafts = (facts: DraftFacts) => Draft;

const REMEMBERED = 16; // a config may be as large as a Secret

/** A pure function with a small memory. */
export function createDrafts(encode: Encode): Drafts {
  const known = createPool<Draft>(REMEMBERED);
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const numberOf = (one: object): number => {
    const number = numbers.get(one) ?? (last += 1);
    numbers.set(one, number);
    return number;
  };
  return (facts) => {
    const { name, installation, members, before, isForeign } = facts;
    if (!isPlain(facts)) return draftOf(facts, encode);
    const places = members.map(({ credential, claims = [] }) => `${numberOf(credential)}:${numberOf(claims)}`);
    const key = [name, installation, before?.adopted ?? 'new', isForeign, ...places].join(' ');
    return known.get(key, () => draftOf(facts, encode));
  };
}

/** Nothing of what stands in this namespace comes into it but the keys that are claimed. */
function isPlain({ members, departing, released, before }: DraftFacts): boolean {
  const hasRecords = before !== undefined && before.records.size > 0;
  const isKnown = ({ frozen, claims }: Member): boolean => !frozen && claims !== undefined;
  return departing.length === 0 && released === undefined && !hasRecords && members.every(isKnown);
}

/** The draft, made out to one namespace. */
export function inNamespace(draft: PullSecret, namespaceUid: string): PullSecret {
  const { marker, markerText } = draft;
  return { ...draft, marker: { ...marker, namespaceUid }, markerText: { ...markerText, namespaceUid } };
}

function draftOf(facts: DraftFacts, encode: Encode): Draft {
  const { name, members, departing, before } = facts;
  const kept = new Set(departing.flatMap(({ keys }) => keys));
  const claims = members.flatMap(({ claims = [] }) => claims).filter(({ key }) => !kept.has(key));
  const { won, lost, config, tooLarge } = decideWithinLimit(claims, encode);
  const contributors = contributorsOf(
    members.filter(({ credential }) => !tooLarge.has(credential.uid)),
    departing,
  );
  const nothingFits = contributors.length === 0 && tooLarge.size > 0; // what stands there stays
  const exists = before === undefined ? config.entries.size > 0 : contributors.length > 0 || nothingFits;
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
  return { secret: exists ? assemble(facts, { contributors, won, config, nothingFits }) : undefined, coverage };
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

interface Decided {
  readonly contributors: readonly Contributor[];
  readonly won: readonly KeyClaim[];
  readonly config: EncodedConfig;
  readonly nothingFits: boolean;
}

function assemble(
  { name, installation, members, departing, released = [], before, isForeign }: DraftFacts,
  { contributors, won, config, nothingFits }: Decided,
): PullSecret {
  const active = members.filter(({ frozen }) => !frozen).map(({ credential }) => credential);
  const { labels, annotations } = templateOf(active);
  const adopts = active.length > 0 && active.every(({ spec }) => spec.conflictPolicy === 'Adopt');
  const winners = new Set(won.map(({ key }) => key));
  const marker: Marker = {
    installation,
    namespaceUid: '',
    secretName: name,
    adopted: (before?.adopted ?? isForeign) || released.some((key) => !winners.has(key)),
    by: contributors,
    hosts: hostsOf(won, departing, contributors),
    labels: hashed(labels),
    annotations: hashed(annotations),
    records: recordsOf(won, departing, before),
  };
  return {
    name,
    marker,
    markerText: { common: writeMarker(marker), namespaceUid: '' },
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
    frozen: nothingFits || (active.length === 0 && departing.length === 0),
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
  before: DraftFacts['before'],
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
