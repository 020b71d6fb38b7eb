// Everything that is watched: a store for each kind, the reflectors that fill them, and how the answers to our own writes
// are put in before their events come.
import { RESOURCE } from './api/names.ts';
import type { CredentialKind } from './api/names.ts';
import type { PermittedNames } from './api/permitted-names.ts';
import type { Config } from './config.ts';
import type { KubeClient, KubeObject } from './kube/client.ts';
import { createListGate } from './kube/list-gate.ts';
import { createReflector } from './kube/reflector.ts';
import type { Reflector, ReflectorOptions } from './kube/reflector.ts';
import { slimNamespace, slimSecret, slimServiceAccount } from './kube/slim.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from './kube/slim.ts';
import { createStore, storeKey } from './kube/store.ts';
import type { Change, Storable, Store } from './kube/store.ts';
import { unionOf } from './kube/union-store.ts';
import type { UnionStore } from './kube/union-store.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics-port.ts';
import { isSameEdition, readCredential } from './reconcile/credential.ts';
import type { Credential } from './reconcile/credential.ts';
import { credentialStore } from './reconcile/credential-store.ts';
import type { Remember, Stores } from './reconcile/ports.ts';

export interface WatchedOptions {
  readonly config: Pick<Config, 'namespace' | 'secretNames' | 'serviceAccountNames'>;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The stores, by what is watched. */
export interface Watched {
  readonly clusterKind: Store<Credential>;
  readonly namespacedKind: Store<Credential>;
  readonly namespaces: Store<SlimNamespace>;
  readonly serviceAccounts: UnionStore<SlimServiceAccount>;
  /** Pull Secrets. */
  readonly secrets: UnionStore<SlimSecret>;
  /** The Secrets of the operator's namespace: inputs and stored tokens. */
  readonly inputs: Store<SlimSecret>;
  readonly stores: Stores;
  readonly reflectors: readonly Reflector[];
  /** Monotonic: since when the API server serves the kind; undefined: it does not. */
  readonly servedSinceMs: (kind: CredentialKind) => number | undefined;
  readonly remember: Remember;
  readonly rememberCredential: (object: KubeObject) => void;
  readonly rememberInput: (object: KubeObject) => SlimSecret;
  readonly inputGone: (name: string) => void;
  /** The same handler, but not for the answer to a write of our own: that is no news to us. */
  readonly unlessOwn: <T>(handler: (change: Change<T>) => void) => (change: Change<T>) => void;
}

export function createWatched(options: WatchedOptions): Watched {
  const { config } = options;
  const { reflectors, watch, watchNames } = watcher(options);
  let isOwnWrite = false;
  const quietly = <Value>(put: () => Value): Value => {
    isOwnWrite = true;
    try {
      return put();
    } finally {
      isOwnWrite = false;
    }
  };
  const clusterKind = watch<Credential>({
    resource: RESOURCE.clusterRegistryCredentials,
    slim: (object) => readCredential('ClusterRegistryCredential', object),
  });
  const namespacedKind = watch<Credential>({
    resource: RESOURCE.registryCredentials,
    slim: (object) => readCredential('RegistryCredential', object),
  });
  const [ofClusterKind, ofNamespacedKind] = reflectors; // the two that were made so far
  const namespaces = watch<SlimNamespace>({ resource: RESOURCE.namespaces, slim: slimNamespace });
  const serviceAccounts = watchNames<SlimServiceAccount>(config.serviceAccountNames, {
    resource: RESOURCE.serviceAccounts,
    slim: slimServiceAccount,
  });
  const secrets = watchNames<SlimSecret>(config.secretNames, { resource: RESOURCE.secrets, slim: slimSecret });
  const inputs = watch<SlimSecret>({ resource: RESOURCE.secrets, namespace: config.namespace, slim: slimSecret });
  const stores = { credentials: credentialStore(clusterKind, namespacedKind), namespaces, serviceAccounts, secrets };

  return {
    ...{ clusterKind, namespacedKind, namespaces, serviceAccounts, secrets, inputs, stores, reflectors },
    servedSinceMs: (kind) => (kind === 'RegistryCredential' ? ofNamespacedKind : ofClusterKind)?.state().servedSinceMs,
    remember: {
      secret: (object) => quietly(() => secrets.put(slimSecret(object))),
      secretGone: (namespace, name) => quietly(() => secrets.remove(storeKey(namespace, name))),
      serviceAccount: (object) => quietly(() => serviceAccounts.put(slimServiceAccount(object))),
      serviceAccountGone: (namespace, name) => quietly(() => serviceAccounts.remove(storeKey(namespace, name))),
    },
    rememberCredential(object) {
      const kind = object.metadata.namespace === undefined ? 'ClusterRegistryCredential' : 'RegistryCredential';
      const credential = readCredential(kind, object);
      const put = (): void => (kind === 'RegistryCredential' ? namespacedKind : clusterKind).put(credential);
      const known = stores.credentials.get(credential.key);
      if (known && isSameEdition(known, credential)) quietly(put);
      else put(); // somebody's edit comes with the answer: its own event will be too old to tell
    },
    rememberInput(object) {
      const secret = slimSecret(object);
      quietly(() => inputs.put(secret));
      return secret;
    },
    inputGone: (name) => quietly(() => inputs.remove(storeKey(config.namespace, name))),
    unlessOwn: (handler) => (change) => {
      if (!isOwnWrite) handler(change);
    },
  };
}

type What<T extends Storable> = Pick<ReflectorOptions<T>, 'resource' | 'slim' | 'fieldSelector' | 'namespace'>;

/** Makes stores, and a reflector for each of them. */
function watcher({ client, clock, logger, metrics }: WatchedOptions) {
  const listGate = createListGate();
  const reflectors: Reflector[] = [];
  const watch = <T extends Storable>(what: What<T>): Store<T> => {
    const store = createStore<T>({ logger });
    reflectors.push(createReflector({ ...what, store, client, clock, listGate, metrics, logger }));
    return store;
  };
  const watchNames = <T extends Storable>(names: PermittedNames, what: What<T>): UnionStore<T> => {
    const selectors = names === '*' ? [{}] : names.map((name) => ({ fieldSelector: `metadata.name=${name}` }));
    return unionOf(
      selectors.map((selector) => watch<T>({ ...what, ...selector })),
      names,
    );
  };
  return { reflectors, watch, watchNames };
}
