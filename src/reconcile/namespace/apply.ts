// Runs a plan's actions in order: the only writer of pull Secrets and ServiceAccount entries. Every write of an existing
// object carries the uid and resourceVersion it was decided on; what changed meanwhile is a conflict, and planned anew.
import { isDeepStrictEqual } from 'node:util';
import { ANNOTATION, DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, RESOURCE } from '../../api/names.ts';
import { encodeDockerConfig, parseAuths } from '../../lib/docker-config.ts';
import type { DockerConfig } from '../../lib/docker-config.ts';
import { joinMarker } from '../../lib/marker-text.ts';
import { readPullSecrets, writePullSecrets } from '../marker.ts';
import type { MadePort, Remember } from '../ports.ts';
import type { CallOptions, KubeClient, KubeObject, ObjectRef, Seen } from '../../kube/client.ts';
import type { PullSecretEntry, SlimServiceAccount } from '../../kube/slim.ts';
import type { PullSecret } from './draft.ts';
import { mergeOnto } from './merge-onto.ts';
import { isAsMeant, ourMetadata } from './plan.ts';
import type { Action, RemovedMetadata } from './plan.ts';

export interface Outcome {
  readonly action: Action;
  /** Undefined: done. `skipped`: an action before it, on which it rests, failed. */
  readonly error: unknown;
  /** The answer shows that all of it stands as it was meant: no other action can follow from this one. */
  readonly isSettled: boolean;
}

/** The live object is not the one that was planned for: read again, plan again. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/** Not tried: what must come first did not succeed. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

export interface ApplyPorts {
  readonly client: KubeClient;
  readonly remember: Remember;
  readonly made: MadePort;
}

type Update = Extract<Action, { kind: 'UpdateSecret' }>;
type SetEntries = Extract<Action, { kind: 'SetEntries' }>;
type Leave = Extract<Action, { kind: 'LeaveSecret' }>;
type Release = Extract<Action, { kind: 'ReleaseSecret' }>;
type Delete = Extract<Action, { kind: 'DeleteSecret' }>;

export async function apply(
  namespace: string,
  actions: readonly Action[],
  ports: ApplyPorts,
  options: CallOptions,
): Promise<readonly Outcome[]> {
  const failed = { secrets: new Set<string>(), detached: new Set<string>() };
  const outcomes: Outcome[] = [];
  for (const action of actions) {
    try {
      const isSettled = await run(namespace, action, failed, ports, options);
      outcomes.push({ action, error: undefined, isSettled });
    } catch (error) {
      noteFailure(action, failed);
      outcomes.push({ action, error, isSettled: false });
    }
  }
  return outcomes;
}

interface Failed {
  /** Secrets that were not made, or not adopted: no entry may name them. */
  readonly secrets: Set<string>;
  /** Entries that were not taken off, or given over: their Secrets may not go. */
  readonly detached: Set<string>;
}

async function run(
  namespace: string,
  action: Action,
  failed: Failed,
  ports: ApplyPorts,
  options: CallOptions,
): Promise<boolean> {
  switch (action.kind) {
    case 'Refuse':
      return true;
    case 'CreateSecret':
      return createSecret(namespace, action.secret, ports, options);
    case 'UpdateSecret':
      return updateSecret(action, ports, options);
    case 'SetEntries':
      return setEntries(action, failed.secrets, ports, options);
    case 'LeaveSecret':
      if (failed.detached.has(action.found.slim.name)) throw new Skipped('its entries are still there');
      await leaveSecret(action, ports, options);
      return false;
    case 'ReleaseSecret':
      if (failed.detached.has(action.found.slim.name)) throw new Skipped('its entries are still marked as ours');
      await leaveSecret(action, ports, options);
      return false;
    case 'DeleteSecret':
      if (failed.detached.has(action.found.slim.name)) throw new Skipped('its entries are still there');
      await deleteSecret(action, ports, options);
      return false;
  }
}

function noteFailure(action: Action, failed: Failed): void {
  if (action.kind === 'CreateSecret') failed.secrets.add(action.secret.name);
  if (action.kind === 'UpdateSecret' && action.isAdoption) failed.secrets.add(action.secret.name);
  if (action.kind === 'SetEntries') for (const name of [...action.detach, ...action.disown]) failed.detached.add(name);
}

async function createSecret(
  namespace: string,
  secret: PullSecret,
  { client, remember, made }: ApplyPorts,
  options: CallOptions,
): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: DOCKER_CONFIG_TYPE,
    metadata: { name: secret.name, labels: secret.labels, annotations: annotationsOf(secret) },
    data: { [DOCKER_CONFIG_KEY]: base64(secret.config.text) },
  };
  const answer = await client.create(RESOURCE.secrets, namespace, body, options);
  made.add(answer.metadata.uid);
  return isAsMeant(secret, remember.secret(answer));
}

async function updateSecret(action: Update, { client, remember }: ApplyPorts, options: CallOptions): Promise<boolean> {
  const { secret, found, reason, removedMetadata } = action;
  const ref = secretRef(found);
  const text = reason === 'DataDiffers' ? await mergedText(action, client, options) : undefined;
  const body = {
    metadata: {
      labels: { ...nulls(removedMetadata.labels), ...secret.labels },
      annotations: { ...nulls(removedMetadata.annotations), ...annotationsOf(secret) },
    },
    ...dataOf(text),
  };
  return isAsMeant(secret, remember.secret(await client.patch(ref, found, body, options)));
}

/** Bytes that we do not hold are read, merged and written back with the version they were read at; never kept. */
async function mergedText({ secret, found, keep }: Update, client: KubeClient, options: CallOptions): Promise<string> {
  if (keep.length === 0) return secret.config.text;
  const ours: DockerConfig = new Map([...secret.config.entries].map(([raw, { entry }]) => [raw, entry]));
  return encodeDockerConfig(mergeOnto(await readConfig(found, client, options), ours, keep));
}

async function readConfig(
  found: Seen & { readonly namespace: string; readonly name: string },
  client: KubeClient,
  options: CallOptions,
): Promise<DockerConfig> {
  const live = await client.get(secretRef(found), options);
  const { uid, resourceVersion } = live.metadata;
  if (uid !== found.uid || resourceVersion !== found.resourceVersion) throw new ChangedMeanwhile('Secret');
  return parseAuths(configText(live)) ?? new Map();
}

function configText(secret: KubeObject): string {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  return Buffer.from(data?.[DOCKER_CONFIG_KEY] ?? '', 'base64').toString('utf8');
}

/** One patch for all entries of a ServiceAccount. The list is atomic: the full list, others' entries and order kept. */
async function setEntries(
  { serviceAccount, attach, detach, disown }: SetEntries,
  notWritten: ReadonlySet<string>,
  { client, remember }: ApplyPorts,
  options: CallOptions,
): Promise<boolean> {
  const attached = attach.filter((name) => !notWritten.has(name));
  if (attached.length + detach.length + disown.length === 0) throw new Skipped('the Secret was not written');
  const { namespace, name } = serviceAccount;
  const body = entriesPatch(serviceAccount, { attach: attached, detach, disown });
  const ref = { resource: RESOURCE.serviceAccounts, namespace, name };
  const answer = remember.serviceAccount(await client.patch(ref, serviceAccount, body, options));
  return isDeepStrictEqual(answer.entries, body.imagePullSecrets);
}

interface EntriesPatch {
  readonly metadata: object;
  readonly imagePullSecrets: readonly PullSecretEntry[];
}

/** Shared with `regcred cleanup`. */
export function entriesPatch(
  serviceAccount: SlimServiceAccount,
  { attach, detach, disown }: Pick<SetEntries, 'attach' | 'detach' | 'disown'>,
): EntriesPatch {
  const leaving = new Set(detach);
  const notOurs = new Set([...detach, ...disown]);
  const kept = serviceAccount.entries.filter(({ name }) => name === undefined || !leaving.has(name));
  const imagePullSecrets: readonly PullSecretEntry[] = [...kept, ...attach.map((name) => ({ name }))];
  const annotated = readPullSecrets(serviceAccount.pullSecrets).filter((name) => !notOurs.has(name));
  const annotation = writePullSecrets([...annotated, ...attach]) ?? null;
  return { metadata: { annotations: { [ANNOTATION.pullSecrets]: annotation } }, imagePullSecrets };
}

/** One patch takes our marks off, and of the bytes what is not to be kept. */
async function leaveSecret(
  { found, keep }: Leave | Release,
  { client, remember }: ApplyPorts,
  options: CallOptions,
): Promise<void> {
  const text = keep && encodeDockerConfig(mergeOnto(await readConfig(found.slim, client, options), new Map(), keep));
  const body = { ...withoutOurMetadata(ourMetadata(found)), ...dataOf(text) };
  remember.secret(await client.patch(secretRef(found.slim), found.slim, body, options));
}

async function deleteSecret(
  { found: { slim } }: Delete,
  { client, remember }: ApplyPorts,
  options: CallOptions,
): Promise<void> {
  await client.delete(secretRef(slim), slim, options);
  remember.secretGone(slim.namespace, slim.name);
}

function withoutOurMetadata({ labels, annotations }: RemovedMetadata): { readonly metadata: object } {
  return { metadata: { labels: nulls(labels), annotations: nulls(annotations) } };
}

function annotationsOf(secret: PullSecret): Readonly<Record<string, string>> {
  return {
    ...secret.annotations,
    [ANNOTATION.managed]: joinMarker(secret.markerText),
    [ANNOTATION.credentials]: secret.note,
  };
}

function secretRef({ namespace, name }: { readonly namespace: string; readonly name: string }): ObjectRef {
  return { resource: RESOURCE.secrets, namespace, name };
}

/** In a merge patch null takes a key away. */
function nulls(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}

function dataOf(text: string | undefined): object {
  return text === undefined ? {} : { data: { [DOCKER_CONFIG_KEY]: base64(text) } };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
