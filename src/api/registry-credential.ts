// The types of both kinds. Made from crds/clusterregistrycredentials.yaml by "npm run generate"; do not edit.

/**
 * How the operator proves who it is; exactly one mode.
 */
export type EcrAuth =
  | {
      readonly ambient: EcrAmbient;
      readonly workloadIdentity?: undefined;
      readonly accessKey?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity: EcrWorkloadIdentity;
      readonly accessKey?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity?: undefined;
      readonly accessKey: EcrAccessKey;
    };
/**
 * Workload identity federation of a ServiceAccount.
 */
export type GarWorkloadIdentity =
  | {
      readonly serviceAccountRef: ServiceAccountRef;
      /**
       * Full name of the provider in a workload identity pool; the audience is derived from it.
       */
      readonly workloadIdentityProvider: string;
      readonly gke?: undefined;
    }
  | {
      readonly serviceAccountRef: ServiceAccountRef;
      readonly workloadIdentityProvider?: undefined;
      readonly gke: GarGke;
    };
/**
 * How the operator proves who it is; exactly one mode.
 */
export type GarAuth =
  | {
      readonly ambient: GarAmbient;
      readonly workloadIdentity?: undefined;
      readonly serviceAccountKey?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity: GarWorkloadIdentity;
      readonly serviceAccountKey?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity?: undefined;
      readonly serviceAccountKey: GarServiceAccountKey;
    };
/**
 * How the operator proves who it is; exactly one mode.
 */
export type AcrAuth =
  | {
      readonly ambient: AcrAmbient;
      readonly workloadIdentity?: undefined;
      readonly servicePrincipal?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity: AcrWorkloadIdentity;
      readonly servicePrincipal?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly workloadIdentity?: undefined;
      readonly servicePrincipal: AcrServicePrincipal;
    };
/**
 * A trusted profile that trusts a ServiceAccount.
 */
export type IcrWorkloadIdentity =
  | {
      readonly serviceAccountRef: ServiceAccountRef;
      /**
       * Id of the trusted profile.
       */
      readonly profileID: string;
      readonly profileName?: undefined;
    }
  | {
      readonly serviceAccountRef: ServiceAccountRef;
      readonly profileID?: undefined;
      /**
       * Name of the trusted profile.
       */
      readonly profileName: string;
    };
/**
 * How the operator proves who it is; exactly one mode.
 */
export type IcrAuth =
  | {
      readonly apiKey: IcrApiKey;
      readonly workloadIdentity?: undefined;
    }
  | {
      readonly apiKey?: undefined;
      readonly workloadIdentity: IcrWorkloadIdentity;
    };
/**
 * How the operator proves who it is; exactly one mode.
 */
export type OcirAuth =
  | {
      readonly ambient: OcirAmbient;
      readonly signingKey?: undefined;
    }
  | {
      readonly ambient?: undefined;
      readonly signingKey: OcirSigningKey;
    };
/**
 * Where the logins are; exactly one mode.
 */
export type StaticAuth =
  | {
      readonly dockerConfig: StaticDockerConfig;
      readonly basic?: undefined;
    }
  | {
      readonly dockerConfig?: undefined;
      readonly basic: StaticBasic;
    };
/**
 * The registry service, its registries and the identity that asks it for tokens; exactly one.
 */
export type ProviderSpec =
  | {
      readonly ecr: EcrSpec;
      readonly gar?: undefined;
      readonly acr?: undefined;
      readonly icr?: undefined;
      readonly ocir?: undefined;
      readonly static?: undefined;
    }
  | {
      readonly ecr?: undefined;
      readonly gar: GarSpec;
      readonly acr?: undefined;
      readonly icr?: undefined;
      readonly ocir?: undefined;
      readonly static?: undefined;
    }
  | {
      readonly ecr?: undefined;
      readonly gar?: undefined;
      readonly acr: AcrSpec;
      readonly icr?: undefined;
      readonly ocir?: undefined;
      readonly static?: undefined;
    }
  | {
      readonly ecr?: undefined;
      readonly gar?: undefined;
      readonly acr?: undefined;
      readonly icr: IcrSpec;
      readonly ocir?: undefined;
      readonly static?: undefined;
    }
  | {
      readonly ecr?: undefined;
      readonly gar?: undefined;
      readonly acr?: undefined;
      readonly icr?: undefined;
      readonly ocir: OcirSpec;
      readonly static?: undefined;
    }
  | {
      readonly ecr?: undefined;
      readonly gar?: undefined;
      readonly acr?: undefined;
      readonly icr?: undefined;
      readonly ocir?: undefined;
      readonly static: StaticSpec;
    };

/**
 * The role to assume for this prefix, instead of `ecr.assumeRole`: one credential can serve many accounts.
 */
export interface EcrAssumeRole {
  /**
   * ARN of the IAM role to assume.
   */
  readonly roleARN: string;
  /**
   * External id that the trust policy of the role asks for.
   */
  readonly externalID?: string;
  /**
   * Name of the session, as CloudTrail shows it. Default: made from the credential.
   */
  readonly sessionName?: string;
}
/**
 * One registry, or one part of it.
 */
export interface EcrRegistry {
  /**
   * An ECR host with an optional path, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team-a`, lower case, without scheme and final slash. The account may be `*` (`*.dkr.ecr.eu-west-1.amazonaws.com`): one key for all accounts of the region; such a prefix is not verified. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
  readonly assumeRole?: EcrAssumeRole;
  /**
   * Narrows the role to pulls of these repositories, by an inline session policy. Literal names with `*`. Needs `assumeRole` or `auth.workloadIdentity`. Whether AWS binds the published token to the session policy is unverified: do not rely on it alone to keep tenants apart.
   */
  readonly repositories?: readonly string[];
}
/**
 * The operator's own identity. For platform administrators only; a RegistryCredential has no such mode.
 */
export interface EcrAmbient {
  /**
   * `Workload`: the identity of the operator's ServiceAccount (IRSA, EKS Pod Identity). `Node`: the role of the node, from the instance metadata. There is no fallback from one to the other.
   */
  readonly source: 'Workload' | 'Node';
}
/**
 * The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.
 */
export interface ServiceAccountRef {
  /**
   * Name of a ServiceAccount in the operator's namespace.
   */
  readonly name: string;
}
/**
 * Web identity of a ServiceAccount (token audience `sts.amazonaws.com`). The trust policy of the role must allow the ServiceAccount.
 */
export interface EcrWorkloadIdentity {
  readonly serviceAccountRef: ServiceAccountRef;
  /**
   * ARN of the IAM role. Default: annotation `eks.amazonaws.com/role-arn` of the ServiceAccount.
   */
  readonly roleARN?: string;
}
/**
 * The Secret that holds the access keys.
 */
export interface SecretRef {
  /**
   * Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: "true"`. Secrets written by the operator are never inputs.
   */
  readonly name: string;
}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface EcrAccessKeyKeys {
  /**
   * Key of the access key id.
   */
  readonly accessKeyID: string;
  /**
   * Key of the secret access key.
   */
  readonly secretAccessKey: string;
  /**
   * Key of the session token; it may be absent from the Secret.
   */
  readonly sessionToken: string;
}
/**
 * Access keys of an IAM user, or temporary ones, in a Secret.
 */
export interface EcrAccessKey {
  readonly secretRef: SecretRef;
  readonly keys: EcrAccessKeyKeys;
}
/**
 * Amazon Elastic Container Registry, private (all partitions, FIPS, dual-stack) and public. Tokens live 12 hours. The region comes from the host.
 */
export interface EcrSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.
   */
  readonly registries: readonly EcrRegistry[];
  readonly auth: EcrAuth;
  readonly assumeRole?: EcrAssumeRole;
}
/**
 * One registry, or one part of it.
 */
export interface GarRegistry {
  /**
   * An Artifact Registry host with an optional path, such as `europe-docker.pkg.dev/team-a-prod`, lower case, without scheme and final slash. These hosts are shared by all projects: name the project in the path. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
}
/**
 * The operator's own identity (metadata server, GKE workload identity). For platform administrators only; a RegistryCredential has no such mode.
 */
export interface GarAmbient {}
/**
 * The GKE cluster's own workload identity pool. Without `impersonate` the ServiceAccount's annotation `iam.gke.io/gcp-service-account` names the Google service account, if it is there.
 */
export interface GarGke {
  /**
   * Id of the project of the cluster, such as `my-project`.
   */
  readonly projectID: string;
  /**
   * Region or zone of the cluster, such as `europe-west1`.
   */
  readonly location: string;
  /**
   * Name of the cluster.
   */
  readonly clusterName: string;
}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface GarServiceAccountKeyKeys {
  /**
   * Key of the JSON key file.
   */
  readonly keyFile: string;
}
/**
 * Key file of a Google service account, in a Secret. Only named fields of the JSON are read; files that name URLs, files or commands are refused.
 */
export interface GarServiceAccountKey {
  readonly secretRef: SecretRef;
  readonly keys: GarServiceAccountKeyKeys;
}
/**
 * A Google service account to act as, on top of `auth`.
 */
export interface GarImpersonate {
  /**
   * E-mail address of the service account.
   */
  readonly serviceAccountEmail: string;
  /**
   * Life of the tokens. More than 3600 needs an organisation policy that allows it.
   */
  readonly lifetimeSeconds: number;
}
/**
 * Google Artifact Registry, and the gcr.io names that it serves. Tokens live one hour.
 */
export interface GarSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.
   */
  readonly registries: readonly GarRegistry[];
  readonly auth: GarAuth;
  readonly impersonate?: GarImpersonate;
}
/**
 * One registry, or one part of it.
 */
export interface AcrRegistry {
  /**
   * An Azure registry with an optional path, such as `teama.azurecr.io`, lower case, without scheme and final slash; also `.cn`, `.us`, domain name label (`teama-abc123.azurecr.io`) and regional (`teama.westeurope.geo.azurecr.io`) names. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
  /**
   * Publishes a token that can pull these repositories only; exact names, without globs.
   */
  readonly repositories?: readonly string[];
}
/**
 * The operator's own identity. For platform administrators only; a RegistryCredential has no such mode.
 */
export interface AcrAmbient {
  /**
   * `Workload`: Entra workload identity of the operator's ServiceAccount. `Node`: a managed identity of the node, from the instance metadata. There is no fallback from one to the other.
   */
  readonly source: 'Workload' | 'Node';
  /**
   * The Entra tenant. Default: what the environment says.
   */
  readonly tenantID?: string;
  /**
   * Client id of the identity. Default: what the environment says; under `Node` the system-assigned identity.
   */
  readonly clientID?: string;
  /**
   * Azure resource id of a user-assigned managed identity; only with `source: Node`, instead of `clientID`.
   */
  readonly resourceID?: string;
}
/**
 * Entra workload identity of a ServiceAccount: the application needs a federated credential for it.
 */
export interface AcrWorkloadIdentity {
  readonly serviceAccountRef: ServiceAccountRef;
  /**
   * The Entra tenant. Default: annotation `azure.workload.identity/tenant-id` of the ServiceAccount.
   */
  readonly tenantID?: string;
  /**
   * Client id of the application. Default: annotation `azure.workload.identity/client-id` of the ServiceAccount.
   */
  readonly clientID?: string;
}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface AcrServicePrincipalKeys {
  /**
   * Key of the client id; read only where `clientID` is not set.
   */
  readonly clientID: string;
  /**
   * Key of the client secret.
   */
  readonly clientSecret: string;
}
/**
 * An application with a client secret, in a Secret.
 */
export interface AcrServicePrincipal {
  /**
   * The Entra tenant.
   */
  readonly tenantID: string;
  /**
   * Client id of the application. Default: from the Secret.
   */
  readonly clientID?: string;
  readonly secretRef: SecretRef;
  readonly keys: AcrServicePrincipalKeys;
}
/**
 * Azure Container Registry. Tokens live about three hours. Cloud and authority come from the suffix of the host.
 */
export interface AcrSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.
   */
  readonly registries: readonly AcrRegistry[];
  readonly auth: AcrAuth;
}
/**
 * One registry, or one part of it.
 */
export interface IcrRegistry {
  /**
   * An IBM Cloud registry with an optional path that begins with the registry namespace, such as `de.icr.io/platform`, lower case, without scheme and final slash. The entitled registry `cp.icr.io` takes the provider `static`. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface IcrApiKeyKeys {
  /**
   * Key of the API key.
   */
  readonly apiKey: string;
}
/**
 * An IBM Cloud API key in a Secret. It is exchanged for short-lived tokens and never published itself.
 */
export interface IcrApiKey {
  readonly secretRef: SecretRef;
  readonly keys: IcrApiKeyKeys;
}
/**
 * IBM Cloud Container Registry. What is published are IAM tokens that live one hour at most.
 */
export interface IcrSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.
   */
  readonly registries: readonly IcrRegistry[];
  readonly auth: IcrAuth;
}
/**
 * One registry, or one part of it.
 */
export interface OcirRegistry {
  /**
   * An Oracle registry with an optional path that begins with the tenancy namespace, such as `fra.ocir.io/mytenancyns`, lower case, without scheme and final slash. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
}
/**
 * The instance principal of the node that the operator runs on. For platform administrators only; a RegistryCredential has no such mode.
 */
export interface OcirAmbient {}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface OcirSigningKeyKeys {
  /**
   * Key of the private key, PEM.
   */
  readonly privateKey: string;
  /**
   * Key of its passphrase; it may be absent from the Secret.
   */
  readonly passphrase: string;
}
/**
 * An API signing key of a user, in a Secret.
 */
export interface OcirSigningKey {
  /**
   * OCID of the tenancy.
   */
  readonly tenancyOCID: string;
  /**
   * OCID of the user.
   */
  readonly userOCID: string;
  /**
   * Fingerprint of the key: 16 pairs of hexadecimal digits.
   */
  readonly fingerprint: string;
  readonly secretRef: SecretRef;
  readonly keys: OcirSigningKeyKeys;
}
/**
 * Oracle Cloud Infrastructure Registry. Tokens live about one hour. The region comes from the host.
 */
export interface OcirSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.
   */
  readonly registries: readonly OcirRegistry[];
  readonly auth: OcirAuth;
}
/**
 * One registry, or one part of it.
 */
export interface StaticRegistry {
  /**
   * A registry as `HOST[:PORT]` with an optional path, such as `ghcr.io/team-a` or `registry.example.com:5000`, lower case, without scheme and final slash; `docker.io` is Docker Hub. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.
   */
  readonly prefix: string;
  /**
   * An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.
   */
  readonly verifyRepository?: string;
}
/**
 * A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg; the key follows the type. Entries that delegate to a credential helper are refused: a pull Secret can not run one.
 */
export interface StaticDockerConfig {
  readonly secretRef: SecretRef;
}
/**
 * Names of the keys in the Secret, where they differ from the defaults.
 */
export interface StaticBasicKeys {
  /**
   * Key of the user name; read only where `username` is not set.
   */
  readonly username: string;
  /**
   * Key of the password.
   */
  readonly password: string;
}
/**
 * A user name and a password (or token) in a Secret, for all of `registries`.
 */
export interface StaticBasic {
  /**
   * The user name. Default: from the Secret.
   */
  readonly username?: string;
  readonly secretRef: SecretRef;
  readonly keys: StaticBasicKeys;
}
/**
 * Logins that you already have, for any registry: a docker config, or a user name and a password. They are published as they are and do not refresh themselves; the annotation `regcred.dev/expires-at` (RFC 3339) on the Secret tells their end.
 */
export interface StaticSpec {
  /**
   * The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret. With `auth.dockerConfig` they pick entries of the source; left out, all of its entries are published. Needed with `auth.basic`.
   */
  readonly registries?: readonly StaticRegistry[];
  readonly auth: StaticAuth;
}
/**
 * One condition on one label.
 */
export interface LabelSelectorRequirement {
  /**
   * Key of the label.
   */
  readonly key: string;
  /**
   * `In` and `NotIn` compare with `values`; `Exists` and `DoesNotExist` take none. `NotIn` and `DoesNotExist` hold for namespaces without the label.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values for `In` and `NotIn`.
   */
  readonly values?: readonly string[];
}
/**
 * Chooses namespaces by their labels. It must not be empty.
 */
export interface LabelSelector {
  /**
   * Labels that the namespace must have, all of them.
   */
  readonly matchLabels?: {
    readonly [k: string]: string;
  };
  /**
   * Conditions on labels, all of which must hold.
   */
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}
/**
 * Namespaces that are left out, though `names` or `selector` chooses them.
 */
export interface NamespaceExclusion {
  /**
   * Names of namespaces; `*` stands for any number of characters.
   */
  readonly names?: readonly string[];
  readonly selector?: LabelSelector;
}
/**
 * The namespaces that receive the credential: those that `names` or `selector` chooses, without those that `exclude` chooses. Namespaces created later are served when they appear. System namespaces (`kube-*`) and the operator's own are only served when `names` holds them literally; a namespace labelled `regcred.dev/ignore: "true"` is left alone.
 */
export interface NamespaceSelection {
  /**
   * Names of namespaces; `*` stands for any number of characters. ["*"] is all. A name without a namespace is no error: it is served once created.
   */
  readonly names?: readonly string[];
  readonly selector?: LabelSelector;
  readonly exclude?: NamespaceExclusion;
}
/**
 * The ServiceAccounts whose `imagePullSecrets` name the pull Secret. Pods take it from there when they are created.
 */
export interface ServiceAccountSelection {
  /**
   * `Attach`: the name of the pull Secret is added to the `imagePullSecrets` of the ServiceAccounts. `None`: they are left alone, and pods name the Secret themselves or get it by an admission policy.
   */
  readonly policy: 'Attach' | 'None';
  /**
   * Names of ServiceAccounts; `*` stands for any number of characters. Names beyond what the installation permits are skipped and reported (`NotPermitted`).
   */
  readonly names: readonly string[];
  /**
   * ServiceAccounts that are left out, though `names` chooses them; `*` stands for any number of characters.
   */
  readonly exclude?: readonly string[];
}
/**
 * Labels and annotations for the pull Secret. Keys under `kubernetes.io/`, `k8s.io/` and `regcred.dev/` are reserved.
 */
export interface SecretTemplate {
  /**
   * Labels of the pull Secret.
   */
  readonly labels?: {
    readonly [k: string]: string;
  };
  /**
   * Annotations of the pull Secret.
   */
  readonly annotations?: {
    readonly [k: string]: string;
  };
}
/**
 * When tokens are issued again.
 */
export interface RefreshSpec {
  /**
   * Upper end of the window in which a token is issued again, in percent of its real remaining life. The window begins at four fifths of it, so that a fleet of credentials does not refresh at one moment.
   */
  readonly afterPercent: number;
}
/**
 * Whether a new token is tried at the registry before it is published.
 */
export interface VerificationSpec {
  /**
   * `Off`: no probe. `Warn`: the verdict is shown; a token proven invalid replaces a live good one only in its last tenth of life. `Require`: a token proven invalid is never published.
   */
  readonly mode: 'Off' | 'Warn' | 'Require';
}
/**
 * Which registry, which identity, and where the pull Secret goes.
 */
export interface CredentialSpec {
  readonly provider: ProviderSpec;
  readonly namespaces?: NamespaceSelection;
  readonly serviceAccounts: ServiceAccountSelection;
  /**
   * Name of the pull Secret. Several credentials with the same name share one Secret, as the kubelet would merge them. A name beyond what the installation permits is reported (`NotPermitted`).
   */
  readonly secretName: string;
  readonly secretTemplate?: SecretTemplate;
  readonly refresh: RefreshSpec;
  readonly verification: VerificationSpec;
  /**
   * Who wins where a RegistryCredential of a tenant publishes the same key. `Overridable`: the tenant, in its own namespace. `Enforced`: this credential; no RegistryCredential takes its keys, nor a longer path under them.
   */
  readonly precedence?: 'Overridable' | 'Enforced';
  /**
   * What happens where a Secret of that name exists and is not ours. `Fail`: it is left alone and reported. `Adopt`: we merge into it, if it is a docker config; its other hosts stay, also when we leave.
   */
  readonly conflictPolicy: 'Fail' | 'Adopt';
  /**
   * What happens to an entry whose token has expired and can not be renewed. An expired entry also blocks anonymous pulls of public images on its host. `Auto`: removed on hosts that allow anonymous pulls (Docker Hub, GHCR, Quay, public.ecr.aws, gcr.io, pkg.dev), kept elsewhere. `Keep`, `Remove`: everywhere.
   */
  readonly expiryPolicy: 'Auto' | 'Keep' | 'Remove';
  /**
   * What happens to the pull Secrets when this credential is deleted. `Delete`: its entries are removed after a short grace. `Retain`: Secrets and entries stay and belong to you from then on; nobody refreshes them.
   */
  readonly deletionPolicy: 'Delete' | 'Retain';
  /**
   * true: no token is issued and nothing but the status is written, and a changed deletionPolicy into the markers; what is published stays. Deletion still cleans up.
   */
  readonly suspend: boolean;
}
/**
 * One aspect of the state.
 */
export interface Condition {
  /**
   * What the condition is about.
   */
  readonly type: string;
  /**
   * True, False or Unknown.
   */
  readonly status: 'True' | 'False' | 'Unknown';
  /**
   * The generation of the spec that the condition speaks of.
   */
  readonly observedGeneration?: number;
  /**
   * When `status` changed last.
   */
  readonly lastTransitionTime: string;
  /**
   * Why, in one word of a closed set.
   */
  readonly reason: string;
  /**
   * Why, in a sentence, and what to do.
   */
  readonly message: string;
}
/**
 * The state of one prefix.
 */
export interface RegistryStatus {
  /**
   * The prefix, as in the spec or in the source.
   */
  readonly prefix: string;
  /**
   * Who the token speaks for; for display.
   */
  readonly principal?: string;
  /**
   * When the token in use was issued.
   */
  readonly issueTime?: string;
  /**
   * When the token in use expires; absent if it does not.
   */
  readonly expirationTime?: string;
  /**
   * What the registry said to the token: a reason of `Verified`.
   */
  readonly verdict?: string;
  /**
   * How the token stands: a reason of `TokenIssued`.
   */
  readonly reason?: string;
}
/**
 * How many namespaces are served.
 */
export interface NamespaceCounts {
  /**
   * Live namespaces that are selected.
   */
  readonly selected?: number;
  /**
   * Of these, with everything in place.
   */
  readonly synced?: number;
  /**
   * Of these, where something failed.
   */
  readonly failed?: number;
  /**
   * `synced/selected`, for the printer column.
   */
  readonly summary?: string;
}
/**
 * What failed in one namespace.
 */
export interface NamespaceFailure {
  /**
   * The namespace.
   */
  readonly name: string;
  /**
   * Why, in one word: a reason of `Synced`.
   */
  readonly reason: string;
  /**
   * Why, in a sentence, and what to do.
   */
  readonly message: string;
}
/**
 * What the operator did, and what it could not do.
 */
export interface CredentialStatus {
  /**
   * The generation of the spec that this status speaks of; -1 until the operator has seen it.
   */
  readonly observedGeneration?: number;
  /**
   * The provider in use.
   */
  readonly provider?: string;
  /**
   * `Ready`: a live token is held. `TokenIssued`: the last issue. `Verified`: what the registries say to the token. `Synced`: every selected namespace has its pull Secret. `Shadowed`: another credential wins a key of this one. `Stalled`, only while True: a change of the spec is needed.
   */
  readonly conditions?: readonly Condition[];
  /**
   * The earliest expiry of all tokens in use; absent where they do not expire.
   */
  readonly expirationTime?: string;
  /**
   * When tokens are issued again.
   */
  readonly nextRefreshTime?: string;
  /**
   * The value of the annotation `regcred.dev/refresh` that was acted on last.
   */
  readonly lastHandledRefresh?: string;
  /**
   * One line per prefix: which region or role is broken, without logs.
   */
  readonly registries?: readonly RegistryStatus[];
  readonly namespaces?: NamespaceCounts;
  /**
   * What failed where: the first ten namespaces by name.
   */
  readonly failures?: readonly NamespaceFailure[];
}

/** The name of a provider, as `spec.provider` spells it. */
export type ProviderName = 'ecr' | 'gar' | 'acr' | 'icr' | 'ocir' | 'static';

/** What each provider is told. Wide enough for both kinds: `auth.ambient` is possible in the cluster kind only. */
export interface ProviderSpecs {
  readonly ecr: EcrSpec;
  readonly gar: GarSpec;
  readonly acr: AcrSpec;
  readonly icr: IcrSpec;
  readonly ocir: OcirSpec;
  readonly static: StaticSpec;
}

/** As much of `metadata` as is read of a credential. */
export interface CredentialMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** For tenants: writes into its own namespace, reads its inputs there. */
export interface RegistryCredential {
  readonly apiVersion: 'regcred.dev/v1alpha1';
  readonly kind: 'RegistryCredential';
  readonly metadata: CredentialMetadata;
  readonly spec: CredentialSpec;
  readonly status?: CredentialStatus;
}

/** For platform administrators: writes into the namespaces it selects, reads its inputs in the operator's. */
export interface ClusterRegistryCredential {
  readonly apiVersion: 'regcred.dev/v1alpha1';
  readonly kind: 'ClusterRegistryCredential';
  readonly metadata: CredentialMetadata;
  readonly spec: ClusterCredentialSpec;
  readonly status?: CredentialStatus;
}

/** The spec of the cluster kind: with what the other kind can not say. */
export type ClusterCredentialSpec = CredentialSpec & Required<Pick<CredentialSpec, 'namespaces' | 'precedence'>>;
