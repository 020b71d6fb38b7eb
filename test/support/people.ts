// People who do things in any order, as a seed has it. What they did is kept as the truth that the world must come to.
import type { Fault } from './fault-proxy.ts';
import type { Body } from './raw-client.ts';
import { assertTrue, emptyTruth, IGNORE, keyOf, labelsOf, namespacesOf, sourceKey, versionOf } from './truth.ts';
import type { Credential } from './truth.ts';
import { login, PULL_SECRET } from './world.ts';
import type { World } from './world.ts';

const HOSTS = ['one.example.com', 'two.example.com', 'one.example.com/team', 'ghcr.io'];
const NAMESPACES = ['a', 'b', 'c'];
const CLUSTER_CREDENTIALS = ['k1', 'k2', 'k3'];
const TENANT_CREDENTIALS = ['t1', 't2'];
const DOWN: readonly Fault[] = [
  { kind: 'resetBefore' },
  { kind: 'resetAfter' },
  { kind: 'answer', code: 500, body: 'an internal error' },
  { kind: 'answer', code: 503, body: 'unavailable' },
  { kind: 'cut', afterEvents: 1 },
];

export interface People {
  /** One of them does something, if there is something to do it to. */
  step(): Promise<void>;
  /** All is resumed and nothing fails any more. */
  calmDown(): Promise<void>;
  deleteAllCredentials(): Promise<void>;
  /** Throws where the world is not as the resources say. */
  assertTrue(): Promise<void>;
  /** What was done, a line each. */
  story(): string;
}

export function createPeople(world: World, seed: number, { withFaults }: { readonly withFaults: boolean }): People {
  const { admin } = world;
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (share: number): boolean => random() < share;
  const lines: string[] = [];
  const told = (line: string): void => void lines.push(line);
  const truth = emptyTruth();
  const { sources, credentials, theirs, foreign } = truth;
  let serial = 0;

  /** Refusals are part of life: a namespace that is going, a conflict with the operator. */
  async function tried(what: () => Promise<unknown>): Promise<boolean> {
    try {
      await what();
      return true;
    } catch (error) {
      told(`  ${(error as Error).message.slice(0, 100)}`);
      return false;
    }
  }

  async function someNamespace(): Promise<string | undefined> {
    const living = (await namespacesOf(world)).filter(({ metadata }) => !('deletionTimestamp' in metadata));
    return living.length === 0 ? undefined : pick(living).metadata.name;
  }

  function forgetNamespace(namespace: string): void {
    theirs.delete(namespace);
    foreign.delete(namespace);
    for (const [key, credential] of credentials) if (credential.namespace === namespace) credentials.delete(key);
    for (const key of sources.keys()) if (key.startsWith(`${namespace}/`)) sources.delete(key);
  }

  async function giveLogins(name: string, namespace: string | undefined): Promise<void> {
    const hosts = HOSTS.filter(() => chance(0.45));
    const logins = Object.fromEntries((hosts.length > 0 ? hosts : [HOSTS[0]!]).map((host) => [host, `u${serial++}`]));
    told(`source ${name} in ${namespace ?? 'home'}: ${JSON.stringify(logins)}`);
    const auths = Object.fromEntries(Object.entries(logins).map(([host, user]) => [host, login(user)]));
    await world.source(name, auths, ...(namespace === undefined ? [] : [namespace]));
    sources.set(sourceKey(name, namespace), logins);
  }

  async function makeNamespace(): Promise<void> {
    const name = pick(NAMESPACES);
    const labels = { team: pick(['x', 'y']), ...(chance(0.15) ? { [IGNORE]: 'true' } : {}) };
    if ((await admin.get('Namespace', world.name(name))) !== undefined) return;
    told(`namespace ${name} ${JSON.stringify(labels)}`);
    forgetNamespace(world.name(name));
    if (await tried(() => world.namespace(name, labels))) await world.grantInputs(world.name(name));
  }

  async function labelNamespace(): Promise<void> {
    const name = await someNamespace();
    const labels = { team: pick(['x', 'y', null]), [IGNORE]: chance(0.2) ? 'true' : null };
    if (name === undefined) return;
    told(`label ${name} ${JSON.stringify(labels)}`);
    await tried(() => admin.patch('Namespace', name, { metadata: { labels } }));
  }

  async function deleteNamespace(): Promise<void> {
    const name = await someNamespace();
    if (name === undefined) return;
    told(`delete namespace ${name}`);
    await tried(() => admin.delete('Namespace', name));
    forgetNamespace(name);
  }

  function someSelection(): { readonly namespaces: object; readonly selects: Credential['selects'] } {
    const isNamed = (name: string) => (one: Body) => one.metadata.name === world.name(name);
    const all = { names: [world.name('*')], selector: null, exclude: null };
    return pick([
      { namespaces: all, selects: () => true },
      { namespaces: { ...all, names: [world.name('a')] }, selects: isNamed('a') },
      { namespaces: { ...all, exclude: { names: [world.name('b')] } }, selects: (one) => !isNamed('b')(one) },
      {
        namespaces: { ...all, names: null, selector: { matchLabels: { team: 'x' } } },
        selects: (one) => labelsOf(one)['team'] === 'x',
      },
    ]);
  }

  async function putClusterCredential(): Promise<void> {
    const kind = 'ClusterRegistryCredential';
    const name = pick(CLUSTER_CREDENTIALS);
    const { namespaces: selected, selects } = someSelection();
    const isEnforced = chance(0.3);
    const spec = { namespaces: selected, precedence: isEnforced ? 'Enforced' : 'Overridable', ...QUIET };
    const known = credentials.get(keyOf({ kind, name, namespace: undefined }));
    told(`${known ? 'change' : 'make'} ${name} ${JSON.stringify(spec)}`);
    if (known) {
      await admin.patch(kind, world.name(name), { spec });
      Object.assign(known, { isEnforced, isSuspended: false, selects });
    } else {
      if (!sources.has(sourceKey(name, undefined))) await giveLogins(name, undefined);
      await world.cluster(name, { ...spec, namespaces: withoutNulls(selected) });
      const made = { kind, name, namespace: undefined, isEnforced, isSuspended: false, selects } as const;
      credentials.set(keyOf(made), { ...made });
    }
  }

  async function makeTenantCredential(): Promise<void> {
    const namespace = await someNamespace();
    const name = pick(TENANT_CREDENTIALS);
    const made = { kind: 'RegistryCredential', name, namespace, isEnforced: false, isSuspended: false } as const;
    if (namespace === undefined || credentials.has(keyOf(made))) return;
    told(`make ${namespace}/${name}`);
    const isMade = await tried(async () => {
      if (!sources.has(sourceKey(name, namespace))) await giveLogins(name, namespace);
      await world.tenant(namespace, name, QUIET);
    });
    if (isMade) credentials.set(keyOf(made), { ...made, selects: (one) => one.metadata.name === namespace });
  }

  async function deleteCredential(): Promise<void> {
    if (credentials.size === 0) return;
    const [key, { kind, name, namespace }] = pick([...credentials]);
    told(`delete ${key}`);
    await admin.delete(kind, world.name(name), namespace);
    credentials.delete(key);
  }

  async function suspend(credential: Credential, isSuspended: boolean): Promise<void> {
    const { kind, name, namespace } = credential;
    told(`suspend ${name}: ${isSuspended}`);
    const spec = { suspend: isSuspended };
    if (await tried(() => admin.patch(kind, world.name(name), { spec }, namespace)))
      credential.isSuspended = isSuspended;
  }

  async function suspendOrResume(): Promise<void> {
    if (credentials.size === 0) return;
    const credential = pick([...credentials.values()]);
    await suspend(credential, !credential.isSuspended);
  }

  async function rotate(): Promise<void> {
    if (sources.size === 0) return;
    const [namespace, name] = pick([...sources.keys()]).split('/') as [string, string];
    await tried(() => giveLogins(name, namespace === '' ? undefined : namespace));
  }

  async function tamper(): Promise<void> {
    const namespace = await someNamespace();
    if (namespace === undefined || foreign.has(namespace) || !(await world.secret(namespace))) return;
    const config = pick(['{"auths":{"evil.example.com":{"auth":"eDp4"}}}', '{}']);
    const change = pick<object | undefined>([
      undefined,
      { data: { '.dockerconfigjson': btoa(config), theirs: 'eA==' } },
      { metadata: { labels: { theirs: `v${serial++}`, 'app.kubernetes.io/managed-by': null } } },
    ]);
    told(`tamper with the Secret of ${namespace}: ${JSON.stringify(change ?? 'delete')}`);
    await tried(() =>
      change ? admin.patch('Secret', PULL_SECRET, change, namespace) : admin.delete('Secret', PULL_SECRET, namespace),
    );
  }

  async function editEntries(): Promise<void> {
    const namespace = await someNamespace();
    const account = namespace === undefined ? undefined : await admin.get('ServiceAccount', 'default', namespace);
    if (namespace === undefined || !account) return;
    const now = Object.hasOwn(account, 'imagePullSecrets') ? account.imagePullSecrets : [];
    const own = { name: `theirs-${serial++}` };
    const next = pick([
      [...now, own],
      [own, ...now],
      [own],
      now.filter(({ name }) => name !== PULL_SECRET),
      now.filter(({ name }) => name === PULL_SECRET),
    ]);
    told(`entries of ${namespace}: ${JSON.stringify(next)}`);
    const { uid, resourceVersion } = account.metadata;
    const patch = { metadata: { uid, resourceVersion }, imagePullSecrets: next };
    if (await tried(() => admin.patch('ServiceAccount', 'default', patch, namespace)))
      theirs.set(namespace, others(next));
  }

  async function deleteServiceAccount(): Promise<void> {
    const namespace = await someNamespace();
    if (namespace === undefined) return;
    told(`delete the ServiceAccount of ${namespace}`);
    if (await tried(() => admin.delete('ServiceAccount', 'default', namespace))) theirs.delete(namespace);
  }

  async function makeForeignSecret(): Promise<void> {
    const namespace = await someNamespace();
    if (namespace === undefined) return;
    told(`a Secret of somebody else in ${namespace}: ${foreign.has(namespace) ? 'goes' : 'comes'}`);
    if (foreign.has(namespace)) {
      if (await tried(() => admin.delete('Secret', PULL_SECRET, namespace))) foreign.delete(namespace);
      return;
    }
    const data = { '.dockerconfigjson': btoa('{"auths":{"theirs.example.com":{"auth":"eDp4"}}}') };
    const secret = { metadata: { name: PULL_SECRET }, type: 'kubernetes.io/dockerconfigjson', data };
    await tried(async () => foreign.set(namespace, versionOf(await admin.create('Secret', secret, namespace))));
  }

  async function restartOperator(): Promise<void> {
    const how = pick(['stop', 'kill'] as const);
    told(`${how} and start`);
    await world[how]();
    if (chance(0.5)) await step();
    await world.start();
  }

  async function wait(): Promise<void> {
    const ms = pick([5, 20, 60]);
    told(`wait ${ms}`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (chance(0.5)) await world.passes(pick([500, 3000, 12_000]));
  }

  function fail(): Promise<void> {
    const resource = pick([
      'secrets',
      'serviceaccounts',
      'namespaces',
      'registrycredentials',
      'clusterregistrycredentials',
    ]);
    const verb = pick(['create', 'patch', 'get', 'list', 'watch', 'delete', undefined] as const);
    const match = { resource, ...(verb && { verb }), times: 1 + Math.floor(random() * 3) };
    const fault = pick(DOWN);
    told(`${JSON.stringify(match)} ${fault.kind}`);
    world.proxy.on(match, fault);
    if (chance(0.3)) world.proxy.cutWatches();
    return Promise.resolve();
  }

  const deeds: readonly (readonly [weight: number, deed: () => Promise<void>])[] = [
    [4, makeNamespace],
    [1, labelNamespace],
    [0.7, deleteNamespace],
    [4, putClusterCredential],
    [3, makeTenantCredential],
    [2, deleteCredential],
    [1, suspendOrResume],
    [3, rotate],
    [2, tamper],
    [3, editEntries],
    [0.5, deleteServiceAccount],
    [0.7, makeForeignSecret],
    [0.7, restartOperator],
    [3, wait],
    [withFaults ? 4 : 0, fail],
  ];

  async function step(): Promise<void> {
    let at = random() * deeds.reduce((sum, [weight]) => sum + weight, 0);
    const [, deed] = deeds.find(([weight]) => (at -= weight) < 0)!;
    await deed();
  }

  return {
    step,
    async calmDown() {
      told('all is calm');
      world.proxy.removeRules();
      for (const credential of credentials.values()) if (credential.isSuspended) await suspend(credential, false);
    },
    async deleteAllCredentials() {
      while (credentials.size > 0) await deleteCredential();
    },
    assertTrue: () => assertTrue(world, truth),
    story: () => lines.join('\n  '),
  };
}

/** Nothing of it concerns registries. */
const QUIET = { verification: { mode: 'Off' }, suspend: false };

function others(entries: readonly { readonly name?: string }[]): readonly string[] {
  return entries.flatMap(({ name }) => (name === undefined || name === PULL_SECRET ? [] : [name]));
}

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** In [0, 1), the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
