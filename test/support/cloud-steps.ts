// Steps of journeys with a scripted cloud: an issue is asked for, what became of it, and time that runs until it is so.
import type { ServerResponse } from 'node:http';
import { eventually } from './eventually.ts';
import type { Cloud } from './scripted-cloud.ts';
import { authsOf } from './world.ts';
import type { World } from './world.ts';

export const KIND = 'ClusterRegistryCredential';
const HOST = 'de.icr.io';

export const issuedBy = (world: World, name = 'main') => world.condition('cluster', name, 'TokenIssued');
export const refresh = (world: World, value: string, name = 'main') =>
  world.admin.patch(KIND, world.name(name), { metadata: { annotations: { 'regcred.dev/refresh': value } } });
/** Polls while time runs: `stepMs` a poll, but not over requests that are on their way. */
export const later = <T>(world: World, stepMs: number, probe: () => T | Promise<T>) =>
  eventually(
    () => {
      if (!world.proxy.isBusy()) world.clock.advance(stepMs);
      return probe();
    },
    { everyMs: 30, timeoutMs: 20_000 },
  );
export const becomes = (world: World, reason: string, name = 'main') =>
  later(world, 1000, async () => (await issuedBy(world, name))?.reason === reason);
export const heals = async (world: World, cloud: Cloud, namespace: string): Promise<void> => {
  await later(
    world,
    5000,
    async () => (await passwordAt(world, namespace)) === cloud.tokens.at(-1) && cloud.tokens.length > 1,
  );
  await becomes(world, 'Issued');
};
export const events = async (world: World, reason: string) =>
  (await world.admin.list('Event')).filter((event) => event['reason'] === reason && event['action'] === 'TokenIssued');

async function passwordAt(world: World, namespace: string): Promise<string | undefined> {
  const secret = await world.secret(namespace);
  return secret && authsOf(secret)[HOST]?.password;
}

/** What a token endpoint says. */
export function answer(
  response: ServerResponse,
  status: number,
  body = '{}',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
