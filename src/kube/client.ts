// The port to the API server: the few verbs the operator uses, and errors that say what to do (reference: the Kubernetes
// API conventions, "Response Status Kind"). transport.ts implements it over HTTP.
import type { Resource } from '../api/names.ts';
import { ruleFor } from './rbac-rule.ts';

/** Metadata as the API server sends it; only what we read is named. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
  readonly managedFields?: readonly { readonly manager?: string; readonly fieldsV1?: unknown }[];
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Names one object. `namespace` is there exactly when the resource is namespaced. */
export interface ObjectRef {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
}

/** The version of an object that a decision was made on. Every write of an existing object sends both. */
export interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string; // absent: all namespaces
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly limit?: number;
  readonly continueToken?: string;
}

export interface ListPage {
  readonly resourceVersion: string;
  readonly continueToken?: string;
  readonly items: readonly KubeObject[];
}

export interface WatchOptions extends CallOptions {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  /** Called when the server has accepted the watch, before any event. */
  readonly onOpen?: () => void;
  /** This very version is known: its event is told without the object. */
  readonly isKnown?: (version: Version) => boolean;
}

/** Which object, and which version of it. */
export interface Version extends Seen {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export type WatchEvent =
  | { readonly type: 'KNOWN'; readonly resourceVersion: string }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly error: KubeError };

export interface KubeClient {
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject>;
  list(resource: Resource, options?: ListOptions): Promise<ListPage>;
  /** Events until the server closes the stream cleanly; throws a KubeError when it could not start or broke. Bookmarks are asked for. */
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** POST. With dryRun nothing is stored, but admission decides. */
  create(
    resource: Resource,
    namespace: string | undefined,
    body: object,
    options?: CallOptions & { readonly dryRun?: true },
  ): Promise<KubeObject>;
  /** POST to the subresource `token` of a ServiceAccount. */
  requestToken(ref: ObjectRef, body: object, options?: CallOptions): Promise<KubeObject>;
  /** Merge patch (RFC 7386) that carries `seen` as uid and resourceVersion; patches of Events leave it out. */
  patch(
    ref: ObjectRef,
    seen: Seen | undefined,
    body: object,
    options?: CallOptions & { readonly subresource?: 'status' },
  ): Promise<KubeObject>;
  /** PUT: for the Lease alone, whose flow schema knows get, create and update only. */
  replace(ref: ObjectRef, body: object, options?: CallOptions): Promise<KubeObject>;
  /** DELETE with both preconditions. */
  delete(ref: ObjectRef, seen: Seen, options?: CallOptions): Promise<void>;
}

/**
 * What an answer means, by code, reason and details:
 * - `NotFound`: a Status with `details.name`: this object does not exist (the only proof of absence)
 * - `NotServed`: a 404 without `details.name`: the kind is not served, which proves nothing
 * - `NamespaceGone`: 403 with cause NamespaceTerminating, or 404 with details.kind "namespaces"
 * - `AlreadyExists`, `Conflict` (409; 422 with cause field metadata.uid; a quota's own race is `Unavailable`)
 * - `Expired` (410), `TooManyRequests` (429), `Unauthorized` (401), `Forbidden` (403, RBAC), `QuotaExceeded` (403)
 * - `AdmissionDenied`: a policy or webhook refused; `Invalid`: 422 else; `TooLarge`: 413; `BadRequest`: 400, 415
 * - `Unavailable`: 5xx; `Unknown`: a write whose result nobody knows (reset after sending, 504, deadline)
 * - `Unreachable`: the request never got out (DNS, refused, TLS); `Malformed`: an answer that is no JSON object
 * - `Fenced`: the write fence said no, nothing was sent; `Aborted`: the caller's signal
 */
export type KubeErrorKind =
  | 'NotFound'
  | 'NotServed'
  | 'NamespaceGone'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Expired'
  | 'TooManyRequests'
  | 'Unauthorized'
  | 'Forbidden'
  | 'QuotaExceeded'
  | 'AdmissionDenied'
  | 'Invalid'
  | 'TooLarge'
  | 'BadRequest'
  | 'Unavailable'
  | 'Unknown'
  | 'Unreachable'
  | 'Malformed'
  | 'Fenced'
  | 'Aborted';

export interface KubeErrorFacts {
  readonly kind: KubeErrorKind;
  /** HTTP status, 0 where there was none. */
  readonly status: number;
  /** "patch secrets \"regcred-managed\" in namespace \"team-a\"": our own words, safe to show. */
  readonly request: string;
  /** The server's text, at most 256 printable characters, for people; may quote names, never data. Empty for 5xx and HTML. */
  readonly detail?: string;
  /** `details.causes[].field` of the Status. */
  readonly causeFields?: readonly string[];
  readonly retryAfterMs?: number;
  /** The continue token that a 410 on a list page brings. */
  readonly continueToken?: string;
}

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  readonly status: number;
  readonly request: string;
  readonly detail: string;
  readonly causeFields: readonly string[];
  readonly retryAfterMs: number | undefined;
  readonly continueToken: string | undefined;
  /** Of `Forbidden`: the RBAC rule that would allow it; else empty. */
  readonly rule: string;

  constructor(facts: KubeErrorFacts, options?: ErrorOptions) {
    super(messageOf(facts), options);
    this.kind = facts.kind;
    this.status = facts.status;
    this.request = facts.request;
    this.detail = facts.detail ?? '';
    this.causeFields = facts.causeFields ?? [];
    this.retryAfterMs = facts.retryAfterMs;
    this.continueToken = facts.continueToken;
    this.rule = ruleOf(facts);
  }
}

export function isKubeError(thrown: unknown, ...kinds: readonly KubeErrorKind[]): thrown is KubeError {
  return thrown instanceof KubeError && (kinds.length === 0 || kinds.includes(thrown.kind));
}

function messageOf(facts: KubeErrorFacts): string {
  const { kind, status, request, detail } = facts;
  const http = status === 0 ? '' : ` (HTTP ${status})`;
  const said = detail ? `; ${detail}` : '';
  const rule = ruleOf(facts);
  return `Cannot ${request}: ${kind}${http}${said}${rule && `; a role must hold ${rule}`}`;
}

function ruleOf({ kind, request }: KubeErrorFacts): string {
  return kind === 'Forbidden' ? ruleFor(request) : '';
}
