// People who do things in any order, as a seed has it, and the truth that the world must come to after them: who pulls from
// where with which login, and whose entries a ServiceAccount has. The truth knows the resources, and nothing of the operator.
import assert from 'node:assert/strict';
import type { Fault } from './fault-proxy.ts';
import type { Body } from './raw-client.ts';
import { authsOf, login, PULL_SECRET } from './world.ts';
import type { World } from './world.ts';

const HOSTS = ['one.example.com', 'two.example.com', 'one.example.com/team', 'ghcr.io'];
const NAMESPACES = ['a', 'b', 'c'];
const CLUSTER_CREDENTIALS = ['k1', 'k2', 'k3'];
const TENANT_CREDENTIALS = ['t1', 't2'];
const IGNORE = 'regcred.dev/ignore';
const DOWN: readonly Fault[] = [
  { kind: 'resetBefore' },
  { kind: 'resetAfter' },
  { kind: 'answer', code: 500, body: 'an internal error' },
  { kind: 'answer', code: 503, body: 'unavailable' },
  { kind: 'cut', afterEvents: 1 },
];

type Logins = Readonly<Record<string, string>>;

interface Credential {
  readonly kind: 'ClusterRegistryCredential' | 'RegistryCredential';
  readonly name: string;
  /** Its home, for the namespaced kind. */
  readonly namespace: string | undefined;
  isEnforced: boolean;
  isSuspended: boolean;
  selects: (namespace: Body) => boolean;
}

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
  const sources = new Map<string, Logins>();
  const credentials = new Map<string, Credential>();
  const theirs = new Map<string, readonly string[]>();
  const foreign = new Map<string, string>();
  let serial = 0;

  const sourceKey = (name: string, namespace: string | undefined): string => `${namespace ?? ''}/${name}`;
  const keyOf = ({ kind, namespace, name }: Pick<Credential, 'kind' | 'namespace' | 'name'>): string =>
    `${kind}/${namespace ?? ''}/${name}`;

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

  async function namespaces(): Promise<readonly Body[]> {
    return (await admin.list('Namespace')).filter(({ metadata }) => metadata.name.startsWith(world.name('')));
  }

  async function someNamespace(): Promise<string | undefined> {
    const living = (await namespaces()).filter(({ metadata }) => !('deletionTimestamp' in metadata));
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

  /** Host to user: Enforced first, then the namespace's own, then the older; under Enforced keys nobody else. */
  function loginsFor(namespace: Body, objects: ReadonlyMap<string, Body>): Logins {
    if (labelsOf(namespace)[IGNORE] === 'true') return {};
    const covering = [...credentials.values()].filter(({ selects }) => selects(namespace));
    const loginsOf = ({ name, namespace: home }: Credential): Logins => sources.get(sourceKey(name, home)) ?? {};
    const enforced = covering.filter(({ isEnforced }) => isEnforced).flatMap((one) => Object.keys(loginsOf(one)));
    const isTaken = (host: string): boolean => enforced.some((key) => host === key || host.startsWith(`${key}/`));
    const ranked = covering.toSorted((a, b) => compare(rankOf(a, objects), rankOf(b, objects)));
    const result: Record<string, string> = {};
    for (const one of ranked)
      for (const [host, user] of Object.entries(loginsOf(one)))
        if (one.namespace === undefined || !isTaken(host)) result[host] ??= user;
    return result;
  }

  function rankOf(credential: Credential, objects: ReadonlyMap<string, Body>): readonly string[] {
    const { isEnforced, namespace, kind, name } = credential;
    const { metadata } = objects.get(keyOf({ kind, namespace, name: world.name(name) }))!;
    const rank = isEnforced ? '0' : namespace === undefined ? '2' : '1';
    return [rank, metadata.creationTimestamp, metadata.name, metadata.uid];
  }

  async function assertTrueIn(namespace: Body, objects: ReadonlyMap<string, Body>): Promise<void> {
    const { name } = namespace.metadata;
    assert.ok(!('deletionTimestamp' in namespace.metadata), `${name} is still going`);
    const [secret, entries] = [await world.secret(name), await world.entries(name)];
    const left = entries.filter((one) => one !== PULL_SECRET);
    assert.deepEqual(left, theirs.get(name) ?? [], `the entries of others in ${name}`);
    const blocked = foreign.get(name);
    if (blocked !== undefined) {
      assert.equal(secret && versionOf(secret), blocked, `the Secret of somebody else in ${name}`);
      return;
    }
    const logins = loginsFor(namespace, objects);
    const isServed = Object.keys(logins).length > 0;
    const users = Object.entries(secret ? authsOf(secret) : {}).map(
      ([host, { username }]) => [host, username] as const,
    );
    assert.deepEqual(secret && Object.fromEntries(users), isServed ? logins : undefined, `the logins in ${name}`);
    assert.equal(entries.length - left.length, isServed ? 1 : 0, `our entry in ${name}`);
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
    async assertTrue() {
      const kinds = ['ClusterRegistryCredential', 'RegistryCredential'] as const;
      const lists = kinds.map(async (kind) =>
        (await admin.list(kind)).map(
          (one) => [keyOf({ kind, namespace: namespaceOf(one), name: one.metadata.name }), one] as const,
        ),
      );
      const objects = new Map((await Promise.all(lists)).flat());
      for (const namespace of await namespaces()) await assertTrueIn(namespace, objects);
    },
    story: () => lines.join('\n  '),
  };
}

/** Nothing of it concerns registries. */
const QUIET = { verification: { mode: 'Off' }, suspend: false };

function labelsOf({ metadata }: Body): Readonly<Record<string, string>> {
  return 'labels' in metadata ? metadata.labels : {};
}

function namespaceOf({ metadata }: Body): string | undefined {
  return 'namespace' in metadata ? metadata.namespace : undefined;
}

function versionOf({ metadata: { uid, resourceVersion } }: Body): string {
  return `${uid}/${resourceVersion}`;
}

function others(entries: readonly { readonly name?: string }[]): readonly string[] {
  return entries.flatMap(({ name }) => (name === undefined || name === PULL_SECRET ? [] : [name]));
}

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  if (at === -1) return 0;
  return one[at]! < other[at]! ? -1 : 1;
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
