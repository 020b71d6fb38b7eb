// The wiring of the credential story: its calls to providers, its stored tokens, its metrics and Events.
import type { Logger } from './lib/logger.ts';
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
    noticed: new Map(),
    metrics: {
      exchanged: (provider, result) => metrics.tokenRefresh(provider, result),
      skewed: tellingSkew(metrics, shared.logger),
      expiry: (credential, expiresAt) => expiresAt && metrics.tokenExpiry(labelsOf(credential), expiresAt),
      forget: (key) => metrics.removeCredential(labelsOf(parseCredentialKey(key))),
    },
  };
}

/** Once for each provider and change: who knows that a clock is wrong can mend it. */
function tellingSkew(metrics: Metrics, logger: Logger): CredentialStoryPorts['metrics']['skewed'] {
  const skewed = new Set<string>();
  return (provider, aheadMs) => {
    const seconds = Math.round(aheadMs / 1000);
    metrics.providerClockSkew(provider, seconds);
    if (seconds === 0) skewed.delete(provider);
    else if (!skewed.has(provider)) {
      skewed.add(provider);
      logger.warn("The clocks of this node and of a provider differ; check this node's", { provider, seconds });
    }
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
