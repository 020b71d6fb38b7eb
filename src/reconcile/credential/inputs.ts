// Resolves what a provider needs, in the credential's home namespace and nowhere else. Values are read at each issue and
// handed on, never kept; what holds for every provider (label, outputs, size) is checked here.
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
import { isKubeError } from '../../kube/client.ts';
import type { CallOptions, KubeClient, KubeObject } from '../../kube/client.ts';
import { shortHash } from '../../lib/hash.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { InputRef, IssueFailure } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';

/** The ClusterRole that a tenant binds to let the operator read its inputs. */
export const INPUTS_ROLE = 'regcred-operator-inputs';

const LARGEST_INPUT = 256 * 1024;

export interface ResolvedInputs {
  readonly kind: 'inputs';
  readonly values: Readonly<Record<string, Sensitive>>;
  /** Of all values: equal exactly when nothing changed. */
  readonly hash: string;
  /** The earliest `regcred.dev/expires-at` of the source Secrets. */
  readonly endsAt: Date | undefined;
  /** Names of Secrets whose `regcred.dev/expires-at` is no time. */
  readonly unreadableEnds: readonly string[];
}

export interface InputPorts {
  readonly client: KubeClient;
  readonly operatorNamespace: string;
}

export function homeNamespace({ namespace }: Credential, operatorNamespace: string): string {
  return namespace ?? operatorNamespace;
}

/** Names of the Secrets that a credential reads: who uses this Secret? */
export function secretInputs(refs: Readonly<Partial<Record<string, InputRef>>>): readonly string[] {
  return Object.values(refs).flatMap((ref) =>
    ref?.kind === 'SecretKey' || ref?.kind === 'DockerConfig' ? [ref.name] : [],
  );
}

/** Failures that people must mend are values; what the API server can not answer now is thrown. */
export async function resolveInputs(
  credential: Credential,
  refs: Readonly<Partial<Record<string, InputRef>>>,
  { client, operatorNamespace }: InputPorts,
  options: CallOptions,
): Promise<ResolvedInputs | IssueFailure> {
  const home = homeNamespace(credential, operatorNamespace);
  const secrets = new Map<string, KubeObject>();
  for (const name of new Set(secretInputs(refs))) {
    const secret = await readSecret(credential, home, name, client, options);
    if (secret['kind'] === 'failure') return secret as unknown as IssueFailure;
    secrets.set(name, secret as KubeObject);
  }
  const values: Record<string, Sensitive> = {};
  for (const [input, ref] of Object.entries(refs)) {
    const value = valueOf(ref, secrets, home);
    if (value?.kind === 'failure') return value;
    if (value !== undefined) values[input] = sensitive(value.text);
  }
  return { kind: 'inputs', values, hash: hashOf(values), ...endOf([...secrets.values()]) };
}

async function readSecret(
  credential: Credential,
  namespace: string,
  name: string,
  client: KubeClient,
  options: CallOptions,
): Promise<KubeObject | IssueFailure> {
  try {
    const secret = await client.get({ resource: RESOURCE.secrets, namespace, name }, options);
    return notAllowed(credential, namespace, secret) ?? secret;
  } catch (error) {
    if (isKubeError(error, 'NotFound', 'NamespaceGone'))
      return issueFailure('InputNotFound', [], { kind: 'Secret', name, namespace });
    if (!isKubeError(error, 'Forbidden')) throw error;
    return issueFailure('ConsentMissing', [], { verb: 'get', kind: 'Secret', name, namespace, role: INPUTS_ROLE });
  }
}

/** Our outputs are never inputs; those of the operator's namespace need the label. */
function notAllowed({ kind }: Credential, namespace: string, secret: KubeObject): IssueFailure | undefined {
  const { name, annotations, labels } = secret.metadata;
  const isOutput = annotations?.[ANNOTATION.managed] !== undefined || secret['type'] === STORED_TOKEN_TYPE;
  if (isOutput) return issueFailure('InputNotAllowed', [], { name });
  const needsLabel = kind === 'ClusterRegistryCredential' && labels?.[LABEL.input] !== 'true';
  return needsLabel ? issueFailure('InputNotAllowed', [], { name, namespace }) : undefined;
}

function valueOf(
  ref: InputRef | undefined,
  secrets: ReadonlyMap<string, KubeObject>,
  namespace: string,
): { readonly kind: 'text'; readonly text: string } | IssueFailure | undefined {
  if (ref?.kind === 'DockerConfig') return dockerConfigOf(ref.name, secrets.get(ref.name));
  if (ref?.kind !== 'SecretKey') return undefined; // other kinds come with the providers that need them
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

function hashOf(values: Readonly<Record<string, Sensitive>>): string {
  const parts = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return shortHash(JSON.stringify(parts.map(([input, value]) => [input, shortHash(value.reveal())])));
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
