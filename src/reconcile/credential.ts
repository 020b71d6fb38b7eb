// A credential as the stories read it: the object of either kind, parsed once at the edge. What arrives past the schema
// (an older CRD, a rule added later) is isolated here as a problem, and never thrown over.
import type { CredentialSpec, CredentialStatus, ProviderName } from '../api/registry-credential.ts';
import { ANNOTATION } from '../api/names.ts';
import type { CredentialKind } from '../api/names.ts';
import { canonicalPrefix } from '../lib/docker-config.ts';
import type { KubeObject } from '../kube/client.ts';
import { credentialKey } from './keys.ts';
import type { CredentialKey, CredentialName } from './keys.ts';

export interface Credential extends CredentialName {
  readonly key: CredentialKey;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** RFC 3339, as the API server writes it: sorts as text. */
  readonly createdAt: string;
  /** Has a deletionTimestamp: counts as gone. */
  readonly deleted: boolean;
  /** The value of `regcred.dev/refresh`; of a long one the beginning. */
  readonly refreshRequest: string | undefined;
  /** Changes with every edit by a user, and with no write of ours. */
  readonly edition: string;
  readonly spec: CredentialSpec;
  readonly provider: ProviderName;
  readonly status: CredentialStatus | undefined;
  /** Why the spec can not be used, for the reason InvalidSpec. */
  readonly problem: string | undefined;
}

/** As long as status may be, which echoes it: what is longer would have every write of it refused. */
const LONGEST_REQUEST = 256;

export function readCredential(kind: CredentialKind, object: KubeObject): Credential {
  const { metadata } = object;
  const namespace = kind === 'RegistryCredential' ? (metadata.namespace ?? '') : undefined;
  const spec = isObject(object['spec']) ? withDefaults(object['spec']) : withDefaults({});
  return {
    kind,
    namespace,
    name: metadata.name,
    key: credentialKey({ kind, namespace, name: metadata.name }),
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    deleted: metadata.deletionTimestamp !== undefined,
    refreshRequest: metadata.annotations?.[ANNOTATION.refresh]?.slice(0, LONGEST_REQUEST).toWellFormed(),
    edition: JSON.stringify([metadata.generation, metadata.annotations, metadata.labels]),
    spec,
    provider: (Object.keys(isObject(spec.provider) ? spec.provider : {})[0] ?? '') as ProviderName,
    status: isObject(object['status']) ? object['status'] : undefined,
    problem: problemOf(kind, spec),
  };
}

/** Nothing but the status, and what the API server itself keeps, may differ. */
export function isSameEdition(a: Credential, b: Credential): boolean {
  return a.uid === b.uid && a.edition === b.edition && a.deleted === b.deleted;
}

/** The defaults of the schema: an object stored before a default existed does not have them. */
function withDefaults(spec: Readonly<Record<string, unknown>>): CredentialSpec {
  const within = (field: string, defaults: object): object => ({
    ...defaults,
    ...(isObject(spec[field]) ? spec[field] : {}),
  });
  const whole = {
    secretName: 'regcred-managed',
    precedence: 'Overridable',
    conflictPolicy: 'Fail',
    expiryPolicy: 'Auto',
    deletionPolicy: 'Delete',
    suspend: false,
    ...spec,
    serviceAccounts: within('serviceAccounts', { policy: 'Attach', names: ['default'] }),
    refresh: within('refresh', { afterPercent: 50 }),
    verification: within('verification', { mode: 'Warn' }),
  };
  return whole as unknown as CredentialSpec; // checked by problemOf, as far as it is read
}

function problemOf(kind: CredentialKind, spec: CredentialSpec): string | undefined {
  const checks = [providerProblem, kind === 'ClusterRegistryCredential' ? namespacesProblem : undefined, shapeProblem];
  try {
    return checks.map((check) => check?.(spec)).find((problem) => problem !== undefined);
  } catch {
    return 'spec has a value of a wrong type';
  }
}

function providerProblem({ provider }: CredentialSpec): string | undefined {
  const names = isObject(provider) ? Object.keys(provider) : [];
  const block = isObject(provider) ? (provider as Readonly<Record<string, unknown>>)[names[0] ?? ''] : undefined;
  if (names.length !== 1 || !isObject(block)) return 'spec.provider must set exactly one provider';
  if (!isObject(block['auth']) || Object.keys(block['auth']).length !== 1) {
    return `spec.provider.${names[0] ?? ''}.auth must set exactly one mode`;
  }
  return spellingProblem(block['registries']);
}

/** Two spellings of one key in a credential: nobody could say which one wins. */
function spellingProblem(registries: unknown): string | undefined {
  if (registries === undefined) return undefined;
  if (!Array.isArray(registries)) return 'spec.provider registries must be a list';
  const seen = new Map<string, string>();
  for (const registry of registries as readonly unknown[]) {
    const prefix = isObject(registry) ? registry['prefix'] : undefined;
    const key = typeof prefix === 'string' ? canonicalPrefix(prefix) : undefined;
    if (typeof prefix !== 'string' || key === undefined)
      return 'spec.provider registries need a prefix HOST or HOST/PATH';
    const other = seen.get(key);
    if (other !== undefined)
      return `prefixes "${other}" and "${prefix}" are two spellings of one key; keep one of them`;
    seen.set(key, prefix);
  }
  return undefined;
}

function namespacesProblem({ namespaces }: CredentialSpec): string | undefined {
  if (!isObject(namespaces)) return 'spec.namespaces is missing; name namespaces or give a selector';
  const { exclude = {} } = namespaces as NonNullable<CredentialSpec['namespaces']>;
  return selectionProblem(namespaces) ?? selectionProblem(exclude) ?? selectsSomething(namespaces);
}

function selectsSomething(selection: NonNullable<CredentialSpec['namespaces']>): string | undefined {
  const named = (selection.names ?? []).length > 0;
  const { matchLabels = {}, matchExpressions = [] } = selection.selector ?? {};
  const selected = Object.keys(matchLabels).length > 0 || matchExpressions.length > 0;
  return named || selected ? undefined : 'spec.namespaces selects nothing; name namespaces or give a selector';
}

const OPERATORS: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

function selectionProblem(
  selection: Pick<NonNullable<CredentialSpec['namespaces']>, 'names' | 'selector'>,
): string | undefined {
  if (!isListOf(selection.names, 'string')) return 'spec.namespaces names must be a list of strings';
  const { matchLabels, matchExpressions } = selection.selector ?? {};
  if (matchLabels !== undefined && !isObject(matchLabels)) return 'spec.namespaces matchLabels must be a map';
  for (const { key, operator, values = [] } of matchExpressions ?? []) {
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (typeof key !== 'string' || !OPERATORS.has(operator)) return 'spec.namespaces has an unknown selector operator';
    if (!isListOf(values, 'string') || wantsValues !== values.length > 0) {
      return 'spec.namespaces: In and NotIn need values, Exists and DoesNotExist take none';
    }
  }
  return undefined;
}

function shapeProblem(spec: CredentialSpec): string | undefined {
  if (typeof spec.secretName !== 'string' || spec.secretName === '') return 'spec.secretName must be a name';
  const { names, exclude } = spec.serviceAccounts;
  if (!isListOf(names, 'string') || !isListOf(exclude, 'string')) return 'spec.serviceAccounts names must be strings';
  const { labels = {}, annotations = {} } = spec.secretTemplate ?? {};
  const values = [...Object.values(labels), ...Object.values(annotations)];
  return values.every((value) => typeof value === 'string') ? undefined : 'spec.secretTemplate values must be strings';
}

function isListOf(value: unknown, type: 'string'): boolean {
  return value === undefined || (Array.isArray(value) && value.every((one) => typeof one === type));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
