// Pure: reads and writes the two annotations that prove what is ours: `regcred.dev/managed` on a pull Secret,
// `regcred.dev/pull-secrets` on a ServiceAccount. Whoever may edit them may harm this one object, and nothing else.
import type { CredentialKind } from '../api/names.ts';
import { parseJson } from '../lib/json.ts';
import type { MarkerText } from '../lib/marker-text.ts';
import { byKey, createPool } from '../lib/pool.ts';

/** A credential that contributes to a pull Secret. */
export interface Contributor {
  readonly kind: CredentialKind;
  readonly name: string;
  readonly uid: string;
  /** `deletionPolicy: Retain`, kept here so that it still counts when the credential is gone. */
  readonly retain: boolean;
}

export interface Marker {
  readonly installation: string;
  readonly namespaceUid: string;
  readonly secretName: string;
  /** The Secret was somebody else's first: its other hosts stay, it is never deleted. */
  readonly adopted: boolean;
  readonly by: readonly Contributor[];
  /** Per key the index into `by` of the credential that won it. */
  readonly hosts: ReadonlyMap<string, number>;
  /** Label and annotation keys that we templated, each with the hash of our value: a user's own value is left. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** Per key of a namespaced credential what its token may be taken back by after a restart. */
  readonly records: ReadonlyMap<string, MarkerRecord>;
}

export interface MarkerRecord {
  /** The identity that it was issued for. */
  readonly identity: string;
  /** `entryHash()` of the login. */
  readonly entry: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** The end is our word, not the provider's. */
  readonly assumed: boolean;
}

/** Where a marker was found: it must name exactly this place. */
export interface MarkerPlace {
  readonly installation: string;
  readonly namespaceUid: string;
  readonly secretName: string;
}

// Far above what we write (64 prefixes a credential), far below what would make reading it a burden.
const LONGEST_MARKER = 128 * 1024;
const VERSION = 1;

/** The annotation's text; equal markers give equal text. */
export function writeMarker(marker: Marker): string {
  const by = marker.by.map(({ kind, name, uid, retain }) => ({ kind, name, uid, ...(retain ? { retain } : {}) }));
  return JSON.stringify({
    v: VERSION,
    installation: marker.installation,
    namespace: marker.namespaceUid,
    name: marker.secretName,
    ...(marker.adopted ? { adopted: true } : {}),
    by,
    hosts: sorted(marker.hosts),
    ...(marker.labels.size > 0 ? { labels: sorted(marker.labels) } : {}),
    ...(marker.annotations.size > 0 ? { annotations: sorted(marker.annotations) } : {}),
    ...(marker.records.size > 0 ? { tokens: sorted(new Map([...marker.records].map(writeRecord))) } : {}),
  });
}

/** Undefined for everything that is not a marker of ours in shape; never throws. A newer `v` is read as far as known. */
export function readMarker(text: string | undefined): Marker | undefined {
  if (text === undefined || text.length > LONGEST_MARKER) return undefined;
  const parsed = parseJson(text);
  if (!parsed.ok || !isRecord(parsed.value)) return undefined;
  const { v, installation, namespace, name, adopted, by, hosts, labels, annotations, tokens } = parsed.value;
  if (typeof v !== 'number' || v < VERSION) return undefined;
  if (typeof installation !== 'string' || typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  if (adopted !== undefined && typeof adopted !== 'boolean') return undefined;
  const contributors = readContributors(by);
  const keys = contributors && readHosts(hosts, contributors.length);
  const templated = [readHashes(labels), readHashes(annotations)] as const;
  if (!contributors || !keys || !templated[0] || !templated[1]) return undefined;
  return {
    installation,
    namespaceUid: namespace,
    secretName: name,
    adopted: adopted === true,
    by: contributors,
    hosts: keys,
    labels: templated[0],
    annotations: templated[1],
    records: readRecords(tokens),
  };
}

// Ten thousand namespaces hold the same marker but for their own UID, and the same set.
const readSets = createPool<readonly string[]>(256, byKey);
const readMarkers = createPool<{ readonly marker: Marker | undefined }>(256, byKey);

/** `readMarker()` of the whole text, remembered for what is common. */
export function markerOf(text: MarkerText | undefined): Marker | undefined {
  if (text === undefined) return undefined;
  const { marker } = readMarkers.get(text.common, (common) => ({ marker: readMarker(common) }));
  return marker && text.namespaceUid !== undefined ? { ...marker, namespaceUid: text.namespaceUid } : marker;
}

/**
 * What a marker proves at a place: `ours`; `stale` when it is ours in everything but the namespace's UID, and names this
 * Secret (restored from a backup, or a copy from another namespace); `foreign` for all else.
 */
export function standingOf(marker: Marker | undefined, place: MarkerPlace): 'ours' | 'stale' | 'foreign' {
  if (marker?.installation !== place.installation || marker.secretName !== place.secretName) return 'foreign';
  return marker.namespaceUid === place.namespaceUid ? 'ours' : 'stale';
}

/** Keys that the marker gives to one credential. */
export function keysOf(marker: Marker, uid: string): readonly string[] {
  return [...marker.hosts].filter(([, index]) => marker.by[index]?.uid === uid).map(([key]) => key);
}

/** The set in `regcred.dev/pull-secrets`; a tenant's garbage reads as the empty set. */
export function readPullSecrets(text: string | undefined): readonly string[] {
  if (text === undefined || text.length > LONGEST_MARKER) return [];
  return readSets.get(text, () => {
    const parsed = parseJson(text);
    return (parsed.ok ? readNames(parsed.value) : undefined) ?? [];
  });
}

/** Undefined (the annotation goes) when nothing is left. */
export function writePullSecrets(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : JSON.stringify([...new Set(names)].sort());
}

function readContributors(value: unknown): readonly Contributor[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const contributors = value.map(readContributor);
  return contributors.every((one) => one !== undefined) ? contributors : undefined;
}

function readContributor(value: unknown): Contributor | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, name, uid, retain } = value;
  if (kind !== 'RegistryCredential' && kind !== 'ClusterRegistryCredential') return undefined;
  if (typeof name !== 'string' || typeof uid !== 'string') return undefined;
  if (name === '' || uid === '' || (retain !== undefined && typeof retain !== 'boolean')) return undefined;
  return { kind, name, uid, retain: retain === true };
}

function readHosts(value: unknown, contributors: number): ReadonlyMap<string, number> | undefined {
  if (!isRecord(value)) return undefined;
  const hosts = new Map<string, number>();
  for (const [key, index] of Object.entries(value)) {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= contributors) return undefined;
    hosts.set(key, index);
  }
  return hosts;
}

function readHashes(value: unknown): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return new Map();
  const entries = isRecord(value) ? Object.entries(value) : undefined;
  const isText = (entry: readonly [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  return entries?.every(isText) ? new Map(entries) : undefined;
}

function writeRecord([key, record]: readonly [string, MarkerRecord]): readonly [string, object] {
  const { identity, entry, issuedAt, expiresAt, assumed } = record;
  const times = { from: issuedAt.toISOString(), until: expiresAt.toISOString() };
  return [key, { identity, entry, ...times, ...(assumed ? { assumed } : {}) }];
}

/** What is no record is left out: the token is issued anew then. */
function readRecords(value: unknown): ReadonlyMap<string, MarkerRecord> {
  const records = isRecord(value) ? Object.entries(value) : [];
  return new Map(
    records.flatMap(([key, one]) => {
      const record = isRecord(one) ? readTokenRecord(one) : undefined;
      return record === undefined ? [] : [[key, record] as const];
    }),
  );
}

function readTokenRecord({
  identity,
  entry,
  from,
  until,
  assumed,
}: Readonly<Record<string, unknown>>): MarkerRecord | undefined {
  if (typeof identity !== 'string' || identity === '' || typeof entry !== 'string') return undefined;
  if (typeof from !== 'string' || typeof until !== 'string') return undefined;
  const [issuedAt, expiresAt] = [new Date(from), new Date(until)];
  if (Number.isNaN(issuedAt.getTime()) || Number.isNaN(expiresAt.getTime())) return undefined;
  return { identity, entry, issuedAt, expiresAt, assumed: assumed === true };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readNames(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
