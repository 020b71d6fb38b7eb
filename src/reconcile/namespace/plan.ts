// Pure: what should be, less what is, as a list of actions in the order of their execution: Secrets written, entries set,
// Secrets left, released or deleted. Every reason to act, or to leave a Secret alone, is a small function in a list.
import { ANNOTATION, DOCKER_CONFIG_TYPE, LABEL, OPERATOR_NAME } from '../../api/names.ts';
import { writtenKeys } from '../../lib/docker-config.ts';
import { isSameMarker } from '../../lib/marker-text.ts';
import { conditionMessage } from '../../api/reasons.ts';
import type { FactsFor } from '../../api/reasons.ts';
import type { FailureOfNamespace } from '../ports.ts';
import type { SlimSecret, SlimServiceAccount } from '../../kube/slim.ts';
import { writeMarker } from '../marker.ts';
import type { Marker } from '../marker.ts';
import { filedUnder, rawKeysUnder } from './claims.ts';
import type { Desired, Released } from './desired.ts';
import type { PullSecret } from './draft.ts';
import { entriesAction } from './entries.ts';
import type { Observed, ObservedSecret } from './observe.ts';
import { hashOf } from './template.ts';

export type WriteReason = 'SecretMissing' | 'DataDiffers' | 'MarkerDiffers' | 'TemplateDiffers';
export type RemoveReason = 'NotSelected';

export interface Refusal {
  readonly reason: FailureOfNamespace;
  readonly message: string;
}

/** Raw host keys that stay in the live Secret. */
type Keep = readonly string[];

export type Action =
  | { readonly kind: 'CreateSecret'; readonly secret: PullSecret; readonly reason: WriteReason }
  | {
      readonly kind: 'UpdateSecret';
      readonly secret: PullSecret;
      readonly found: SlimSecret;
      /** It is somebody else's until this is written. */
      readonly isAdoption: boolean;
      readonly keep: Keep;
      readonly removedMetadata: RemovedMetadata;
      readonly reason: WriteReason;
    }
  | {
      readonly kind: 'SetEntries';
      readonly serviceAccount: SlimServiceAccount;
      readonly attach: readonly string[];
      readonly detach: readonly string[];
      /** Entries that stay, and are no longer ours: their Secret is released. */
      readonly disown: readonly string[];
    }
  | { readonly kind: 'LeaveSecret'; readonly found: ObservedSecret; readonly keep: Keep } // adopted: only ours goes
  | { readonly kind: 'ReleaseSecret'; readonly found: ObservedSecret; readonly keep: Keep | undefined } // Retain: marker off, bytes stay
  | { readonly kind: 'DeleteSecret'; readonly found: ObservedSecret; readonly reason: RemoveReason }
  | { readonly kind: 'Refuse'; readonly secretName: string; readonly refusal: Refusal };

/** Label and annotation keys that we templated and no longer want, whose value is still ours. */
export interface RemovedMetadata {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** Names of Secrets that a live GET proved absent: only then an entry may go whose Secret nobody knows. */
export type ProvenAbsent = ReadonlySet<string>;

export function plan(wanted: Desired, observed: Observed, provenAbsent: ProvenAbsent): readonly Action[] {
  const written = wanted.secrets.flatMap((secret) => writeAction(secret, observed.secrets.get(secret.name)) ?? []);
  const removed = removals(wanted, observed);
  const refused = new Set(written.flatMap((action) => (action.kind === 'Refuse' ? [action.secretName] : [])));
  const entries = observed.serviceAccounts.flatMap((serviceAccount) => {
    return entriesAction(serviceAccount, { wanted, observed, refused, removed, provenAbsent }) ?? [];
  });
  return [...written, ...entries, ...removed];
}

type RefuseCheck = (wanted: PullSecret, found: ObservedSecret) => Refusal | undefined;

/** Why a Secret is left alone. The first hit becomes this namespace's failure. */
export const reasonsToRefuse: readonly RefuseCheck[] = [
  unreadableConfig, // the kubelet's own rules would not parse the bytes that we want to write
  staleMarker, // our marker with a namespace UID that no live namespace has: restored from a backup
  wrongType, // the type of a Secret can not be changed
  anotherInstallation, // its marker is another operator's: never adopted
  notOurs, // exists without our marker, and conflictPolicy is Fail
  notAdoptable, // Adopt, but malformed or owned by a controller
  immutableSecret, // somebody froze it: no patch can change its data
];

/** What the API server answered to a write is what was meant: nothing on the way changed it. */
export function isAsMeant(secret: PullSecret, answer: SlimSecret): boolean {
  return reasonToWrite(secret, { slim: answer, marker: secret.marker, standing: 'ours' }) === undefined;
}

type WriteCheck = (wanted: PullSecret, found: ObservedSecret) => boolean;

/** Why a Secret is written. The first hit appears in the log. */
export const reasonsToWrite: readonly (readonly [WriteReason, WriteCheck])[] = [
  ['DataDiffers', dataDiffers], // a key too many, too few, or with another hash
  ['MarkerDiffers', markerDiffers], // a credential joined or left, or says Retain now; a key changed hands
  ['TemplateDiffers', templateDiffers], // labels and annotations that we templated, or our index labels
];

function writeAction(secret: PullSecret, found: ObservedSecret | undefined): Action | undefined {
  if (found === undefined) return createAction(secret);
  if (found.slim.terminating) return undefined; // made anew when it is gone
  if (secret.frozen && found.standing === 'ours') return retainAction(secret, found);
  const reason = reasonToWrite(secret, found);
  if (reason === undefined) return undefined;
  const refused = reasonsToRefuse.map((check) => check(secret, found)).find((hit) => hit !== undefined);
  if (refused !== undefined) return { kind: 'Refuse', secretName: secret.name, refusal: refused };
  return {
    kind: 'UpdateSecret',
    secret,
    found: found.slim,
    isAdoption: found.standing !== 'ours',
    keep: keptKeys(secret, found),
    removedMetadata: metadataToRemove(secret, found),
    reason,
  };
}

/** Frozen credentials change nothing; but the last word on Retain is in the marker before they are deleted. */
function retainAction(secret: PullSecret, { slim, marker: before }: ObservedSecret): Action | undefined {
  const said = new Map(secret.marker.by.map(({ uid, retain }) => [uid, retain]));
  const by = before?.by.map((one) => ({ ...one, retain: said.get(one.uid) ?? one.retain })) ?? [];
  if (before === undefined || by.every(({ retain }, index) => retain === before.by[index]?.retain)) return undefined;
  const marker = { ...before, by };
  const { namespaceUid } = marker;
  const markerText = { common: writeMarker({ ...marker, namespaceUid: '' }), namespaceUid };
  return {
    kind: 'UpdateSecret',
    secret: { ...secret, marker, markerText, labels: {}, annotations: {} },
    found: slim,
    isAdoption: false,
    keep: [],
    removedMetadata: { labels: [], annotations: [] },
    reason: 'MarkerDiffers',
  };
}

function createAction(secret: PullSecret): Action | undefined {
  if (secret.config.entries.size === 0) return undefined; // nothing to put into it yet
  if (secret.config.readable) return { kind: 'CreateSecret', secret, reason: 'SecretMissing' };
  return { kind: 'Refuse', secretName: secret.name, refusal: refusal('WriteFailed', { name: secret.name }) };
}

function reasonToWrite(secret: PullSecret, found: ObservedSecret): WriteReason | undefined {
  return reasonsToWrite.find(([, differs]) => differs(secret, found))?.[0];
}

function unreadableConfig({ name, config }: PullSecret): Refusal | undefined {
  return config.readable ? undefined : refusal('WriteFailed', { name });
}

function staleMarker({ name, adopts }: PullSecret, { standing }: ObservedSecret): Refusal | undefined {
  return standing === 'stale' && !adopts ? refusal('StaleMarker', { name }) : undefined;
}

function wrongType({ name }: PullSecret, { slim }: ObservedSecret): Refusal | undefined {
  return slim.type === DOCKER_CONFIG_TYPE ? undefined : refusal('NameConflict', { name, type: slim.type });
}

function anotherInstallation({ name, marker }: PullSecret, found: ObservedSecret): Refusal | undefined {
  const installation = found.marker?.installation ?? marker.installation;
  return installation === marker.installation ? undefined : refusal('NameConflict', { name, installation });
}

function notOurs({ name, adopts }: PullSecret, { standing }: ObservedSecret): Refusal | undefined {
  return standing === 'ours' || adopts ? undefined : refusal('NameConflict', { name });
}

function notAdoptable({ name }: PullSecret, { standing, slim }: ObservedSecret): Refusal | undefined {
  if (standing === 'ours' || (slim.readable && !slim.controlled && !slim.immutable)) return undefined;
  const defect = slim.controlled ? 'is owned by a controller' : slim.immutable ? 'is immutable' : 'is malformed';
  return refusal('NameConflict', { name, defect });
}

function immutableSecret({ name }: PullSecret, { slim }: ObservedSecret): Refusal | undefined {
  return slim.immutable ? refusal('SecretImmutable', { name }) : undefined;
}

function refusal<Reason extends FailureOfNamespace>(reason: Reason, facts: FactsFor<'Synced', Reason>): Refusal {
  return { reason, message: conditionMessage('Synced', reason, facts) };
}

function dataDiffers(secret: PullSecret, found: ObservedSecret): boolean {
  const { slim } = found;
  const keep = keptKeys(secret, found);
  if (keep.length === 0) return slim.configHash !== secret.config.hash;
  if (slim.entryHashes === undefined || !slim.readable) return true; // what no kubelet can read is dropped
  const expected = new Set([...keep, ...secret.config.entries.keys()]);
  const differs = [...secret.config.entries].some(([raw, { hash }]) => slim.entryHashes?.get(raw) !== hash);
  return differs || slim.entryHashes.keys().some((raw) => !expected.has(raw));
}

/** Raw keys that stay: carried ones, and in an adopted Secret everything that is not, or was not, ours. */
function keptKeys({ carryOver, config, marker }: PullSecret, found: ObservedSecret): Keep {
  if (carryOver.length === 0 && !marker.adopted) return [];
  const { slim } = found;
  const before = provenMarker(found);
  const carried = carryOver.flatMap((key) => rawKeysUnder(slim, key));
  const foreign = marker.adopted
    ? foreignKeys(slim, new Set([...(before?.hosts.keys() ?? []), ...marker.hosts.keys()]))
    : [];
  const replaced = new Set([...config.entries.keys()].map(filedUnder));
  return [...new Set([...carried, ...foreign])].filter((raw) => !replaced.has(filedUnder(raw)));
}

/** A copy's marker speaks of another Secret: in this one nothing is ours yet. */
function provenMarker({ standing, marker }: ObservedSecret): Marker | undefined {
  return standing === 'foreign' ? undefined : marker;
}

function foreignKeys(slim: SlimSecret, ours: ReadonlySet<string>): readonly string[] {
  const written = new Set([...ours].flatMap(writtenKeys).map(filedUnder));
  const isOurs = (raw: string): boolean => filedUnder(raw) !== undefined && written.has(filedUnder(raw));
  return [...(slim.entryHashes?.keys() ?? [])].filter((raw) => !isOurs(raw));
}

function markerDiffers({ markerText }: PullSecret, { slim }: ObservedSecret): boolean {
  return slim.marker === undefined || !isSameMarker(slim.marker, markerText);
}

function templateDiffers(secret: PullSecret, { slim }: ObservedSecret): boolean {
  const differs = (kind: string, values: Readonly<Record<string, string>>): boolean =>
    Object.entries(values).some(([key, value]) => slim.metadataHashes[`${kind}:${key}`] !== hashOf(value));
  return differs('label', secret.labels) || differs('annotation', secret.annotations);
}

function metadataToRemove(secret: PullSecret, found: ObservedSecret): RemovedMetadata {
  const { slim } = found;
  const marker = provenMarker(found);
  const gone = (
    kind: string,
    before: ReadonlyMap<string, string> | undefined,
    now: Readonly<Record<string, string>>,
  ): readonly string[] =>
    [...(before ?? [])]
      .filter(([key, hash]) => !Object.hasOwn(now, key) && slim.metadataHashes[`${kind}:${key}`] === hash)
      .map(([key]) => key);
  return {
    labels: gone('label', marker?.labels, secret.labels),
    annotations: gone('annotation', marker?.annotations, secret.annotations),
  };
}

/** Our Secrets that nobody wants: released, left to their owner, or deleted. */
function removals({ secrets, released }: Desired, observed: Observed): readonly Action[] {
  const wanted = new Set(secrets.map(({ name }) => name));
  const ours = [...observed.secrets.values()].filter(
    ({ standing, slim }) => standing === 'ours' && !slim.terminating && !wanted.has(slim.name),
  );
  return ours.map((found) => {
    const retained = released.find(({ name }) => name === found.slim.name);
    if (retained) return { kind: 'ReleaseSecret', found, keep: releasedKeep(found, retained) };
    if (found.marker?.adopted)
      return { kind: 'LeaveSecret', found, keep: foreignKeys(found.slim, new Set(found.marker.hosts.keys())) };
    return { kind: 'DeleteSecret', found, reason: 'NotSelected' };
  });
}

/** Undefined: all bytes stay. Hosts of a credential that said Delete, or is only deselected, go all the same. */
function releasedKeep({ slim, marker }: ObservedSecret, { keys }: Released): Keep | undefined {
  const leaving = [...(marker?.hosts.keys() ?? [])].filter((key) => !keys.includes(key));
  return leaving.length === 0 ? undefined : foreignKeys(slim, new Set(leaving));
}

/** The labels and annotations that go with the marker. */
export function ourMetadata({ marker, slim }: ObservedSecret): RemovedMetadata {
  const still = (kind: string, before: ReadonlyMap<string, string> | undefined): readonly string[] =>
    [...(before ?? [])].filter(([key, hash]) => slim.metadataHashes[`${kind}:${key}`] === hash).map(([key]) => key);
  const isOurLabel = slim.metadataHashes[`label:${LABEL.managedBy}`] === hashOf(OPERATOR_NAME);
  return {
    labels: [...still('label', marker?.labels), LABEL.excludeFromBackup, ...(isOurLabel ? [LABEL.managedBy] : [])],
    annotations: [...still('annotation', marker?.annotations), ANNOTATION.managed, ANNOTATION.credentials],
  };
}
