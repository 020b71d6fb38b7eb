// Stored tokens of cluster credentials: one Secret each in the operator's namespace, so that a restart or a new leader asks
// nobody and rewrites nothing. A tenant's is taken back from its own namespace (taken-back.ts); no other namespace is read.
import { createHash } from 'node:crypto';
import { LABEL, OPERATOR_NAME, RESOURCE, STORED_TOKEN_TYPE } from '../../api/names.ts';
import { isKubeError } from '../../kube/client.ts';
import type { CallOptions, KubeClient, KubeObject } from '../../kube/client.ts';
import type { SlimSecret } from '../../kube/slim.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Credential } from '../credential.ts';
import type { DepartedPort } from '../ports.ts';
import { ownerOf, readSaved, writeSaved } from './saved-format.ts';
import type { Held, HeldEntry } from './tokens.ts';

export interface SavedTokens {
  /** What a restart takes back. */
  load(credential: Credential, options: CallOptions): Promise<readonly HeldEntry[] | undefined>;
  /** Writes what is held, if it differs; milliseconds until to try again where it could not. */
  save(credential: Credential, held: Held, options: CallOptions): Promise<number | undefined>;
  /** Its credential is not there: the Secret goes once that is proven; milliseconds until to ask again. */
  clean(name: string, options: CallOptions): Promise<number | undefined>;
}

export interface SavedTokenPorts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly operatorNamespace: string;
  /** The Secrets of the operator's namespace. */
  readonly secrets: ReadStore<SlimSecret>;
  /** Puts an answer into that store before its event comes. */
  readonly remember: (object: KubeObject) => SlimSecret;
  readonly forget: (name: string) => void;
  readonly departed: DepartedPort;
  /** Tells of a stored token that nobody of ours wrote so. */
  readonly discarded: (credential: Credential, secretName: string) => void;
  readonly failed: () => void;
}

export const SAVED_PREFIX = 'regcred-token-';

const DATA_KEY = 'token';
const RETRY_MS = 30_000;

/** The name of a cluster credential's stored token; undefined: the Secret is none. */
export function credentialOfSaved({ name, type }: Pick<SlimSecret, 'name' | 'type'>): string | undefined {
  const isSaved = type === STORED_TOKEN_TYPE && name.startsWith(SAVED_PREFIX);
  return isSaved ? name.slice(SAVED_PREFIX.length) : undefined;
}

interface Written {
  readonly hash: string;
  readonly resourceVersion: string;
}

export function createSavedTokens(ports: SavedTokenPorts): SavedTokens {
  /** By the credential's UID. */
  const written = new Map<string, Written>();
  /** By the credential's UID, the version that was no good: read and told of once. */
  const refused = new Map<string, string>();
  const { client, operatorNamespace: namespace } = ports;
  const find = (name: string): SlimSecret | undefined => ports.secrets.get(`${namespace}/${SAVED_PREFIX}${name}`);

  async function load(credential: Credential, options: CallOptions): Promise<readonly HeldEntry[] | undefined> {
    const found = find(credential.name);
    if (!found || refused.get(credential.uid) === found.resourceVersion) return undefined;
    const secret = await readSecret(found.name, ports, options);
    if (!secret) return undefined;
    const text = secret['type'] === STORED_TOKEN_TYPE ? textOf(secret) : '';
    const saved = readSaved(text, credential, ports.clock.now());
    if (saved.kind === 'broken') ports.discarded(credential, found.name);
    if (saved.kind !== 'entries') refused.set(credential.uid, found.resourceVersion);
    if (saved.kind !== 'entries') return undefined;
    written.set(credential.uid, { hash: hashOf(text), resourceVersion: secret.metadata.resourceVersion });
    return saved.entries;
  }

  async function write(credential: Credential, text: string, options: CallOptions): Promise<void> {
    const found = find(credential.name);
    const name = SAVED_PREFIX + credential.name;
    const data = { [DATA_KEY]: Buffer.from(text).toString('base64') };
    const answer = found
      ? await client.patch({ resource: RESOURCE.secrets, namespace, name }, found, { data }, options)
      : await client.create(RESOURCE.secrets, namespace, bodyOf(name, data), options);
    written.set(credential.uid, { hash: hashOf(text), resourceVersion: ports.remember(answer).resourceVersion });
  }

  /** What is published goes on from memory; a restart would cost one call. */
  function failed(): number {
    ports.failed();
    return RETRY_MS;
  }

  return {
    load,
    async save(credential, held, options) {
      const entries = [...held.entries.values()].filter(({ identity }) => identity !== '');
      if (credential.namespace !== undefined || entries.length === 0) return undefined;
      const text = writeSaved(credential, entries);
      const before = written.get(credential.uid);
      const isThere = before !== undefined && find(credential.name)?.resourceVersion === before.resourceVersion;
      if (isThere && before.hash === hashOf(text)) return undefined;
      if (isForeign(find(credential.name))) return failed();
      try {
        await write(credential, text, options);
        return undefined;
      } catch (error) {
        if (!isKubeError(error) || error.kind === 'Aborted' || error.kind === 'Fenced') throw error;
        return failed();
      }
    },
    async clean(name, options) {
      const found = find(name);
      if (found?.type !== STORED_TOKEN_TYPE) return undefined;
      const secret = await readSecret(found.name, ports, options);
      const owner = secret && ownerOf(textOf(secret));
      if (!secret || owner?.name !== name) return undefined;
      const credential = { kind: 'ClusterRegistryCredential', namespace: undefined, name, uid: owner.uid } as const;
      const { departure, waitMs } = await ports.departed.ask(credential, options);
      if (departure !== 'gone') return waitMs;
      await client.delete({ resource: RESOURCE.secrets, namespace, name: found.name }, secret.metadata, options);
      ports.forget(found.name);
      written.delete(owner.uid);
      refused.delete(owner.uid);
      return undefined;
    },
  };
}

/** Somebody's Secret under our name: its data is not ours to change. */
function isForeign(found: SlimSecret | undefined): boolean {
  return found !== undefined && found.type !== STORED_TOKEN_TYPE;
}

async function readSecret(
  name: string,
  { client, operatorNamespace: namespace }: SavedTokenPorts,
  options: CallOptions,
): Promise<KubeObject | undefined> {
  try {
    return await client.get({ resource: RESOURCE.secrets, namespace, name }, options);
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function bodyOf(name: string, data: Readonly<Record<string, string>>): object {
  const labels = { [LABEL.managedBy]: OPERATOR_NAME, [LABEL.excludeFromBackup]: 'true' };
  return { apiVersion: 'v1', kind: 'Secret', type: STORED_TOKEN_TYPE, metadata: { name, labels }, data };
}

function textOf(secret: KubeObject): string {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  return Buffer.from(data?.[DATA_KEY] ?? '', 'base64').toString('utf8');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
