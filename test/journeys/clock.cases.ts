// Journeys of a wall clock that jumps under the running operator (docs/faults.md, F40): real time goes on as it did.
import assert from 'node:assert/strict';
import { issuedBy, KIND, later } from '../support/cloud-steps.ts';
import { eventually } from '../support/eventually.ts';
import { byKey, withCloud } from '../support/scripted-cloud.ts';
import type { Cloud } from '../support/scripted-cloud.ts';
import { publish } from '../support/steps.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { key } from './stored-tokens.cases.ts';

const HOST = 'de.icr.io';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const JUMPS = [
  ['+2 h', 2 * HOUR],
  ['-24 h', -24 * HOUR],
] as const;
const NAMES = Array.from({ length: 12 }, (_, index) => `many-${index}`);

export function describeClock(open: OpenTarget): void {
  describe('a wall clock that jumps', () => {
    for (const [jump, jumpMs] of JUMPS) {
      it(`F40: by ${jump}: tokens are renewed before their real end, with jitter and within the limits, once each`, () =>
        withCloud(open, async (world, cloud) => {
          const askedMs = recordCalls(world, cloud);
          const namespace = await serveMany(world);
          const bornMs = Math.min(...askedMs);
          const before = await world.secret(namespace);

          world.clock.jumpWallClock(jumpMs);
          await world.admin.patch('Namespace', namespace, { metadata: { labels: { looked: 'at' } } });
          await later(world, SECOND, () => world.clock.monotonicMs() > bornMs + 30 * SECOND);
          if (cloud.calls.length === NAMES.length)
            assert.deepEqual(await world.secret(namespace), before, 'written, and nothing new was there');
          await later(world, 10 * SECOND, () => cloud.calls.length >= 2 * NAMES.length);

          const renewedMs = askedMs.slice(NAMES.length);
          assert.ok(Math.max(...renewedMs) - bornMs < HOUR, 'renewed after the real end');
          assert.ok(Math.max(...renewedMs) - Math.min(...renewedMs) > 5 * SECOND, 'renewed all at once');
          assert.ok(cloud.inFlight.most <= 5);
          await later(world, SECOND, async () =>
            (await passwordsIn(world, namespace)).every((one) => isNew(cloud, one)),
          );
          await later(world, SECOND, () => world.clock.monotonicMs() > Math.max(...renewedMs) + 2 * MINUTE);
          assert.equal(cloud.calls.length, 2 * NAMES.length, 'renewed again and again');
          assert.equal(new Set(cloud.calls.slice(NAMES.length).map(({ secret }) => secret)).size, NAMES.length);
        })).timeout(90_000);

      it(`F40: by ${jump} within the grace of a deletion: it is neither skipped nor stretched`, () =>
        inWorld(open, { flags: { deletionGrace: '60s' } }, async (world) => {
          const namespace = await publish(world);
          await world.admin.delete(KIND, world.name('main'));
          const deletedMs = world.clock.monotonicMs();
          await world.admin.patch('Namespace', namespace, { metadata: { labels: { looked: 'at' } } });

          world.clock.jumpWallClock(jumpMs);
          await later(world, SECOND, async () => {
            const isThere = (await world.secret(namespace)) !== undefined;
            assert.ok(isThere || world.clock.monotonicMs() - deletedMs >= 60 * SECOND, 'deleted within the grace');
            return world.clock.monotonicMs() - deletedMs > 50 * SECOND;
          });
          assert.ok(await world.secret(namespace), 'deleted within the grace');
          await later(world, SECOND, async () => (await world.secret(namespace)) === undefined);
          assert.ok(world.clock.monotonicMs() - deletedMs < 5 * MINUTE, 'the grace was stretched');
        })).timeout(60_000);
    }
  });
}

/** When each call was made, by the clock that does not jump. */
function recordCalls(world: World, cloud: Cloud): readonly number[] {
  const askedMs: number[] = [];
  cloud.script((_, response) => {
    askedMs.push(world.clock.monotonicMs());
    cloud.give(response);
  });
  return askedMs;
}

/** Cluster credentials with an identity and a repository each, all of them served in one namespace. */
async function serveMany(world: World): Promise<string> {
  const namespace = await world.namespace('a');
  for (const name of NAMES) await key(world, name);
  for (const name of NAMES)
    await world.cluster(name, { provider: byKey(world.name(name), `${HOST}/${world.name(name)}`) });
  await world.start();
  await later(world, 200, async () =>
    (await Promise.all(NAMES.map((name) => issuedBy(world, name)))).every((one) => one?.reason === 'Issued'),
  );
  await eventually(async () => (await passwordsIn(world, namespace)).length === NAMES.length);
  return namespace;
}

async function passwordsIn(world: World, namespace: string): Promise<readonly string[]> {
  return Object.values((await world.auths(namespace)) ?? {}).map(({ password }) => password);
}

function isNew({ tokens }: Cloud, password: string): boolean {
  return tokens.indexOf(password) >= NAMES.length;
}
