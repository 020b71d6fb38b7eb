// Whatever people do, in whatever order, the world comes to what the resources say, and nothing of ours is left in the end.
import { eventually } from '../support/eventually.ts';
import { createPeople } from '../support/people.ts';
import { openSandbox } from '../support/target.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';

const STEPS = 60;

/** Other walks than those of every run: WALKS=7, or WALKS=100-200. */
const [first = 1, last = first] = (process.env['WALKS'] ?? '1-2').split('-').map(Number);

describe('the world after people and the operator', () => {
  for (let seed = first; seed <= last; seed += 1)
    for (const withFaults of [false, true])
      it(`is as the resources say${withFaults ? ', also with an API server that fails' : ''} (walk ${seed})`, () =>
        inWorld(openSandbox, {}, async (world) => {
          const people = createPeople(world, seed, { withFaults });
          try {
            await world.start();
            for (let step = 0; step < STEPS; step += 1) await people.step();
            await people.calmDown();
            await comesTo(world, () => people.assertTrue());
            await people.deleteAllCredentials();
            await comesTo(world, () => people.assertTrue());
          } catch (error) {
            throw new Error(`Walk ${seed}: ${(error as Error).message}\n  ${people.story()}`, { cause: error });
          }
        })).timeout(60_000);
});

/** While the operator's time runs fast: graces, back-offs and fights pass. */
async function comesTo(world: World, assertTrue: () => Promise<void>): Promise<void> {
  await eventually(
    async () => {
      if (!world.proxy.isBusy()) world.clock.advance(2000);
      await assertTrue();
      return true;
    },
    { everyMs: 15, timeoutMs: 25_000 },
  );
}
