// What the story of one credential asks of the outside, beside what all stories ask (../ports.ts).
import type { ProviderName, ProviderSpecs } from '../../api/registry-credential.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { BoundProvider, ProviderContext } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialKey } from '../keys.ts';
import type { CommonPorts, EventRecorder, FightsPort, MissingRight, OutcomesOf } from '../ports.ts';
import type { Due } from './due.ts';
import type { Exchanges } from './exchanges.ts';
import type { SavedTokens } from './saved-tokens.ts';
import type { Verifications } from './verifications.ts';

/** What the credential story needs beside the stores. */
export interface CredentialPorts extends CommonPorts {
  readonly events: EventRecorder;
  readonly outcomes: OutcomesOf;
  /** Undefined: this operator has no such provider. */
  readonly bind: <Name extends ProviderName>(name: Name, spec: ProviderSpecs[Name]) => BoundProvider | undefined;
  /** resourceVersion of a Secret in the operator's namespace, for noticing changed inputs. */
  readonly inputVersion: (name: string) => string | undefined;
  /** Wakes the namespaces that this credential covers, or whose marker names it; low priority. */
  readonly wakeNamespaces: (credential: Credential) => void;
  /** Puts the answer to a status patch into the store before its event comes. */
  readonly rememberCredential: (object: KubeObject) => void;
  /** By UID, monotonic: when the counts in status were written last. */
  readonly lastCounts: Map<string, number>;
  /** Whoever else writes the status of a credential. */
  readonly fights: FightsPort;
  /** What every run needs and the API server refuses; undefined: nothing. */
  readonly forbidden: () => MissingRight | undefined;
  /** Hash of the part of the configuration that decides what a provider is asked, and where. */
  readonly configuration: string;
  readonly exchanges: Exchanges;
  readonly saved: SavedTokens;
  readonly verifications: Verifications;
  readonly issueDeadlineMs: number;
  /** By UID: issues that are due and wait for their answer. */
  readonly due: Map<string, Due>;
  /** By UID: the expiry that a Warning was told about. */
  readonly warned: Map<string, number>;
  /** By UID: the notices that were told, and still hold. */
  readonly noticed: Map<string, ReadonlySet<string>>;
  /** Everything outside of the cluster that a provider may use. */
  readonly outside: Pick<ProviderContext, 'fetch' | 'metadata' | 'endpoint' | 'environment' | 'readFile'>;
  readonly metrics: {
    /** A provider was asked for a token, and this came of it. */
    exchanged(provider: string, result: 'success' | 'error'): void;
    /** What the clock of a provider says, by the `Date` of its answers. */
    skewed(provider: string, aheadMs: number): void;
    expiry(credential: Credential, expiresAt: Date | undefined): void;
    forget(key: CredentialKey): void;
  };
}
