// Resolves what a provider needs, in the credential's home namespace and nowhere else. Values are read at each issue and
// handed on, never kept; what holds for every provider (label, outputs, size) is checked here.
import { createHash } from 'node:crypto';
import {
  ANNOTATION,
  DOCKER_CONFIG_KEY,
  DOCKER_CONFIG_TYPE,
  LABEL,
  LEGACY_DOCKER_CONFIG_KEY,
  LEGACY_DOCKER_CONFIG_TYPE,
  RESOURCE,
  STORED_TOKEN_TYPE,
} from '../../api/names.ts';
import { issueFailure } from '../../api/reasons.ts';
import type { CallOptions, KubeClient, KubeObject } from '../../kube/client.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { InputRef, IssueFailure } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import { annotationOf, readServiceAccount, refusedRead, serviceAccountInputs } from './input-service-accounts.ts';
import type { Home, TokenInput } from './input-service-accounts.ts';

type Refs = Readonly<Partial<Record<string, InputRef>>>;

const LARGEST_INPUT = 256 * 1024;

export interface ResolvedInputs {
  readonly kind: 'inputs';
  /** All but tokens of ServiceAccounts. */
  readonly values: Readonly<Record<string, Sensitive>>;
  /** What each input adds to the identity: the hash of a value; of a token whose it is, not the token. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Asked for at each issue, used once, never kept. */
  readonly tokens: readonly TokenInput[];
  readonly home: Home;
  /** The earliest `regcred.dev/expires-at` of the source Secrets. */
  readonly endsAt: Date | undefined;
  /** Names of Secrets whose `regcred.dev/expires-at` is no time. */
  readonly unreadableEnds: readonly string[];
}

export interface InputPorts {
  readonly client: KubeClient;
  readonly operatorNamespace: string;
  /** Tenants' Secrets need the label too. */
  readonly labelledInputs?: boolean;
}

export function homeNamespace({ namespace }: Credential, operatorNamespace: string): string {
  return namespace ?? operatorNamespace;
}

/** Names of the Secrets that a credential reads: who uses this Secret? */
export function secretInputs(refs: Refs): readonly string[] {
  return Object.values(refs).flatMap((ref) =>
    ref?.kind === 'SecretKey' || ref?.kind === 'DockerConfig' ? [ref.name] : [],
  );
}

/** Inputs whose change brings an event: nothing but Secrets of the operator's namespace. */
export function areWatched({ kind }: Credential, refs: Refs): boolean {
  return kind === 'ClusterRegistryCredential' && serviceAccountInputs(refs).length === 0;
}

/** Failures that people must mend are values; what the API server can not answer now is thrown. */
export async function resolveInputs(
  credential: Credential,
  refs: Refs,
  { client, operatorNamespace, labelledInputs = false }: InputPorts,
  options: CallOptions,
): Promise<ResolvedInputs | IssueFailure> {
  if (credential.kind === 'RegistryCredential' && Object.values(refs).some((ref) => ref?.kind === 'AmbientIdentity'))
    return issueFailure('AmbientForbidden', [], {}); // before any call
  const home = { namespace: homeNamespace(credential, operatorNamespace), operatorNamespace };
  const needsLabel = labelledInputs || home.namespace === operatorNamespace; // nobody consents there, whatever the kind
  const objects = await readObjects(needsLabel, refs, home, client, options);
  if (!('secrets' in objects)) return objects;
  const values: Record<string, Sensitive> = {};
  const fingerprints: Record<string, string> = {};
  for (const [input, ref] of Object.entries(refs)) {
    const value = valueOf(ref, objects, home);
    if (value?.kind === 'failure') return value;
    if (value !== undefined) values[input] = sensitive(value.text);
    fingerprints[input] = fingerprintOf(ref, values[input], objects);
  }
  const tokens = tokenInputs(refs, objects);
  return { kind: 'inputs', values, fingerprints, tokens, home, ...endOf([...objects.secrets.values()]) };
}

interface InputObjects {
  readonly secrets: ReadonlyMap<string, KubeObject>;
  readonly accounts: ReadonlyMap<string, KubeObject>;
}

async function readObjects(
  needsLabel: boolean,
  refs: Refs,
  home: Home,
  client: KubeClient,
  options: CallOptions,
): Promise<InputObjects | IssueFailure> {
  const secrets = new Map<string, KubeObject>();
  for (const name of new Set(secretInputs(refs))) {
    const secret = await readSecret(needsLabel, home, name, client, options);
    if (isFailure(secret)) return secret;
    secrets.set(name, secret);
  }
  const accounts = new Map<string, KubeObject>();
  for (const name of serviceAccountInputs(refs)) {
    const account = await readServiceAccount(name, home, client, options);
    if (isFailure(account)) return account;
    accounts.set(name, account);
  }
  return { secrets, accounts };
}

function isFailure(value: KubeObject | IssueFailure): value is IssueFailure {
  return value.kind === 'failure';
}

function tokenInputs(refs: Refs, { accounts }: InputObjects): readonly TokenInput[] {
  return Object.entries(refs).flatMap(([input, ref]) => {
    if (ref?.kind !== 'ServiceAccountToken') return [];
    const uid = accounts.get(ref.name)?.metadata.uid ?? '';
    return [{ input, name: ref.name, uid, audience: ref.audience }];
  });
}

function fingerprintOf(ref: InputRef | undefined, value: Sensitive | undefined, { accounts }: InputObjects): string {
  const account = ref !== undefined && 'name' in ref ? accounts.get(ref.name) : undefined;
  const whose = account === undefined ? '' : `${account.metadata.name} ${account.metadata.uid}`;
  const audience = ref?.kind === 'ServiceAccountToken' ? ref.audience : '';
  return JSON.stringify([ref?.kind, whose, audience, value === undefined ? '' : secretHash(value)]);
}

async function readSecret(
  needsLabel: boolean,
  home: Home,
  name: string,
  client: KubeClient,
  options: CallOptions,
): Promise<KubeObject | IssueFailure> {
  const { namespace } = home;
  try {
    const secret = await client.get({ resource: RESOURCE.secrets, namespace, name }, options);
    return notAllowed(needsLabel, namespace, secret) ?? secret;
  } catch (error) {
    return refusedRead(error, { verb: 'get', kind: 'Secret', name }, home);
  }
}

/** Our outputs are never inputs; those that no RoleBinding of a tenant's gives need the label. */
function notAllowed(needsLabel: boolean, namespace: string, secret: KubeObject): IssueFailure | undefined {
  const { name, annotations, labels } = secret.metadata;
  const isOutput = annotations?.[ANNOTATION.managed] !== undefined || secret['type'] === STORED_TOKEN_TYPE;
  if (isOutput) return issueFailure('InputNotAllowed', [], { name });
  const isLabelled = labels?.[LABEL.input] === 'true';
  return needsLabel && !isLabelled ? issueFailure('InputNotAllowed', [], { name, namespace }) : undefined;
}

function valueOf(
  ref: InputRef | undefined,
  { secrets, accounts }: InputObjects,
  home: Home,
): { readonly kind: 'text'; readonly text: string } | IssueFailure | undefined {
  if (ref?.kind === 'DockerConfig') return dockerConfigOf(ref.name, secrets.get(ref.name));
  if (ref?.kind === 'ServiceAccountAnnotation') return annotationOf(ref, accounts.get(ref.name), home);
  if (ref?.kind !== 'SecretKey') return undefined; // tokens are asked for when they are used
  const { namespace } = home;
  const { name, key } = ref;
  const text = textOf(secrets.get(name), key);
  if (text === undefined && ref.optional) return undefined;
  if (text === undefined)
    return issueFailure('InputNotFound', [], { kind: 'Secret', name, what: 'key', key, namespace });
  return text.length > LARGEST_INPUT
    ? issueFailure('InputInvalid', [], { name, key, what: 'value of at most 256 KiB' })
    : { kind: 'text', text };
}

/** The key follows the Secret's type; a bare `.dockercfg` map is wrapped, so that providers see one shape. */
function dockerConfigOf(
  name: string,
  secret: KubeObject | undefined,
): { readonly kind: 'text'; readonly text: string } | IssueFailure {
  const type = typeof secret?.['type'] === 'string' ? secret['type'] : '';
  const isLegacy = type === LEGACY_DOCKER_CONFIG_TYPE;
  if (!isLegacy && type !== DOCKER_CONFIG_TYPE) {
    return issueFailure('InputUnsupported', [], {
      name,
      type,
      types: `${DOCKER_CONFIG_TYPE}, ${LEGACY_DOCKER_CONFIG_TYPE}`,
    });
  }
  const key = isLegacy ? LEGACY_DOCKER_CONFIG_KEY : DOCKER_CONFIG_KEY;
  const text = textOf(secret, key) ?? '';
  if (text.length > LARGEST_INPUT)
    return issueFailure('InputInvalid', [], { name, key, what: 'docker config of at most 256 KiB' });
  return { kind: 'text', text: isLegacy ? `{"auths":${text}}` : text };
}

function textOf(secret: KubeObject | undefined, key: string): string | undefined {
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return Object.hasOwn(data, key) ? Buffer.from(data[key] ?? '', 'base64').toString('utf8') : undefined;
}

/** In full: an identity must not be guessed into being another one. */
function secretHash(value: Sensitive): string {
  return createHash('sha256').update(value.reveal()).digest('base64url');
}

function endOf(secrets: readonly KubeObject[]): Pick<ResolvedInputs, 'endsAt' | 'unreadableEnds'> {
  const ends = secrets.flatMap(({ metadata }) => {
    const text = metadata.annotations?.[ANNOTATION.expiresAt];
    return text === undefined ? [] : [{ name: metadata.name, time: parseTime(text) }];
  });
  const times = ends.flatMap(({ time }) => time ?? []).sort((a, b) => a.getTime() - b.getTime());
  return { endsAt: times[0], unreadableEnds: ends.filter(({ time }) => time === undefined).map(({ name }) => name) };
}

/** RFC 3339 with a zone; a time without one would be read as local. */
function parseTime(text: string): Date | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isTime ? new Date(text) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}
