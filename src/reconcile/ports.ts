// What the two stories ask of the outside, as types. operator.ts puts the real things in; tests put in their own.
import type { SyncedReason } from '../api/reasons.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { AuthEntry } from '../lib/docker-config.ts';
import type { CallOptions, KubeClient, KubeObject } from '../kube/client.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../kube/slim.ts';
import type { ReadStore } from '../kube/store.ts';
import type { InTurn, RegistryVerdict } from '../verification/verify.ts';
import type { Permissions } from './coverage.ts';
import type { Credential } from './credential.ts';
import type { CredentialKey, NamespaceKey } from './keys.ts';

/** One login, ready to be written: what namespace runs see of a token. */
export interface PublishedEntry {
  /** Canonical: HOST or HOST/PATH, Docker Hub as docker.io. */
  readonly key: string;
  readonly entry: AuthEntry;
  /** `entryHash(entry)`. */
  readonly hash: string;
  readonly expiresAt: Date | null;
  /** Of a namespaced credential's token, for the marker: what a restart may take it back by. */
  readonly record?: TokenRecord;
}

/** What is known of a token beside its bytes. */
export interface TokenRecord {
  /** The key of the identity it was issued for: provider, spec, inputs, configuration. */
  readonly identity: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly assumed: boolean;
}

/** What a credential has to publish now; absent from the cache: not known yet, so its keys are carried over. */
export interface Published {
  readonly entries: readonly PublishedEntry[];
  /** Canonical keys whose issue fails and whose login we do not hold: what stands in the Secrets is carried over. */
  readonly waiting: readonly string[];
  /** Equal exactly when keys, bytes and expiries are equal. */
  readonly hash: string;
}

export interface TokenCache {
  /** By the credential's UID. */
  published(uid: string): Published | undefined;
}

/** A key that a credential covers and lost, for its condition Shadowed. */
export interface ShadowedKey {
  readonly key: string;
  readonly winner: string;
  readonly reason: 'Enforced' | 'HigherPrecedence';
}

/** What became of one namespace, as one of its credentials sees it. */
export interface NamespaceOutcome {
  readonly failure: { readonly reason: FailureOfNamespace; readonly message: string } | undefined;
  readonly shadowed: readonly ShadowedKey[];
  /** Keys of its secretTemplate that a stronger credential sets otherwise. */
  readonly overruled: readonly string[];
}
export type FailureOfNamespace = Exclude<SyncedReason, 'Synced' | 'Suspended' | 'Pending'>;

/** Read from the local stores: no API calls. */
export interface Stores {
  readonly credentials: ReadStore<Credential>;
  readonly namespaces: ReadStore<SlimNamespace>;
  readonly serviceAccounts: ReadStore<SlimServiceAccount>;
  readonly secrets: ReadStore<SlimSecret>;
}

/** Puts an answer of the API server into the stores before its event comes, so that our own writes are not news to us. */
export interface Remember {
  secret(object: KubeObject): SlimSecret;
  secretGone(namespace: string, name: string): void;
  serviceAccount(object: KubeObject): SlimServiceAccount;
  serviceAccountGone(namespace: string, name: string): void;
}

/** What the API server refuses us. */
export interface MissingRight {
  readonly verb: string;
  readonly object: string;
  /** The RBAC rule that would allow it. */
  readonly rule: string;
}

export interface CommonPorts {
  readonly permissions: Permissions;
  /** Written into every marker: another installation's Secrets are foreign. */
  readonly installation: string;
  readonly stores: Stores;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a credential stands that a marker names and the store does not hold. */
export type Departure = 'departing' | 'gone';

export interface DepartedPort {
  /**
   * `departing` until the grace is over and a live 404 (or another UID) proved it `gone`; `waitMs`: when to ask again.
   * Never throws: what can not be proven stays `departing`.
   */
  ask(
    credential: { readonly uid: string } & Pick<Credential, 'kind' | 'namespace' | 'name'>,
    options: CallOptions,
  ): Promise<{ readonly departure: Departure; readonly waitMs: number }>;
}

/** Counts how often we write the same thing again, so that a fight with another writer stays slow. */
export interface FightsPort {
  /** Milliseconds to wait before restoring again; 0: go on. `content` tells a restore from a new content. */
  waitMs(object: string, content: string): number;
  wrote(object: string, content: string): void;
}

/** The Secrets that this process made, by UID: the younger of them. */
export interface MadePort {
  has(uid: string): boolean;
  add(uid: string): void;
}

export interface OutcomesPort {
  record(namespace: SlimNamespace, outcomes: ReadonlyMap<CredentialKey, NamespaceOutcome>): void;
  forget(namespace: NamespaceKey): void;
}

/** What became of a namespace, for one credential; undefined: nothing is known yet, or the credential does not cover it. */
export type OutcomesByNamespace = Pick<ReadonlyMap<string, NamespaceOutcome>, 'get'>;

export interface OutcomesOf {
  of(key: CredentialKey): OutcomesByNamespace;
  /** Before a changed spec is worked on: what is known belongs to the old one. */
  reset(key: CredentialKey): void;
}

export interface EventRecorder {
  record(event: {
    readonly regarding: {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly namespace?: string;
      readonly uid: string;
    };
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  }): void;
}

export type { InTurn, RegistryVerdict };

/** A login to try at its registry. */
export interface VerifyRequest {
  readonly credential: Credential;
  readonly login: {
    /** As in the spec. */
    readonly prefix: string;
    readonly entry: AuthEntry;
    readonly principal: string | null;
    /** `registries[].verifyRepository` of the prefix. */
    readonly repository: string | undefined;
  };
  /** Around each try: a registry is asked a few at a time. */
  readonly turn: InTurn;
  readonly signal: AbortSignal;
}

export interface Verifier {
  /** Undefined: not tried. It never throws. */
  verify(request: VerifyRequest): Promise<RegistryVerdict | undefined>;
}
