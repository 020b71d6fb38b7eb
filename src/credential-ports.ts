// The wiring of the credential story: its calls to providers, its stored tokens, its metrics and Events.
import type { Metrics } from './lib/metrics-port.ts';
import { storeKey } from './kube/store.ts';
import type { Outside } from './outside.ts';
import { refusedList } from './probes.ts';
import { bind } from './providers/bind.ts';
import type { ProviderContext, ProviderRegistry } from './providers/provider.ts';
import { createExchanges } from './reconcile/credential/exchanges.ts';
import { regardingOf } from './reconcile/credential/report.ts';
import { createSavedTokens } from './reconcile/credential/saved-tokens.ts';
import type { SavedTokens } from './reconcile/credential/saved-tokens.ts';
import type { CredentialStoryPorts } from './reconcile/credential/story.ts';
import { createVerifications } from './reconcile/credential/verifications.ts';
import { parseCredentialKey } from './reconcile/keys.ts';
import type { CredentialKey, CredentialName } from './reconcile/keys.ts';
import { createFights } from './reconcile/namespace/fights.ts';
import type { CommonPorts, DepartedPort, EventRecorder, Verifier } from './reconcile/ports.ts';
import type { Watched } from './watched.ts';

/** What the composition root has already made, and shares with others. */
export interface CredentialWiring
  extends
    CommonPorts,
    Pick<
      CredentialStoryPorts,
      'tokens' | 'outcomes' | 'events' | 'wakeNamespaces' | 'issueDeadlineMs' | 'configuration'
    > {
  readonly watched: Watched;
  readonly verifier: Verifier;
  readonly providers: ProviderRegistry;
  readonly outside: Outside['context'] & Partial<ProviderContext>;
  readonly departed: DepartedPort;
  readonly metrics: Metrics;
  readonly wake: (key: CredentialKey) => void;
}

export function createCredentialPorts({
  watched,
  providers,
  departed,
  metrics,
  verifier,
  wake,
  ...shared
}: CredentialWiring): CredentialStoryPorts {
  return {
    ...shared,
    bind: (name, spec) => bind(providers, name, spec),
    inputVersion: (name) => watched.inputs.get(storeKey(shared.installation, name))?.resourceVersion,
    rememberCredential: watched.rememberCredential,
    lastCounts: new Map(),
    unanswered: new Map(),
    fights: createFights(shared.clock),
    forbidden: () => refusedList(watched.reflectors),
    exchanges: createExchanges({
      clock: shared.clock,
      wake,
      inflight: (provider, change) => metrics.providerInflight(provider, change),
    }),
    verifications: createVerifications({ clock: shared.clock, verifier, wake }),
    saved: savedTokens({ ...shared, watched, departed, metrics }),
    due: new Map(),
    warned: new Map(),
    metrics: {
      refreshed: (provider, result) => metrics.tokenRefresh(provider, result === 'success' ? 'success' : 'error'),
      expiry: (credential, expiresAt) => expiresAt && metrics.tokenExpiry(labelsOf(credential), expiresAt),
      forget: (key) => metrics.removeCredential(labelsOf(parseCredentialKey(key))),
    },
  };
}

interface SavedWiring extends Pick<CredentialWiring, 'client' | 'clock' | 'watched' | 'departed' | 'metrics'> {
  readonly installation: string;
  readonly events: EventRecorder;
}

function savedTokens({ client, clock, installation, watched, departed, metrics, events }: SavedWiring): SavedTokens {
  return createSavedTokens({
    client,
    clock,
    operatorNamespace: installation,
    secrets: watched.inputs,
    remember: watched.rememberInput,
    forget: watched.inputGone,
    departed,
    discarded: (credential, name) => {
      metrics.syncError('StoredTokenDiscarded');
      events.record({
        regarding: regardingOf(credential),
        type: 'Warning',
        reason: 'StoredTokenDiscarded',
        action: 'TokenIssued',
        note: `Secret "${name}" is no stored token of this credential; a new token is issued`,
      });
    },
    failed: () => metrics.syncError('StoredTokenNotWritten'),
  });
}

/** Exactly the labels of a credential's series: the metrics library refuses any other. */
function labelsOf({ kind, namespace = '', name }: CredentialName): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  return { kind, namespace, name };
}
