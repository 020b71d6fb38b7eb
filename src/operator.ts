// The composition root: builds everything and connects it. The table of watches below says what is watched, and which
// queue keys a change wakes (reconcile/wake.ts).
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { OPERATOR_NAME, RESOURCE } from './api/names.ts';
import type { PermittedNames } from './api/permitted-names.ts';
import type { Config } from './config.ts';
import { runController } from './controller/controller.ts';
import { alwaysLeader, createLeaderElection } from './controller/leader-election.ts';
import { createQueue } from './controller/queue.ts';
import type { ClusterConfig } from './kube/cluster-config.ts';
import { createEventRecorder } from './kube/events.ts';
import { createListGate } from './kube/list-gate.ts';
import { createReflector } from './kube/reflector.ts';
import type { Reflector, ReflectorOptions } from './kube/reflector.ts';
import { slimNamespace, slimSecret, slimServiceAccount } from './kube/slim.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from './kube/slim.ts';
import { createStore, storeKey } from './kube/store.ts';
import type { Change, Storable } from './kube/store.ts';
import { unionOf } from './kube/union-store.ts';
import { createKubeClient } from './kube/transport.ts';
import { every } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics-port.ts';
import { readOperatorConfig } from './operator-config.ts';
import type { OperatorConfig } from './operator-config.ts';
import { createOutside, permittedProviders } from './outside.ts';
import { createProbes, refusedList } from './probes.ts';
import { bind } from './providers/bind.ts';
import { providers as builtIn } from './providers/index.ts';
import type { ProviderContext, ProviderRegistry } from './providers/provider.ts';
import { isSameEdition, readCredential } from './reconcile/credential.ts';
import type { Credential } from './reconcile/credential.ts';
import { credentialStore } from './reconcile/credential-store.ts';
import { secretInputs } from './reconcile/credential/inputs.ts';
import { createExchanges } from './reconcile/credential/exchanges.ts';
import { regardingOf } from './reconcile/credential/report.ts';
import { createSavedTokens, credentialOfSaved } from './reconcile/credential/saved-tokens.ts';
import { forgetToken, reconcileCredential } from './reconcile/credential/story.ts';
import type { CredentialStoryPorts } from './reconcile/credential/story.ts';
import { createTokens } from './reconcile/credential/tokens.ts';
import { createEncoder } from './reconcile/encode.ts';
import { credentialKey, parseCredentialKey } from './reconcile/keys.ts';
import type { CredentialKey, CredentialName, NamespaceKey } from './reconcile/keys.ts';
import { createDeparted } from './reconcile/namespace/departed.ts';
import { createFights } from './reconcile/namespace/fights.ts';
import { reconcileNamespace } from './reconcile/namespace/story.ts';
import { createOutcomes } from './reconcile/outcomes.ts';
import type { CommonPorts, NamespacePorts, Remember, Verifier } from './reconcile/ports.ts';
import { onCredential, onNamespace, onPullSecret, onServiceAccount, wakeNamespacesOf } from './reconcile/wake.ts';
import type { WakePorts } from './reconcile/wake.ts';

export interface OperatorOptions {
  readonly config: Config;
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The program's own, unless a test brings others. */
  readonly providers?: ProviderRegistry;
  /** Everything outside of the cluster that a provider may use. */
  readonly outside?: Partial<ProviderContext>;
  readonly verifier?: Verifier;
  /** The file of `--config`; default: the clouds' own endpoints. */
  readonly operatorConfig?: OperatorConfig;
  /** Of everything that one issue asks a provider, in real time. */
  readonly issueDeadlineMs?: number;
}

export interface Operator {
  /** Until the signal aborts, or leadership is lost. The exit code: 0 after a stop, 1 when leadership was lost. */
  run(signal: AbortSignal): Promise<number>;
  /** Where the probes and the metrics listen; there once run() has begun to. */
  addresses(): { readonly health: string | undefined; readonly metrics: string | undefined };
  isReady(): boolean;
}

const CREDENTIAL_WORKERS = 8;
const RUN_TIMEOUT_MS = 5 * 60_000;
const DRAIN_MS = 20_000;
const ISSUE_DEADLINE_MS = 30_000;
const COUNTS_DELAY_MS = 500;
const FORBIDDEN_CHECK_MS = 5_000;

export function createOperator({
  config,
  cluster,
  clock,
  logger,
  metrics,
  providers: offered = builtIn,
  outside = {},
  verifier,
  operatorConfig = readOperatorConfig(''),
  issueDeadlineMs = ISSUE_DEADLINE_MS,
}: OperatorOptions): Operator {
  const world = createOutside({ config: operatorConfig, clock, environment: process.env });
  const providers = permittedProviders(offered, operatorConfig);
  let mayWrite = (): boolean => false;
  const connection = createKubeClient({ cluster, mayWrite: () => mayWrite(), clock, metrics, logger });
  const { client } = connection;
  const election = config.leaderElect
    ? createLeaderElection({
        client: connection.leaseClient,
        namespace: config.namespace,
        name: OPERATOR_NAME,
        identity: `${hostname()}_${randomUUID()}`,
        clock,
        logger,
        metrics,
      })
    : alwaysLeader();
  mayWrite = () => election.mayWrite();

  // --- stores and the table of watches --------------------------------------------------------------------------------
  const permissions = {
    operatorNamespace: config.namespace,
    secretNames: config.secretNames,
    serviceAccountNames: config.serviceAccountNames,
  };
  const listGate = createListGate();
  const reflectors: Reflector[] = [];
  const watch = <T extends Storable>(
    options: Pick<ReflectorOptions<T>, 'resource' | 'slim' | 'fieldSelector' | 'namespace'>,
  ) => {
    const store = createStore<T>({ logger });
    reflectors.push(createReflector({ ...options, store, client, clock, listGate, metrics, logger }));
    return store;
  };
  const watchNames = <T extends Storable>(
    names: PermittedNames,
    options: Pick<ReflectorOptions<T>, 'resource' | 'slim'>,
  ) => {
    const selectors = names === '*' ? [{}] : names.map((name) => ({ fieldSelector: `metadata.name=${name}` }));
    return unionOf(
      selectors.map((selector) => watch<T>({ ...options, ...selector })),
      names,
    );
  };
  const clusterKind = watch<Credential>({
    resource: RESOURCE.clusterRegistryCredentials,
    slim: (object) => readCredential('ClusterRegistryCredential', object),
  });
  const namespacedKind = watch<Credential>({
    resource: RESOURCE.registryCredentials,
    slim: (object) => readCredential('RegistryCredential', object),
  });
  const namespaces = watch<SlimNamespace>({ resource: RESOURCE.namespaces, slim: slimNamespace });
  const serviceAccounts = watchNames<SlimServiceAccount>(config.serviceAccountNames, {
    resource: RESOURCE.serviceAccounts,
    slim: slimServiceAccount,
  });
  const secrets = watchNames<SlimSecret>(config.secretNames, { resource: RESOURCE.secrets, slim: slimSecret });
  const inputs = watch<SlimSecret>({ resource: RESOURCE.secrets, namespace: config.namespace, slim: slimSecret });

  const stores = { credentials: credentialStore(clusterKind, namespacedKind), namespaces, serviceAccounts, secrets };
  const credentialQueue = createQueue<CredentialKey>({
    clock,
    groupOf: (key) => parseCredentialKey(key).namespace ?? '', // tenants take turns
    metrics: metrics.queue('credential'),
  });
  const namespaceQueue = createQueue<NamespaceKey>({ clock, metrics: metrics.queue('namespace') });
  const wakePorts: WakePorts = {
    stores,
    permissions,
    wake: {
      credential: (key, priority) => credentialQueue.add(key, { priority }),
      namespace: (key, priority) => namespaceQueue.add(key, { priority }),
    },
  };
  const outcomes = createOutcomes((key) => credentialQueue.addAfter(key, COUNTS_DELAY_MS));
  const tokens = createTokens();
  const lastCounts = new Map<string, number>();
  const attempts = new Map<string, number>();
  /** Before anything is woken: what is known of a former spec or object says nothing about this one. */
  const forgetFormer = ({ old, new: now }: Change<Credential>): void => {
    if (!old || (old.uid === now?.uid && old.generation === now.generation)) return;
    outcomes.reset(old.key);
    if (old.uid === now?.uid) return;
    forgetToken(old.uid, credentialPorts);
    lastCounts.delete(old.uid);
  };
  let isOwnWrite = false; // the answer to a write of our own is no news to us
  const unlessOwn =
    <Change>(wake: (change: Change, ports: WakePorts) => void) =>
    (change: Change): void => {
      if (!isOwnWrite) wake(change, wakePorts);
    };
  clusterKind.onChange(forgetFormer);
  namespacedKind.onChange(forgetFormer);
  clusterKind.onChange(unlessOwn(onCredential)); //     its key; namespaces that it selects, or selected
  namespacedKind.onChange(unlessOwn(onCredential));
  namespaces.onChange(({ old, new: now }) => old && old.uid !== now?.uid && attempts.delete(old.uid));
  namespaces.onChange(unlessOwn(onNamespace)); //       its key, and the keys of credentials that live there
  serviceAccounts.onChange(unlessOwn(onServiceAccount)); // the key of its namespace
  secrets.onChange(unlessOwn(onPullSecret)); //          the key of its namespace
  inputs.onChange(({ old, new: now }) => {
    if (isOwnWrite) return;
    const secret = now ?? old;
    const owner = secret && credentialOfSaved(secret); // the key of the credential that it was stored for
    if (owner !== undefined)
      credentialQueue.add(credentialKey({ kind: 'ClusterRegistryCredential', namespace: undefined, name: owner }));
    else wakeReaders(secret?.name ?? ''); //                 keys of credentials that read it
  });

  function wakeReaders(name: string): void {
    for (const credential of clusterKind.values()) {
      const block = (credential.spec.provider as Readonly<Record<string, unknown>>)[credential.provider];
      const refs =
        credential.problem === undefined ? bind(providers, credential.provider, block as never)?.inputs() : undefined;
      if (refs && secretInputs(refs).includes(name)) credentialQueue.add(credential.key);
    }
  }

  // --- the two stories ------------------------------------------------------------------------------------------------
  const quietly = <Value>(put: () => Value): Value => {
    isOwnWrite = true;
    try {
      return put();
    } finally {
      isOwnWrite = false;
    }
  };
  const remember: Remember = {
    secret: (object) => quietly(() => secrets.put(slimSecret(object))),
    secretGone: (namespace, name) => quietly(() => secrets.remove(storeKey(namespace, name))),
    serviceAccount: (object) => quietly(() => serviceAccounts.put(slimServiceAccount(object))),
    serviceAccountGone: (namespace, name) => quietly(() => serviceAccounts.remove(storeKey(namespace, name))),
  };
  const common: CommonPorts = { permissions, installation: config.namespace, stores, client, clock, logger };
  const departed = createDeparted({ client, clock, graceMs: config.deletionGraceMs });
  const events = createEventRecorder({ client, clock, reportingInstance: hostname(), logger });
  const namespacePorts: NamespacePorts = {
    ...common,
    tokens,
    remember,
    outcomes,
    departed,
    fights: createFights(clock),
    encode: createEncoder(),
    attempts,
    countSyncError: (reason) => metrics.syncError(reason),
    countConflict: () => metrics.conflict(),
  };
  const credentialPorts: CredentialStoryPorts = {
    ...common,
    tokens,
    outcomes,
    events,
    bind: (name, spec) => bind(providers, name, spec),
    inputVersion: (name) => inputs.get(storeKey(config.namespace, name))?.resourceVersion,
    rememberCredential: (object) => {
      const kind = object.metadata.namespace === undefined ? 'ClusterRegistryCredential' : 'RegistryCredential';
      const credential = readCredential(kind, object);
      const put = (): void => (kind === 'RegistryCredential' ? namespacedKind : clusterKind).put(credential);
      const known = stores.credentials.get(credential.key);
      if (known && isSameEdition(known, credential)) quietly(put);
      else put(); // somebody's edit comes with the answer: its own event will be too old to tell
    },
    lastCounts,
    fights: createFights(clock),
    wakeNamespaces: (credential) => wakeNamespacesOf(credential, wakePorts),
    forbidden: () => refusedList(reflectors),
    configuration: world.configuration,
    exchanges: createExchanges({
      clock,
      wake: (key) => credentialQueue.add(key),
      inflight: (provider, change) => metrics.providerInflight(provider, change),
    }),
    saved: createSavedTokens({
      client,
      clock,
      operatorNamespace: config.namespace,
      secrets: inputs,
      remember: (object) => {
        const secret = slimSecret(object);
        quietly(() => inputs.put(secret));
        return secret;
      },
      forget: (name) => quietly(() => inputs.remove(storeKey(config.namespace, name))),
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
    }),
    verifier: verifier ?? world.verifier,
    issueDeadlineMs,
    due: new Map(),
    warned: new Map(),
    outside: { ...world.context, ...outside },
    metrics: {
      refreshed: (provider, result) => metrics.tokenRefresh(provider, result === 'success' ? 'success' : 'error'),
      expiry: (credential, expiresAt) => expiresAt && metrics.tokenExpiry(labelsOf(credential), expiresAt),
      forget: (key) => metrics.removeCredential(labelsOf(parseCredentialKey(key))),
    },
  };

  // --- life -----------------------------------------------------------------------------------------------------------
  const probes = createProbes({
    config,
    client,
    clock,
    logger,
    metrics,
    election,
    reflectors,
    unauthorizedForMs: () => connection.unauthorizedForMs(),
  });

  /** A refusal comes and goes without an event: the credentials are woken to say so. */
  let lastForbidden = 'null';
  function noticeForbidden(): void {
    const now = JSON.stringify(refusedList(reflectors) ?? null);
    if (now !== lastForbidden) for (const { key } of stores.credentials.values()) credentialQueue.add(key);
    lastForbidden = now;
  }

  function startControllers(signal: AbortSignal): Promise<unknown> {
    const common = { timeoutMs: RUN_TIMEOUT_MS, clock, logger, metrics, signal };
    probes.watchFence(signal);
    signal.addEventListener('abort', () => credentialPorts.exchanges.stop(), { once: true });
    every(clock, FORBIDDEN_CHECK_MS, signal, noticeForbidden);
    return Promise.all([
      runController({
        ...common,
        name: 'credential',
        queue: credentialQueue,
        concurrency: CREDENTIAL_WORKERS,
        reconcile: (key, context) => reconcileCredential(key, credentialPorts, context),
      }),
      runController({
        ...common,
        name: 'namespace',
        queue: namespaceQueue,
        concurrency: config.concurrency,
        reconcile: (key, context) => reconcileNamespace(key, namespacePorts, context),
      }),
    ]);
  }

  async function run(signal: AbortSignal): Promise<number> {
    await probes.listen();
    const streams = new AbortController(); // ends after the work: a drain still needs true stores
    const work = new AbortController();
    const watching = Promise.all(reflectors.map((one) => one.run(streams.signal)));
    probes.watchTrouble(streams.signal);
    const onStop = (): void => void stop();
    const isStopped = (): boolean => signal.aborted; // it changes while we wait
    try {
      await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), aborted(signal)]);
      if (isStopped()) return 0;
      logger.info('Stores are synced', { namespaces: namespaces.size, credentials: stores.credentials.size });
      signal.addEventListener('abort', onStop, { once: true });
      const ended = await election.run(new AbortController().signal, {
        onStartedLeading: () => void startControllers(work.signal),
        onStoppedLeading: () => work.abort(),
      });
      return ended === 'lost' && !isStopped() ? 1 : 0;
    } finally {
      probes.stopping();
      signal.removeEventListener('abort', onStop);
      work.abort();
      streams.abort();
      await watching;
      await probes.close();
      connection.close();
      await world.close();
    }
  }

  /** No new work, what runs may end, then the Lease is given back. */
  async function stop(): Promise<void> {
    probes.stopping();
    await Promise.all([credentialQueue.shutDownWithDrain(DRAIN_MS), namespaceQueue.shutDownWithDrain(DRAIN_MS)]);
    await election.release();
  }

  return { run, addresses: () => probes.addresses(), isReady: () => probes.isReady() };
}

/** Exactly the labels of a credential's series: the metrics library refuses any other. */
function labelsOf({ kind, namespace = '', name }: CredentialName): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  return { kind, namespace, name };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
