// What the stub of AWS knows: keys, roles, and the tokens that it gave.
import type { Issuer } from './issuer.ts';

/** A long-lived key of a user. */
export interface AwsUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  /** Default: all that tokens need. */
  readonly mayGetTokens?: boolean;
}

export interface AwsRole {
  readonly arn: string;
  /** Subjects of ServiceAccount tokens, such as system:serviceaccount:team-a:puller. */
  readonly trustedSubjects?: readonly string[];
  /** ARNs of callers; `*` is everybody. */
  readonly trustedCallers?: readonly string[];
  readonly externalId?: string;
  readonly mayGetTokens?: boolean;
}

/** Keys that sign. */
export interface Grant {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** User, or role session. */
  readonly arn: string;
  /** What trust policies name: the user, or the role of the session. */
  readonly principal: string;
  readonly mayGetTokens: boolean;
  readonly expiresAt?: Date;
}

export interface AwsOptions {
  readonly port?: number;
  readonly tls?: boolean;
  readonly users?: readonly AwsUser[];
  readonly roles?: readonly AwsRole[];
  /** The cluster whose ServiceAccount tokens are known; none: no OIDC provider. */
  readonly issuer?: Pick<Issuer, 'url' | 'verify'>;
  /** Client ids of the OIDC provider. */
  readonly audiences?: readonly string[];
  readonly disabledRegions?: readonly string[];
  /** Life of registry tokens. */
  readonly lifeMs?: number;
  readonly now?: () => Date;
  /** Pod Identity: what the token file of the pod holds, and the role behind it. */
  readonly podIdentity?: { readonly authorization: string; readonly roleArn: string };
  /** Instance metadata: the name of the node's role. */
  readonly nodeRole?: string;
}

export interface AwsState {
  readonly options: AwsOptions;
  readonly grants: Map<string, Grant>;
  readonly roles: Map<string, AwsRole>;
  /** Password -> its end and owner. */
  readonly tokens: Map<string, { readonly expiresAt: Date; readonly arn: string; readonly region: string }>;
  readonly metadataSessions: Set<string>;
  readonly sessionPolicies: string[];
  now(): Date;
}

export function createState(options: AwsOptions): AwsState {
  const users = (options.users ?? []).map((user): [string, Grant] => [user.accessKeyId, grantOf(user)]);
  return {
    options,
    grants: new Map(users),
    roles: new Map((options.roles ?? []).map((role) => [role.arn, role])),
    tokens: new Map(),
    metadataSessions: new Set(),
    sessionPolicies: [],
    now: options.now ?? (() => new Date()),
  };
}

/** A user's own keys. */
export function grantOf(user: AwsUser): Grant {
  return { ...user, principal: user.arn, mayGetTokens: user.mayGetTokens ?? true };
}
