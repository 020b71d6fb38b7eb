// Steps that journeys share: a credential that is published, and what people do to its pull Secret behind our back.
import assert from 'node:assert/strict';
import type { Condition } from '../../src/api/registry-credential.ts';
import { eventually } from './eventually.ts';
import type { Body } from './raw-client.ts';
import { configOf, login, PULL_SECRET } from './world.ts';
import type { World } from './world.ts';

export const HOST = 'registry.example.com';
export const IMAGE = `${HOST}/team/app:1`;

/** A cluster credential "main" with one host, started, its Secret and entry in one namespace. */
export async function publish(world: World, spec: object = {}): Promise<string> {
  const namespace = await world.namespace('a');
  await prepare(world, spec);
  await world.start();
  await attached(world, namespace);
  return namespace;
}

/** The credential "main" and its source, before any start. */
export async function prepare(world: World, spec: object = {}): Promise<void> {
  await world.source('main', { [HOST]: login('bot') });
  await world.cluster('main', spec);
}

/** New bytes for the credential "main"; returns the user name that they hold. */
export async function rotate(world: World, username: string): Promise<void> {
  await world.source('main', { [HOST]: login(username) });
}

export async function attached(world: World, namespace: string): Promise<void> {
  await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
}

/** Waits until images of HOST are pulled as this user. */
export async function pulledAs(world: World, namespace: string, username: string): Promise<void> {
  await eventually(async () => (await world.auths(namespace))?.[HOST]?.username === username);
}

/** Waits until the condition Synced of "main" has this reason, and returns it. */
export function syncedWith(world: World, reason: string, name = 'main'): Promise<Condition> {
  return eventually(async () => {
    const condition = await world.condition('cluster', name, 'Synced');
    assert.equal(condition?.reason, reason);
    return condition;
  });
}

/** The same while the operator's time runs fast. */
export function syncedInTime(world: World, reason: string, name = 'main'): Promise<Condition> {
  return world.inTime(async () => {
    const condition = await world.condition('cluster', name, 'Synced');
    assert.equal(condition?.reason, reason);
    return condition;
  });
}

export async function secretIn(world: World, namespace: string, name = PULL_SECRET): Promise<Body> {
  const secret = await world.secret(namespace, name);
  assert.ok(secret, `no Secret "${name}" in ${namespace}`);
  return secret;
}

/** What the user has a right to find again: the same object, untouched. */
export async function assertUntouched(world: World, before: Body): Promise<void> {
  const { namespace, name } = before.metadata;
  assert.deepEqual(await world.secret(namespace, name), before);
}

/** A user's own Secret under our name. */
export function foreignSecret(auths: object = { 'theirs.example.com': { auth: 'dTpw' } }, more: object = {}): object {
  return {
    metadata: { name: PULL_SECRET },
    type: 'kubernetes.io/dockerconfigjson',
    data: dockerConfig(auths),
    ...more,
  };
}

export function dockerConfig(auths: object): Readonly<Record<string, string>> {
  return { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
}

/** The `auths` as they stand there, byte for byte. */
export async function rawAuths(
  world: World,
  namespace: string,
  name = PULL_SECRET,
): Promise<Readonly<Record<string, unknown>>> {
  const secret = await secretIn(world, namespace, name);
  return (JSON.parse(configOf(secret)) as { auths: Record<string, unknown> }).auths;
}

/** What a user does with kubectl to our Secret. */
export function edit(world: World, namespace: string, body: object): Promise<Body> {
  return world.admin.patch('Secret', PULL_SECRET, body, namespace);
}

/** Takes the marker off. */
export function unmark(world: World, namespace: string, more: object = {}): Promise<Body> {
  return edit(world, namespace, { metadata: { annotations: { 'regcred.dev/managed': null } }, ...more });
}

/** Deletes "main" and lets the grace pass, until the probe says so. */
export async function deleteCredential(world: World, name = 'main'): Promise<void> {
  await world.admin.delete('ClusterRegistryCredential', world.name(name));
}

/** Lets so much of the operator's time pass, in steps that its work can follow. */
export async function pass(world: World, ms: number, each: () => Promise<unknown> = () => Promise.resolve()) {
  const untilMs = world.clock.monotonicMs() + ms;
  await eventually(
    async () => {
      world.clock.advance(Math.max(1000, ms / 40));
      await each();
      return world.clock.monotonicMs() >= untilMs;
    },
    { everyMs: 20, timeoutMs: 60_000 },
  );
}
