// The port that every provider answers: name the inputs, exchange them for registry tokens. Read static.ts next.
import type { FailureReason } from '../api/reasons.ts';
import type { ProviderName, ProviderSpecs } from '../api/registry-credential.ts';
import type { Sensitive } from '../lib/sensitive.ts';
import type { ServiceName } from './endpoints.ts';

/** What issue() needs from the cluster, always in the credential's home namespace: there is no namespace to name. */
export type InputRef =
  | { readonly kind: 'SecretKey'; readonly name: string; readonly key: string; readonly optional?: true }
  /** The docker config of a Secret: the key follows the Secret's type (dockerconfigjson, dockercfg). */
  | { readonly kind: 'DockerConfig'; readonly name: string }
  | { readonly kind: 'ServiceAccountToken'; readonly name: string; readonly audience: string }
  | {
      readonly kind: 'ServiceAccountAnnotation';
      readonly name: string;
      readonly annotation: string;
      readonly optional?: true;
    }
  | { readonly kind: 'AmbientIdentity' }; // the operator's own: refused for the namespaced kind, resolves to nothing

/** A login for one or more prefixes. */
export interface RegistryToken {
  readonly kind: 'token';
  readonly prefixes: readonly string[]; // as in the spec (or the source): HOST or HOST/PATH, lower case, no scheme
  readonly username: string;
  readonly password: Sensitive;
  readonly expiresAt: Date | null; // null: does not expire
  readonly expirySource: 'response' | 'jwt' | 'requested' | 'nominal' | 'none';
  readonly principal: string | null; // for display: ARN, e-mail, client id
}

/** Why there is no token for some prefixes. The reason's message template is filled with the facts. */
export interface IssueFailure {
  readonly kind: 'failure';
  readonly prefixes: readonly string[]; // [] where the source names none: the whole credential
  readonly reason: FailureReason; // a key of api/reasons.ts
  readonly facts: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

/** Something dropped or assumed on the way; shown as a Warning event once, never a failure. */
export interface IssueWarning {
  readonly kind: 'warning';
  readonly message: string;
}

export type IssueResult = RegistryToken | IssueFailure | IssueWarning;

/** Everything outside the process that a provider may use. */
export interface ProviderContext {
  /** The guarded client: https, deadline, size cap, no redirects, checked addresses. SDKs get it injected. */
  readonly fetch: typeof globalThis.fetch;
  /** The same for metadata addresses alone (http, link-local, never through a proxy): ambient modes. */
  readonly metadata: typeof globalThis.fetch;
  /** The operator's configuration, never a credential's; undefined: the cloud's own. */
  readonly endpoint: (service: ServiceName) => URL | undefined;
  /** The operator's environment and files (token files, key files): ambient modes alone. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<string>;
  /** Whose credential this is: for session names and messages. `namespace` is the home namespace. */
  readonly credential: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /**
   * A step that groups have in common, such as a token of the identity: made once for all groups that are asked together.
   * The name says all that tells it from other steps of the same spec and inputs.
   */
  readonly share: <Value>(step: SharedStep, make: () => Promise<Value>) => Promise<Value>;
}

export interface SharedStep {
  readonly name: string;
  /** Another one than the group's, with limits of its own; absent: the step is a part of the group's call. */
  readonly endpoint?: string;
}

export interface IssueRequest<Spec, Input extends string> {
  readonly spec: Spec;
  readonly inputs: Readonly<Partial<Record<Input, Sensitive>>>;
  readonly context: ProviderContext;
}

/** Prefixes that one token serves, however many credentials name them. */
export interface TokenGroup {
  readonly prefixes: readonly string[];
  /** What beside spec and inputs tells its token apart: a region, a host, a role of its own. */
  readonly scope: string;
  /** Whom the call goes to, for its limits; absent: the provider has one endpoint. */
  readonly endpoint?: string;
}

export interface Provider<Spec, Input extends string = string> {
  // methods, so that a narrower Input still fits
  /** Pure: names what issue() will need. */
  inputs(spec: Spec): Partial<Record<Input, InputRef>>;
  /** Asks nobody: its tokens are its inputs. No call is shared, limited or waited for, and nothing is stored. */
  readonly offline?: true;
  /** Pure: one group a call. Absent: one call for the whole spec, shared with equal specs only. */
  groups?(spec: Spec): readonly TokenGroup[];
  /** Exchanges spec and inputs for tokens. Failures are values: one bad region does not hide the others. */
  issue(request: IssueRequest<Spec, Input>): Promise<readonly IssueResult[]>;
}

/** A provider with its spec: what the credential story holds. */
export interface BoundProvider {
  inputs(): Partial<Record<string, InputRef>>;
  readonly offline: boolean;
  groups(): readonly TokenGroup[] | undefined;
  /** `prefixes`: of one group; absent: all. */
  issue(
    request: Omit<IssueRequest<never, string>, 'spec'>,
    prefixes?: readonly string[],
  ): Promise<readonly IssueResult[]>;
}

/** The providers that this operator has; one that is missing answers ProviderNotAvailable. */
export type ProviderRegistry = { readonly [Name in ProviderName]?: Provider<ProviderSpecs[Name]> };
