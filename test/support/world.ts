// The world of a journey: an API server (either one), a fault proxy before it, the whole operator, and an admin who
// arranges things and looks at them. Assertions are about the state of the world, never about calls of our own code.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createMetrics } from '../../src/lib/metrics.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { lookupCredentials } from '../../src/lib/keyring.ts';
import { createOperator } from '../../src/operator.ts';
import type { Operator, OperatorOptions } from '../../src/operator.ts';
import { readConfig } from '../../src/config.ts';
import type { RawOptions } from '../../src/config.ts';
import type { CredentialStatus, Condition } from '../../src/api/registry-credential.ts';
import { readMarker } from '../../src/reconcile/marker.ts';
import type { Marker } from '../../src/reconcile/marker.ts';
import { eventually } from './eventually.ts';
import { checkEqualBytes, checkSecret, checkWrites, oursIn, plantDecoys, watchStatuses } from './invariants.ts';
import type { Decoys } from './invariants.ts';
import { runningClock } from './fake-clock.ts';
import type { RunningClock } from './fake-clock.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { testAdmin } from './sandbox-harness.ts';
import type { Kind, TestAdmin } from './sandbox-harness.ts';
import type { Body } from './raw-client.ts';
import type { OpenTarget, TargetOptions } from './target.ts';

export const PULL_SECRET = 'regcred-managed';

export type Auths = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

const MOST_DECOYS = 2;

export interface WorldOptions extends TargetOptions {
  readonly flags?: RawOptions;
  /** What the operator is given beside its configuration: providers, their outside, a verifier. */
  readonly parts?: Pick<OperatorOptions, 'providers' | 'outside' | 'verifier' | 'issueDeadlineMs' | 'operatorConfig'>;
  /** The journey writes statuses itself: what it puts there may go backwards. */
  readonly editsStatus?: true;
}

export interface World {
  readonly admin: TestAdmin;
  readonly proxy: FaultProxy;
  readonly clock: RunningClock;
  readonly operatorNamespace: string;
  /** Unique for this journey: "j1a2b3-NAME". Cluster credentials of a journey select by it. */
  name(name: string): string;
  /** Starts the operator and waits until it leads; again after stop() or kill(), with other flags if it was installed anew. */
  start(flags?: RawOptions): Promise<Operator>;
  /** SIGTERM. */
  stop(): Promise<number>;
  /** Ends without a farewell: nothing of it reaches the API server any more. */
  kill(): Promise<void>;
  namespace(name: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** A docker config Secret, as an input; in the operator's namespace unless told otherwise. */
  source(name: string, auths: Auths, namespace?: string): Promise<void>;
  /** A static ClusterRegistryCredential for all namespaces of this journey, unless the spec says otherwise. */
  cluster(name: string, spec?: object, source?: string): Promise<Body>;
  /** A static RegistryCredential. */
  tenant(namespace: string, name: string, spec?: object, source?: string): Promise<Body>;
  grantInputs(namespace: string): Promise<void>;
  secret(namespace: string, name?: string): Promise<Body | undefined>;
  /** The `auths` of a pull Secret; undefined: no Secret. */
  auths(namespace: string, name?: string): Promise<Auths | undefined>;
  marker(namespace: string, name?: string): Promise<Marker | undefined>;
  /** Names in the ServiceAccount's imagePullSecrets. */
  entries(namespace: string, serviceAccount?: string): Promise<readonly (string | undefined)[]>;
  status(kind: 'cluster' | 'tenant', name: string, namespace?: string): Promise<CredentialStatus>;
  condition(kind: 'cluster' | 'tenant', name: string, type: string, namespace?: string): Promise<Condition | undefined>;
  /** The user name that an image would be pulled with; undefined: anonymous. Throws where the kubelet would fail. */
  oracle(namespace: string, image: string): Promise<string | undefined>;
  /** Lets so many milliseconds pass at once, as soon as no request is on its way: its deadline is of the same clock. */
  passes(ms: number): Promise<void>;
  /** Polls while the operator's time runs fast (two seconds a poll): for what a grace or a back-off puts off. */
  inTime<T>(probe: () => T | Promise<T>): Promise<Exclude<T, false | undefined>>;
  /** Writes of the operator (Lease and Events apart) since the last call. */
  writes(): readonly string[];
  logs(): string;
  /** The metrics of the operator that runs, or ran last. */
  metrics(): Promise<string>;
}

/** Runs a journey and checks the invariants at its end. */
export async function inWorld(
  open: OpenTarget,
  options: WorldOptions,
  journey: (world: World) => Promise<void>,
): Promise<void> {
  const target = await open(options);
  const proxy = await startFaultProxy(target.operator);
  const admin = testAdmin(target.admin);
  const world = createWorld({ options, target, proxy, admin });
  const statuses = await watchStatuses(admin, world.world.name(''));
  try {
    await journey(world.world);
    await world.checkInvariants();
    if (options.editsStatus !== true) statuses.check();
  } finally {
    statuses.close();
    await world.end();
    await proxy.stop();
    admin.close();
    await target.stop();
  }
}

interface Parts {
  readonly options: WorldOptions;
  readonly target: Awaited<ReturnType<OpenTarget>>;
  readonly proxy: FaultProxy;
  readonly admin: TestAdmin;
}

function createWorld({ options, target, proxy, admin }: Parts) {
  const prefix = `j${randomBytes(3).toString('hex')}`;
  const clock = runningClock();
  const lines: string[] = [];
  const created: { kind: Kind; name: string; namespace?: string }[] = [];
  const canaries: string[] = [];
  const decoys: Decoys[] = [];
  let running: { operator: Operator; abort: AbortController; ended: Promise<number> } | undefined;
  let seenWrites = 0;
  let metrics = createMetrics();

  const unique = (name: string): string => `${prefix}-${name}`;
  const flagsOf = (flags: RawOptions): RawOptions => ({
    namespace: target.namespace,
    metricsAddress: '0',
    healthAddress: '0',
    leaderElect: 'false',
    logLevel: 'debug',
    ...(options.secretNames ? { secretNames: listOf(options.secretNames) } : {}),
    ...(options.serviceAccountNames ? { serviceAccountNames: listOf(options.serviceAccountNames) } : {}),
    ...options.flags,
    ...flags,
  });

  async function create(
    kind: Kind,
    body: { metadata: { name: string; labels?: object } } & Record<string, unknown>,
    namespace?: string,
  ): Promise<Body> {
    const object = await admin.create(kind, body, namespace);
    created.push({ kind, name: body.metadata.name, ...(namespace === undefined ? {} : { namespace }) });
    return object;
  }

  const world: World = {
    admin,
    proxy,
    clock,
    operatorNamespace: target.namespace,
    name: unique,
    async start(flags = {}) {
      const cluster = {
        server: new URL(proxy.url),
        credentials: () =>
          Promise.resolve({
            headers: { authorization: `Bearer ${target.operator.token ?? ''}` },
            tls: proxy.ca === undefined ? {} : { ca: proxy.ca },
          }),
      };
      const logger = createLogger({ level: 'debug', format: 'json', write: (line) => void lines.push(line) });
      const operator = createOperator({
        config: readConfig(flagsOf(flags), {}),
        cluster: keepTls(cluster),
        clock,
        logger,
        metrics: (metrics = createMetrics()),
        ...options.parts,
      });
      const abort = new AbortController();
      running = { operator, abort, ended: operator.run(abort.signal) };
      running.ended.catch(() => undefined);
      await Promise.race([eventually(() => operator.isReady(), { timeoutMs: 20_000 }), running.ended]);
      return operator;
    },
    async stop() {
      const ended = running;
      running = undefined;
      ended?.abort.abort();
      return (await ended?.ended) ?? 0;
    },
    async kill() {
      const rule = proxy.on({}, { kind: 'resetBefore' });
      await world.stop();
      rule.remove();
    },
    async namespace(name, labels = {}) {
      await create('Namespace', { metadata: { name: unique(name), labels } });
      if (decoys.length < MOST_DECOYS) decoys.push(await plantDecoys(admin, unique(name)));
      return unique(name);
    },
    async source(name, auths, namespace = target.namespace) {
      canaries.push(...Object.values(auths).map(({ password }) => password));
      const body = sourceBody(unique(name), auths);
      if ((await admin.get('Secret', unique(name), namespace)) === undefined) await create('Secret', body, namespace);
      else await admin.patch('Secret', unique(name), { data: body.data }, namespace);
    },
    cluster: (name, spec = {}, source = name) =>
      create('ClusterRegistryCredential', {
        metadata: { name: unique(name) },
        spec: { provider: staticProvider(unique(source)), namespaces: { names: [`${prefix}-*`] }, ...spec },
      }),
    tenant: (namespace, name, spec = {}, source = name) =>
      create(
        'RegistryCredential',
        { metadata: { name: unique(name) }, spec: { provider: staticProvider(unique(source)), ...spec } },
        namespace,
      ),
    grantInputs: (namespace) => target.grantInputs(namespace),
    secret: (namespace, name = PULL_SECRET) => admin.get('Secret', name, namespace),
    async auths(namespace, name = PULL_SECRET) {
      const secret = await admin.get('Secret', name, namespace);
      return secret && authsOf(secret);
    },
    async marker(namespace, name = PULL_SECRET) {
      return readMarker(annotationOf(await admin.get('Secret', name, namespace), 'regcred.dev/managed'));
    },
    async entries(namespace, serviceAccount = 'default') {
      const object = await admin.get('ServiceAccount', serviceAccount, namespace);
      return ((object?.['imagePullSecrets'] ?? []) as readonly { name?: string }[]).map(({ name }) => name);
    },
    async status(kind, name, namespace) {
      const object = await admin.get(
        kind === 'cluster' ? 'ClusterRegistryCredential' : 'RegistryCredential',
        unique(name),
        namespace,
      );
      return object?.['status'] ?? {};
    },
    async condition(kind, name, type, namespace) {
      return (await world.status(kind, name, namespace)).conditions?.find((one) => one.type === type);
    },
    async oracle(namespace, image) {
      const secrets = await Promise.all((await world.entries(namespace)).map((name) => world.secret(namespace, name)));
      const texts = secrets.flatMap((secret) => (secret ? [{ type: secret['type'], data: configOf(secret) }] : []));
      const found = lookupCredentials(texts, image);
      assert.ok(found.ok, 'the kubelet would fail this pull');
      return found.credentials[0]?.username;
    },
    passes: async (ms) => {
      await eventually(async () => {
        await turns(10); // an answer that has just left the proxy is read
        return !proxy.isBusy();
      });
      clock.advance(ms);
    },
    inTime: (probe) =>
      eventually(
        () => {
          if (!proxy.isBusy()) clock.advance(2000);
          return probe();
        },
        { everyMs: 30 },
      ),
    writes() {
      const all = proxy.writes();
      const news = all.slice(seenWrites);
      seenWrites = all.length;
      return news;
    },
    logs: () => lines.join('\n'),
    metrics: () => metrics.render(),
  };

  async function checkInvariants(): Promise<void> {
    await checkOutputs();
    for (const decoy of decoys) await decoy.check();
    checkWrites(proxy);
    proxy.removeRules();
    if (running !== undefined) await world.inTime(() => checkSecrets().then(() => true));
  }

  /** I4: no secret text in logs, objects or events. */
  async function checkOutputs(): Promise<void> {
    const objects = await Promise.all(
      created
        .filter(({ kind }) => kind !== 'Secret')
        .map(({ kind, name, namespace }) => admin.get(kind, name, namespace)),
    );
    const secrets = (await admin.list('Secret')).map(({ metadata }) => metadata);
    const outputs = [
      ...lines,
      ...[...objects, ...secrets, await admin.list('Event')].map((one) => JSON.stringify(one)),
    ];
    const text = outputs.join('\n');
    for (const canary of canaries) assert.ok(!text.includes(canary), 'I4: a secret stands in an output');
  }

  /** I3, for what credentials stand behind that can publish; the others may leave what they do not hold. */
  async function checkSecrets(): Promise<void> {
    const publishing = await publishingUids();
    const secrets = Map.groupBy(await admin.list('Secret'), ({ metadata }) => metadata.namespace);
    const ours = (await admin.list('Namespace'))
      .filter(({ metadata }) => metadata.name.startsWith(prefix))
      .flatMap(({ metadata }) => oursIn(secrets.get(metadata.name) ?? [], metadata.uid, target.namespace));
    const settled = ours.filter(({ marker }) => marker.by.every(({ uid }) => publishing.has(uid)));
    settled.forEach(checkSecret);
    checkEqualBytes(settled);
  }

  async function publishingUids(): Promise<ReadonlySet<string>> {
    const kinds = ['ClusterRegistryCredential', 'RegistryCredential'] as const;
    const all = (await Promise.all(kinds.map((kind) => admin.list(kind)))).flat();
    const publishing = all.filter(({ spec, status, metadata: { generation } }) => {
      const { conditions = [], observedGeneration } = (status ?? {}) as CredentialStatus;
      const isReady = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      return isReady && observedGeneration === generation && spec['suspend'] !== true;
    });
    return new Set(publishing.map(({ metadata }) => metadata.uid));
  }

  async function end(): Promise<void> {
    proxy.removeRules();
    await world.stop().catch(() => undefined);
    for (const { kind, name, namespace } of created.reverse())
      await admin.delete(kind, name, namespace).catch(() => undefined);
  }

  return { world, checkInvariants, end };
}

function keepTls<T extends { credentials: () => Promise<{ tls: object }> }>(cluster: T): T {
  let first: Awaited<ReturnType<T['credentials']>> | undefined;
  return {
    ...cluster,
    credentials: async () => (first ??= (await cluster.credentials()) as Awaited<ReturnType<T['credentials']>>),
  };
}

export function sourceBody(name: string, auths: Auths) {
  return {
    metadata: { name, labels: { 'regcred.dev/input': 'true' } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  };
}

export function staticProvider(source: string): object {
  return { static: { auth: { dockerConfig: { secretRef: { name: source } } } } };
}

/** A login with a password that no output may hold. */
export function login(username: string): { readonly username: string; readonly password: string } {
  return { username, password: `CANARY-${randomBytes(12).toString('hex')}` };
}

export function configOf(secret: Body): string {
  return Buffer.from((secret['data'] as Record<string, string>)['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
}

export function authsOf(secret: Body): Auths {
  const { auths } = JSON.parse(configOf(secret)) as { auths: Auths };
  return Object.fromEntries(
    Object.entries(auths).map(([host, { username, password }]) => [host, { username, password }]),
  );
}

/** Undefined where the object has none. */
export function annotationOf(object: Body | undefined, name: string): string | undefined {
  const annotations: Readonly<Record<string, string>> | undefined = object?.metadata.annotations;
  return annotations?.[name];
}

function listOf(names: '*' | readonly string[]): string {
  return names === '*' ? '*' : names.join(',');
}

/** Lets what is ready in this process happen. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
