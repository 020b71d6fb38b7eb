// The composition root: builds everything and connects it. The table of wakes below says which queue keys a change of what
// is watched (watched.ts) wakes; reconcile/wake.ts derives them.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { OPERATOR_NAME } from './api/names.ts';
import type { Config } from './config.ts';
import { alwaysLeader } from './controller/always-leader.ts';
import { runController } from './controller/controller.ts';
import { createLeaderElection } from './controller/leader-election.ts';
import { createQueue } from './controller/queue.ts';
import { createCredentialPorts } from './credential-ports.ts';
import { createFenceWatch } from './fence-watch.ts';
import type { ClusterConfig } from './kube/cluster-config.ts';
import { createEventRecorder } from './kube/events.ts';
import type { Change } from './kube/store.ts';
import { createKubeClient } from './kube/transport.ts';
import { every } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics-port.ts';
import { live } from './lifecycle.ts';
import { readOperatorConfig } from './operator-config.ts';
import type { OperatorConfig } from './operator-config.ts';
import { createOutside } from './outside.ts';
import { permittedProviders } from './permitted-providers.ts';
import { createProbes, refusedList } from './probes.ts';
import { providers as builtIn } from './providers/index.ts';
import type { ProviderContext, ProviderRegistry } from './providers/provider.ts';
import type { Credential } from './reconcile/credential.ts';
import { inputSecretsOf } from './reconcile/credential/bound.ts';
import { credentialOfSaved } from './reconcile/credential/saved-tokens.ts';
import { forgetToken, reconcileCredential } from './reconcile/credential/story.ts';
import { createTokens } from './reconcile/credential/tokens.ts';
import { createEncoder } from './reconcile/encode.ts';
import { parseCredentialKey } from './reconcile/keys.ts';
import type { CredentialKey, NamespaceKey } from './reconcile/keys.ts';
import { createDeparted } from './reconcile/namespace/departed.ts';
import { createDrafts } from './reconcile/namespace/draft.ts';
import { createFights } from './reconcile/namespace/fights.ts';
import { createMade } from './reconcile/namespace/made.ts';
import type { NamespacePorts } from './reconcile/namespace/ports.ts';
import { reconcileNamespace } from './reconcile/namespace/story.ts';
import { createOutcomes } from './reconcile/outcomes.ts';
import type { CommonPorts, Verifier } from './reconcile/ports.ts';
import {
  onCredential,
  onInput,
  onNamespace,
  onPullSecret,
  onServiceAccount,
  wakeNamespacesOf,
} from './reconcile/wake.ts';
import type { InputWakePorts } from './reconcile/wake.ts';
import { createWatched } from './watched.ts';

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
/** Beside the workers of --concurrency: a fan-out never holds these, nor the connections of these. */
const KEPT_FOR_EVENTS = 2;
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
  operatorConfig = readOperatorConfig(),
  issueDeadlineMs = ISSUE_DEADLINE_MS,
}: OperatorOptions): Operator {
  const world = createOutside({ config: operatorConfig, clock, environment: process.env });
  const providers = permittedProviders(offered, operatorConfig);
  let mayWrite = (): boolean => false;
  const connection = createKubeClient({
    sockets: config.concurrency + KEPT_FOR_EVENTS,
    cluster,
    mayWrite: () => mayWrite(),
    clock,
    metrics,
    logger,
  });
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

  const permissions = {
    operatorNamespace: config.namespace,
    secretNames: config.secretNames,
    serviceAccountNames: config.serviceAccountNames,
    labelledInputs: config.tenantInputs === 'labelled',
  };
  const watched = createWatched({ config, client, clock, logger, metrics });
  const { stores, reflectors } = watched;
  const credentialQueue = createQueue<CredentialKey>({
    clock,
    groupOf: (key) => parseCredentialKey(key).namespace ?? '', // tenants take turns
    metrics: metrics.queue('credential'),
  });
  const namespaceQueue = createQueue<NamespaceKey>({ clock, metrics: metrics.queue('namespace') });
  const wakePorts: InputWakePorts = {
    stores,
    permissions,
    wake: {
      credential: (key, priority) => credentialQueue.add(key, { priority }),
      namespace: (key, priority) => namespaceQueue.add(key, { priority }),
    },
    inputSecretsOf: (credential) => inputSecretsOf(credential, credentialPorts),
    storedFor: credentialOfSaved,
  };

  // --- the two stories ------------------------------------------------------------------------------------------------
  const common: CommonPorts = { permissions, installation: config.namespace, stores, client, clock, logger };
  const events = createEventRecorder({ client, clock, reportingInstance: hostname(), logger });
  const tokens = createTokens();
  const outcomes = createOutcomes((key) => credentialQueue.addAfter(key, COUNTS_DELAY_MS));
  const departed = createDeparted({
    ...{ client, clock, graceMs: config.deletionGraceMs },
    servedSinceMs: watched.servedSinceMs,
  });
  const namespacePorts: NamespacePorts = {
    ...common,
    tokens,
    remember: watched.remember,
    outcomes,
    departed,
    fights: createFights(clock),
    made: createMade(),
    drafts: createDrafts(createEncoder()),
    attempts: new Map(),
    countSyncError: (reason) => metrics.syncError(reason),
    countConflict: () => metrics.conflict(),
  };
  const credentialPorts = createCredentialPorts({
    ...common,
    tokens,
    outcomes,
    events,
    wakeNamespaces: (credential) => wakeNamespacesOf(credential, wakePorts),
    verifier: verifier ?? world.verifier,
    issueDeadlineMs,
    configuration: world.configuration,
    watched,
    providers,
    outside: { ...world.context, ...outside },
    departed,
    metrics,
    wake: (key) => credentialQueue.add(key),
  });

  // --- the table of wakes ---------------------------------------------------------------------------------------------
  const { clusterKind, namespacedKind, namespaces, serviceAccounts, secrets, inputs, unlessOwn } = watched;
  clusterKind.onChange(forgetFormer);
  namespacedKind.onChange(forgetFormer);
  for (const kind of [clusterKind, namespacedKind])
    kind.onChange(({ new: now }) => now && !now.deleted && departed.cameBack(now));
  namespaces.onChange(({ old, new: now }) => old && old.uid !== now?.uid && namespacePorts.attempts.delete(old.uid));
  clusterKind.onChange(waking(onCredential)); //       its key; namespaces that it selects, or selected
  namespacedKind.onChange(waking(onCredential));
  namespaces.onChange(waking(onNamespace)); //         its key, and the keys of credentials that live there
  serviceAccounts.onChange(waking(onServiceAccount)); // the key of its namespace
  secrets.onChange(waking(onPullSecret)); //           the key of its namespace
  inputs.onChange(waking(onInput)); //                 the credential it was stored for, else those that read it

  function waking<T>(on: (change: Change<T>, ports: InputWakePorts) => void): (change: Change<T>) => void {
    return unlessOwn((change) => on(change, wakePorts));
  }

  /** Before anything is woken: what is known of a former spec or object says nothing about this one. */
  function forgetFormer({ old, new: now }: Change<Credential>): void {
    if (!old || (old.uid === now?.uid && old.generation === now.generation)) return;
    outcomes.reset(old.key);
    if (old.uid === now?.uid) return;
    forgetToken(old.uid, credentialPorts);
    credentialPorts.lastCounts.delete(old.uid);
  }

  // --- life -----------------------------------------------------------------------------------------------------------
  const homeUid = (): string | undefined => namespaces.get(config.namespace)?.uid;
  const fence = createFenceWatch({ config, client, clock, logger, metrics, events, homeUid });
  const probes = createProbes({
    ...{ config, clock, logger, metrics, election, reflectors },
    unauthorizedForMs: () => connection.unauthorizedForMs(),
    warnings: () => fence.warnings(),
  });

  /** A refusal comes and goes without an event: the credentials are woken to say so. */
  let lastForbidden = 'null';
  function noticeForbidden(): void {
    const now = JSON.stringify(refusedList(reflectors) ?? null);
    if (now !== lastForbidden) for (const { key } of stores.credentials.values()) credentialQueue.add(key);
    lastForbidden = now;
  }

  function startWork(signal: AbortSignal): void {
    const engine = { timeoutMs: RUN_TIMEOUT_MS, clock, logger, metrics, signal };
    fence.start(signal);
    const endCalls = (): void =>
      [credentialPorts.exchanges, credentialPorts.verifications].forEach((calls) => calls.stop());
    signal.addEventListener('abort', endCalls, { once: true });
    every(clock, FORBIDDEN_CHECK_MS, signal, noticeForbidden);
    void runController({
      ...engine,
      name: 'credential',
      queue: credentialQueue,
      concurrency: CREDENTIAL_WORKERS,
      reconcile: (key, context) => reconcileCredential(key, credentialPorts, context),
    });
    void runController({
      ...engine,
      name: 'namespace',
      queue: namespaceQueue,
      concurrency: config.concurrency + KEPT_FOR_EVENTS,
      reservedForNormal: KEPT_FOR_EVENTS,
      reconcile: (key, context) => reconcileNamespace(key, namespacePorts, context),
    });
  }

  const drain = (): Promise<unknown> =>
    Promise.all([credentialQueue.shutDownWithDrain(DRAIN_MS), namespaceQueue.shutDownWithDrain(DRAIN_MS)]);
  const close = async (): Promise<void> => {
    connection.close();
    await world.close();
  };
  return {
    run: (signal) => live({ probes, reflectors, stores, election, logger, startWork, drain, close }, signal),
    addresses: () => probes.addresses(),
    isReady: () => probes.isReady(),
  };
}
