// Every name that users, manifests and other tools see: group, kinds, labels, annotations, Secret types.

export const API_GROUP = 'regcred.dev';
export const API_VERSION = 'v1alpha1';

/** Field manager, label value and the name under which Events are reported. */
export const OPERATOR_NAME = 'regcred-operator';

export const DEFAULT_SECRET_NAME = 'regcred-managed';
export const DEFAULT_SERVICE_ACCOUNT_NAME = 'default';

export const DOCKER_CONFIG_TYPE = 'kubernetes.io/dockerconfigjson';
export const DOCKER_CONFIG_KEY = '.dockerconfigjson';
export const LEGACY_DOCKER_CONFIG_TYPE = 'kubernetes.io/dockercfg';
export const LEGACY_DOCKER_CONFIG_KEY = '.dockercfg';

/** The type of the stored tokens in the operator's namespace. */
export const STORED_TOKEN_TYPE = 'regcred.dev/token';

export const ANNOTATION = {
  /** On a pull Secret: the marker, the only proof that it is ours. */
  managed: 'regcred.dev/managed',
  /** On a pull Secret, for people: which prefix comes from which credential, and until when. */
  credentials: 'regcred.dev/credentials',
  /** On a ServiceAccount: the entries of imagePullSecrets that we added. */
  pullSecrets: 'regcred.dev/pull-secrets',
  /** On a ServiceAccount: "true" opts out. */
  ignore: 'regcred.dev/ignore',
  /** On a credential: a new value asks for a refresh now. */
  refresh: 'regcred.dev/refresh',
  /** On a source Secret: when its password ends (RFC 3339). */
  expiresAt: 'regcred.dev/expires-at',
} as const;

export const LABEL = {
  /** On what we write: an index for people and kubectl, never a proof. */
  managedBy: 'app.kubernetes.io/managed-by',
  /** On a Secret of the operator's namespace: may be read as an input. */
  input: 'regcred.dev/input',
  /** On a Namespace: "true" opts out. */
  ignore: 'regcred.dev/ignore',
  /** On a pull Secret: Velero leaves it out; restored into a new namespace it would be foreign. */
  excludeFromBackup: 'velero.io/exclude-from-backup',
} as const;

/** The resources we talk about, as the API server's paths spell them. */
export interface Resource {
  readonly group: string; // '' is the core group
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export const RESOURCE = {
  secrets: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  serviceAccounts: { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  events: { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
  registryCredentials: {
    group: API_GROUP,
    version: API_VERSION,
    plural: 'registrycredentials',
    kind: 'RegistryCredential',
    namespaced: true,
  },
  clusterRegistryCredentials: {
    group: API_GROUP,
    version: API_VERSION,
    plural: 'clusterregistrycredentials',
    kind: 'ClusterRegistryCredential',
    namespaced: false,
  },
  policies: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingadmissionpolicies',
    kind: 'ValidatingAdmissionPolicy',
    namespaced: false,
  },
  policyBindings: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingadmissionpolicybindings',
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

export type CredentialKind = 'RegistryCredential' | 'ClusterRegistryCredential';
