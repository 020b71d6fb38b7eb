// What people did to a world, and whether the world has come to it: who pulls from where with which login, and whose entries a
// ServiceAccount has. It knows the resources, and nothing of the operator.
import assert from 'node:assert/strict';
import type { Body } from './raw-client.ts';
import { authsOf, PULL_SECRET } from './world.ts';
import type { World } from './world.ts';

export const IGNORE = 'regcred.dev/ignore';
const KINDS = ['ClusterRegistryCredential', 'RegistryCredential'] as const;

/** Host to user. */
export type Logins = Readonly<Record<string, string>>;

export interface Credential {
  readonly kind: (typeof KINDS)[number];
  /** Without the world's prefix, as the source's. */
  readonly name: string;
  /** Its home, for the namespaced kind. */
  readonly namespace: string | undefined;
  isEnforced: boolean;
  isSuspended: boolean;
  selects: (namespace: Body) => boolean;
}

export interface Truth {
  /** By sourceKey(). */
  readonly sources: Map<string, Logins>;
  /** By keyOf(). */
  readonly credentials: Map<string, Credential>;
  /** By namespace: the entries of others in its ServiceAccount. */
  readonly theirs: Map<string, readonly string[]>;
  /** By namespace: the version of a Secret of somebody else that has the name of ours. */
  readonly foreign: Map<string, string>;
}

export function emptyTruth(): Truth {
  return { sources: new Map(), credentials: new Map(), theirs: new Map(), foreign: new Map() };
}

export function sourceKey(name: string, namespace: string | undefined): string {
  return `${namespace ?? ''}/${name}`;
}

export function keyOf({ kind, namespace, name }: Pick<Credential, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

export async function namespacesOf(world: World): Promise<readonly Body[]> {
  return (await world.admin.list('Namespace')).filter(({ metadata }) => metadata.name.startsWith(world.name('')));
}

/** By keyOf() of the credential that each of them is. */
type Objects = ReadonlyMap<string, Body>;

/** Throws where the world is not as the resources say. */
export async function assertTrue(world: World, truth: Truth): Promise<void> {
  const objects = await objectsOf(world);
  for (const namespace of await namespacesOf(world)) await assertTrueIn(world, namespace, truth, objects);
}

async function objectsOf(world: World): Promise<Objects> {
  const lists = KINDS.map(async (kind) =>
    (await world.admin.list(kind)).map((one) => {
      const ownName = one.metadata.name.slice(world.name('').length);
      return [keyOf({ kind, namespace: namespaceOf(one), name: ownName }), one] as const;
    }),
  );
  return new Map((await Promise.all(lists)).flat());
}

/** Host to user: Enforced first, then the namespace's own, then the older; under Enforced keys nobody else. */
function loginsFor(namespace: Body, { sources, credentials }: Truth, objects: Objects): Logins {
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

function rankOf(credential: Credential, objects: Objects): readonly string[] {
  const { metadata } = objects.get(keyOf(credential))!;
  const { isEnforced, namespace } = credential;
  const rank = isEnforced ? '0' : namespace === undefined ? '2' : '1';
  return [rank, metadata.creationTimestamp, metadata.name, metadata.uid];
}

async function assertTrueIn(world: World, namespace: Body, truth: Truth, objects: Objects): Promise<void> {
  const { name } = namespace.metadata;
  assert.ok(!('deletionTimestamp' in namespace.metadata), `${name} is still going`);
  const [secret, entries] = [await world.secret(name), await world.entries(name)];
  const left = entries.filter((one) => one !== PULL_SECRET);
  assert.deepEqual(left, truth.theirs.get(name) ?? [], `the entries of others in ${name}`);
  const blocked = truth.foreign.get(name);
  if (blocked !== undefined) {
    assert.equal(secret && versionOf(secret), blocked, `the Secret of somebody else in ${name}`);
    return;
  }
  const logins = loginsFor(namespace, truth, objects);
  const isServed = Object.keys(logins).length > 0;
  const users = Object.entries(secret ? authsOf(secret) : {}).map(([host, { username }]) => [host, username] as const);
  assert.deepEqual(secret && Object.fromEntries(users), isServed ? logins : undefined, `the logins in ${name}`);
  assert.equal(entries.length - left.length, isServed ? 1 : 0, `our entry in ${name}`);
}

export function labelsOf({ metadata }: Body): Readonly<Record<string, string>> {
  return 'labels' in metadata ? metadata.labels : {};
}

export function versionOf({ metadata: { uid, resourceVersion } }: Body): string {
  return `${uid}/${resourceVersion}`;
}

function namespaceOf({ metadata }: Body): string | undefined {
  return 'namespace' in metadata ? metadata.namespace : undefined;
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  if (at === -1) return 0;
  return one[at]! < other[at]! ? -1 : 1;
}
