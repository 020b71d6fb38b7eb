// Objects cut down on arrival: what the decisions need, and nothing of a Secret's data but hashes.
import { ANNOTATION, DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, OPERATOR_NAME } from '../api/names.ts';
import { entryHashes } from '../lib/docker-config.ts';
import { shortHash } from '../lib/hash.ts';
import { readDockerConfig } from '../lib/keyring.ts';
import { splitMarker } from '../lib/marker-text.ts';
import type { MarkerText } from '../lib/marker-text.ts';
import { ownCopy } from '../lib/own-copy.ts';
import { byKey, createPool } from '../lib/pool.ts';
import type { KubeObject } from './client.ts';

interface Slim {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface SlimNamespace extends Slim {
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

/** One entry of `imagePullSecrets` as it stands there; `{}` exists in the wild and is kept. */
export interface PullSecretEntry {
  readonly name?: string;
}

export interface SlimServiceAccount extends Slim {
  readonly namespace: string;
  readonly terminating: boolean;
  readonly entries: readonly PullSecretEntry[];
  /** Raw text of `regcred.dev/pull-secrets`. */
  readonly pullSecrets: string | undefined;
  /** Raw value of `regcred.dev/ignore`. */
  readonly ignore: string | undefined;
  /** Another field manager than ours that sets `imagePullSecrets` (managedFields), for messages. */
  readonly rival: string | undefined;
}

export interface SlimSecret extends Slim {
  readonly namespace: string;
  readonly type: string;
  readonly immutable: boolean;
  readonly terminating: boolean;
  /** A controller owns it by owner reference: never adopted. */
  readonly controlled: boolean;
  /** The marker annotation, as it stands there. */
  readonly marker: MarkerText | undefined;
  /** `shortHash()` of the docker config's bytes, undefined where the key is missing. */
  readonly configHash: string | undefined;
  /** Per raw host key of `auths` the `entryHash()` of its entry; undefined where the config does not parse as JSON. */
  readonly entryHashes: ReadonlyMap<string, string> | undefined;
  /** The kubelet could read the docker config (lib/keyring.ts `readDockerConfig`). */
  readonly readable: boolean;
  /** Hash per `label:KEY` and `annotation:KEY` (the marker apart): what templates are compared with. */
  readonly metadataHashes: Readonly<Record<string, string>>;
}

export function slimNamespace({ metadata }: KubeObject): SlimNamespace {
  const { name, uid, resourceVersion, labels } = metadata;
  return { name, uid, resourceVersion, labels: labels ?? NO_TEXTS, terminating: isTerminating(metadata) };
}

export function slimServiceAccount(object: KubeObject): SlimServiceAccount {
  const { metadata } = object;
  const { name, uid, resourceVersion } = metadata;
  return {
    name: texts.get(name, same),
    namespace: namespaceOf(metadata),
    uid,
    resourceVersion,
    terminating: isTerminating(metadata),
    entries: entriesOf(object['imagePullSecrets']),
    pullSecrets: pooled(metadata.annotations?.[ANNOTATION.pullSecrets]),
    ignore: metadata.annotations?.[ANNOTATION.ignore],
    rival: rivalOf(metadata),
  };
}

export function slimSecret(object: KubeObject): SlimSecret {
  const { metadata } = object;
  const { name, uid, resourceVersion, ownerReferences = [] } = metadata;
  const config = configOf(object['data']);
  return {
    name: texts.get(name, same),
    namespace: namespaceOf(metadata),
    uid,
    resourceVersion,
    type: typeof object['type'] === 'string' ? texts.get(object['type'], same) : '',
    immutable: object['immutable'] === true,
    terminating: isTerminating(metadata),
    controlled: ownerReferences.some(({ controller }) => controller === true),
    marker: markerOf(metadata.annotations?.[ANNOTATION.managed]),
    configHash: config?.hash,
    entryHashes: config?.entryHashes,
    readable: config?.readable ?? false,
    metadataHashes: metadataHashesOf(metadata),
  };
}

/** The whole object but for the bookkeeping of field managers, which is often most of it. */
export function slimCredential(object: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const NO_TEXTS: Readonly<Record<string, string>> = {};

interface ConfigHashes {
  readonly hash: string;
  readonly entryHashes: ReadonlyMap<string, string> | undefined;
  readonly readable: boolean;
}

const HOST_WEIGHT = 100; // as characters

// Ten thousand namespaces hold the same bytes: they are hashed for each, but parsed and kept once.
const configs = createPool<ConfigHashes>(256, (_, { entryHashes }) => (entryHashes?.size ?? 0) * HOST_WEIGHT);
const metadataHashes = createPool<Readonly<Record<string, string>>>(256, byKey);
const hashes = createPool<string>(4096);
const texts = createPool<string>(256, byKey);
const entryLists = createPool<readonly PullSecretEntry[]>(256, byKey);
const same = (text: string): string => text;
const pooled = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : texts.get(text, same);

function markerOf(text: string | undefined): MarkerText | undefined {
  if (text === undefined) return undefined;
  const { common, namespaceUid } = splitMarker(text);
  return { common: texts.get(common, ownCopy), namespaceUid: namespaceUid && ownCopy(namespaceUid) };
}

function configOf(data: unknown): ConfigHashes | undefined {
  const encoded: unknown = isRecord(data) ? data[DOCKER_CONFIG_KEY] : undefined;
  if (typeof encoded !== 'string') return undefined;
  const bytes = decodeBase64(encoded);
  if (!bytes) return { hash: shortHash(encoded), entryHashes: undefined, readable: false };
  return configs.get(shortHash(bytes), (hash) => hashConfig(hash, bytes.toString('utf8')));
}

function hashConfig(hash: string, text: string): ConfigHashes {
  const hashes = entryHashes(text);
  const readable = hashes !== undefined && readDockerConfig(DOCKER_CONFIG_TYPE, text).ok;
  return { hash, entryHashes: hashes, readable };
}

/** Buffer.from() takes anything; the API server sends canonical base64, so anything else is no data of ours. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const isCanonical = text.length % 4 === 0 && bytes.length === decodedLength(text) && !/[-_\s]/.test(text);
  return isCanonical ? bytes : undefined;
}

function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function metadataHashesOf({
  labels = NO_TEXTS,
  annotations = NO_TEXTS,
}: KubeObject['metadata']): Readonly<Record<string, string>> {
  const pairs: string[] = [];
  for (const key of Object.keys(labels).sort()) pairs.push(`label:${key}`, labels[key] ?? '');
  for (const key of Object.keys(annotations).sort()) {
    if (key !== ANNOTATION.managed) pairs.push(`annotation:${key}`, annotations[key] ?? '');
  }
  return metadataHashes.get(pairs.join('\0'), () => hashPairs(pairs));
}

function hashPairs(pairs: readonly string[]): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) {
    result[pairs[index] ?? ''] = hashes.get(shortHash(pairs[index + 1] ?? ''), same);
  }
  return result;
}

function entriesOf(value: unknown): readonly PullSecretEntry[] {
  const entries = Array.isArray(value) ? value.filter(isRecord) : [];
  return entryLists.get(JSON.stringify(entries), () => entries);
}

function rivalOf({ managedFields = [] }: KubeObject['metadata']): string | undefined {
  const sets = ({ fieldsV1 }: { fieldsV1?: unknown }): boolean =>
    isRecord(fieldsV1) && 'f:imagePullSecrets' in fieldsV1;
  return managedFields.find((entry) => entry.manager !== OPERATOR_NAME && sets(entry))?.manager;
}

function namespaceOf({ namespace, name }: KubeObject['metadata']): string {
  if (namespace === undefined) throw new TypeError(`Cannot keep "${name}": it has no namespace`);
  return namespace;
}

function isTerminating({ deletionTimestamp }: KubeObject['metadata']): boolean {
  return deletionTimestamp !== undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
