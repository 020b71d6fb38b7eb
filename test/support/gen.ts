// Builders for the unit tests of reconcile: a base object plus what a test case is about, so that a case shows only that.
import { DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, ANNOTATION } from '../../src/api/names.ts';
import type { CredentialKind } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { slimNamespace as slimNamespaceOf, slimSecret as slimSecretOf } from '../../src/kube/slim.ts';
import { slimServiceAccount as slimServiceAccountOf } from '../../src/kube/slim.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../../src/kube/slim.ts';
import { authEntry, canonicalPrefix, encodeDockerConfig, entryHash } from '../../src/lib/docker-config.ts';
import type { AuthEntry, DockerConfig } from '../../src/lib/docker-config.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { readCredential } from '../../src/reconcile/credential.ts';
import type { Credential } from '../../src/reconcile/credential.ts';
import { createEncoder } from '../../src/reconcile/encode.ts';
import type { Permissions } from '../../src/reconcile/coverage.ts';
import { markerOf, standingOf, writeMarker, writePullSecrets } from '../../src/reconcile/marker.ts';
import type { Marker } from '../../src/reconcile/marker.ts';
import type { Situation } from '../../src/reconcile/namespace/claims.ts';
import { desired } from '../../src/reconcile/namespace/desired.ts';
import type { Desired } from '../../src/reconcile/namespace/desired.ts';
import { createDrafts } from '../../src/reconcile/namespace/draft.ts';
import type { PullSecret } from '../../src/reconcile/namespace/draft.ts';
import { mergeOnto } from '../../src/reconcile/namespace/merge-onto.ts';
import type { Observed, ObservedSecret } from '../../src/reconcile/namespace/observe.ts';
import { plan } from '../../src/reconcile/namespace/plan.ts';
import type { Action } from '../../src/reconcile/namespace/plan.ts';
import type { Departure, Published, PublishedEntry, TokenCache } from '../../src/reconcile/ports.ts';

export const INSTALLATION = 'regcred-system';
export const SECRET_NAME = 'regcred-managed';

export const ALL_PERMITTED: Permissions = {
  operatorNamespace: INSTALLATION,
  secretNames: '*',
  serviceAccountNames: '*',
};

export interface CredentialGiven {
  readonly name?: string;
  readonly uid?: string;
  readonly createdAt?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  /** Has a deletionTimestamp. */
  readonly deleted?: boolean;
}

/** A static ClusterRegistryCredential for all namespaces. */
export function clusterCredential(given: CredentialGiven = {}): Credential {
  return credential('ClusterRegistryCredential', given, { namespaces: { names: ['*'] } });
}

/** A static RegistryCredential in `team-a`. */
export function tenantCredential({
  namespace = 'team-a',
  ...given
}: CredentialGiven & { readonly namespace?: string } = {}): Credential {
  return credential('RegistryCredential', given, {}, namespace);
}

function credential(kind: CredentialKind, given: CredentialGiven, spec: object, namespace?: string): Credential {
  const { name = 'main', uid = `uid-${name}`, createdAt = '2026-01-01T00:00:00Z', deleted = false } = given;
  const provider = { static: { auth: { dockerConfig: { secretRef: { name: 'source' } } } } };
  return readCredential(kind, {
    metadata: {
      name,
      uid,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: createdAt,
      ...(namespace === undefined ? {} : { namespace }),
      ...(deleted ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {}),
      labels: given.labels ?? {},
      annotations: given.annotations ?? {},
    },
    spec: { provider, ...spec, ...given.spec },
  });
}

/** An entry as the operator writes it; the user name is `bot`. */
export function auth(password: string): AuthEntry {
  return authEntry('bot', sensitive(password));
}

/** What a credential has to publish: host (in any spelling) to password. */
export function published(
  logins: Readonly<Record<string, string>>,
  { waiting = [], expiresAt = null }: { readonly waiting?: readonly string[]; readonly expiresAt?: Date | null } = {},
): Published {
  const entries = Object.entries(logins).map(([host, password]) => publishedEntry(host, password, expiresAt));
  return { entries, waiting, hash: JSON.stringify([logins, waiting]) };
}

export function publishedEntry(host: string, password: string, expiresAt: Date | null = null): PublishedEntry {
  const entry = auth(password);
  return { key: canonicalPrefix(host) ?? host, entry, hash: entryHash(entry), expiresAt };
}

/** By UID; a credential that is left out has no token yet. */
export function tokenCache(tokens: Readonly<Record<string, Published>>): TokenCache {
  return { published: (uid) => tokens[uid] };
}

export interface NamespaceGiven {
  readonly name?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly terminating?: boolean;
}

export function slimNamespace({
  name = 'team-a',
  uid = `uid-${name}`,
  labels = {},
  terminating = false,
}: NamespaceGiven = {}): SlimNamespace {
  return slimNamespaceOf({
    metadata: { name, uid, resourceVersion: '1', labels, ...(terminating ? { deletionTimestamp: 'now' } : {}) },
  });
}

export interface ServiceAccountGiven {
  readonly name?: string;
  readonly namespace?: string;
  /** Names in imagePullSecrets. */
  readonly entries?: readonly string[];
  /** Those of them that our annotation says we added. */
  readonly annotated?: readonly string[];
  readonly ignore?: boolean;
}

export function slimServiceAccount(given: ServiceAccountGiven = {}): SlimServiceAccount {
  const { name = 'default', namespace = 'team-a', entries = [], annotated = [], ignore = false } = given;
  const pullSecrets = writePullSecrets(annotated);
  const annotations = {
    ...(pullSecrets === undefined ? {} : { [ANNOTATION.pullSecrets]: pullSecrets }),
    ...(ignore ? { [ANNOTATION.ignore]: 'true' } : {}),
  };
  return slimServiceAccountOf({
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, resourceVersion: '1', annotations },
    imagePullSecrets: entries.map((entry) => ({ name: entry })),
  });
}

export interface SecretGiven {
  readonly name?: string;
  readonly namespace?: string;
  readonly type?: string;
  /** Raw host key to raw entry. */
  readonly auths?: Readonly<Record<string, unknown>>;
  /** The docker config as text, instead of `auths`. */
  readonly text?: string;
  readonly marker?: Marker;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  readonly terminating?: boolean;
  readonly controlled?: boolean;
}

/** A docker config Secret, somebody else's unless there is a marker. */
export function slimSecret(given: SecretGiven = {}): SlimSecret {
  return slimSecretOf(secretObject(given));
}

function secretObject({ name = SECRET_NAME, namespace = 'team-a', ...given }: SecretGiven): KubeObject {
  const { marker, labels = {}, annotations = {} } = given;
  const text = given.text ?? encodeDockerConfig(new Map(Object.entries(given.auths ?? {})));
  const owner = { kind: 'ExternalSecret', name: 'other', controller: true };
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      resourceVersion: '1',
      labels,
      annotations: { ...annotations, ...(marker ? { [ANNOTATION.managed]: writeMarker(marker) } : {}) },
      ...(given.terminating ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {}),
      ...(given.controlled ? { ownerReferences: [owner] } : {}),
    },
    type: given.type ?? DOCKER_CONFIG_TYPE,
    data: { [DOCKER_CONFIG_KEY]: Buffer.from(text, 'utf8').toString('base64') },
    ...(given.immutable ? { immutable: true } : {}),
  };
}

/** A pull Secret as it stands once it was written; `kept` are bytes that were carried over. */
export function written(secret: PullSecret, kept: DockerConfig = new Map(), namespace = 'team-a'): SlimSecret {
  const ours = new Map([...secret.config.entries].map(([raw, { entry }]) => [raw, entry]));
  return slimSecret({
    name: secret.name,
    namespace,
    text: encodeDockerConfig(mergeOnto(kept, ours, [...kept.keys()])),
    marker: secret.marker,
    labels: secret.labels,
    annotations: secret.annotations,
  });
}

export interface SituationGiven {
  readonly namespace?: SlimNamespace;
  readonly credentials?: readonly Credential[];
  /** By UID. */
  readonly tokens?: Readonly<Record<string, Published>>;
  readonly secrets?: readonly SlimSecret[];
  readonly serviceAccounts?: readonly SlimServiceAccount[];
  readonly departures?: Readonly<Record<string, Departure>>;
  readonly permissions?: Partial<Permissions>;
}

export function situation(given: SituationGiven = {}): Situation {
  const namespace = given.namespace ?? slimNamespace();
  return {
    observed: observed(namespace, given.secrets ?? [], given.serviceAccounts ?? [slimServiceAccount()]),
    credentials: given.credentials ?? [],
    departures: new Map(Object.entries(given.departures ?? {})),
    tokens: tokenCache(given.tokens ?? {}),
    permissions: { ...ALL_PERMITTED, ...given.permissions },
    installation: INSTALLATION,
  };
}

export function observed(
  namespace: SlimNamespace,
  secrets: readonly SlimSecret[],
  serviceAccounts: readonly SlimServiceAccount[],
): Observed {
  const found = secrets.map((slim) => [slim.name, observedSecret(slim, namespace)] as const);
  return { namespace, secrets: new Map(found), serviceAccounts };
}

function observedSecret(slim: SlimSecret, { uid }: SlimNamespace): ObservedSecret {
  const marker = markerOf(slim.marker);
  const place = { installation: INSTALLATION, namespaceUid: uid, secretName: slim.name };
  return { slim, marker, standing: standingOf(marker, place) };
}

// One memory for all tests: what is remembered of one must not show in another.
const drafts = createDrafts(createEncoder());

/** What a situation asks for, with its plan. */
export function decided(given: SituationGiven = {}): Desired & { readonly actions: readonly Action[] } {
  const now = situation(given);
  const wanted = desired(now, drafts);
  return { ...wanted, actions: plan(wanted, now.observed, new Set()) };
}

/** Canonical key to the name of the credential that the marker gives it to. */
export function winnersOf(secret: PullSecret | undefined): Readonly<Record<string, string | undefined>> {
  const entries = secret?.marker.hosts ?? new Map<string, number>();
  return Object.fromEntries([...entries].map(([key, index]) => [key, secret?.marker.by[index]?.name]));
}

/** Raw host key to password, of the logins that we hold. */
export function passwordsOf(secret: PullSecret | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries([...(secret?.config.entries ?? [])].map(([raw, { entry }]) => [raw, entry.password]));
}
