import assert from 'node:assert/strict';
import { cloudSteps } from '../../src/cli/demo-cloud-steps.ts';
import { createStage, ExpectationError } from '../../src/cli/demo-world.ts';
import type { DemoObject, Stage, World } from '../../src/cli/demo-world.ts';
import { hastyClock } from './io.ts';

/** A cluster whose Secret changes with time while the cloud is up; during an outage only if `isCareless`. */
function stageOf({ isCareless }: { readonly isCareless: boolean }): { stage: Stage; done: string[] } {
  const done: string[] = [];
  let isDown = false;
  let token = 1;
  const get = (path: string): Promise<DemoObject> => {
    const status = {
      conditions: [
        { type: 'TokenIssued', status: 'True', reason: 'LastGood' },
        { type: 'Ready', status: 'True' },
      ],
    };
    const metadata = { name: path, uid: 'u' };
    return Promise.resolve({ metadata, status, data: { '.dockerconfigjson': `token ${token}` } });
  };
  const world = {
    get,
    pull: () => Promise.resolve({ pulled: true, via: 'AWS' }),
    setOutage: (value: boolean) => done.push((isDown = value) ? 'down' : 'up'),
    pass(ms: number) {
      done.push(`${ms / 3_600_000} h`);
      if (!isDown || isCareless) token += 1;
    },
    operatorEnd: () => undefined,
  } as unknown as World;
  const { signal } = new AbortController();
  return { stage: createStage(world, { clock: hastyClock(), print: () => undefined, signal }), done };
}

describe('demo-cloud-steps', () => {
  const outage = cloudSteps.at(-1) ?? assert.fail('no steps');

  it('lets a token become due while the cloud is down, and end after it is back', async () => {
    const { stage, done } = stageOf({ isCareless: false });
    await outage.play(stage);
    assert.deepEqual(done, ['down', '6 h', 'up', '1 h', '5 h']);
  });

  it('notices when an outage changes a Secret', async () => {
    const { stage } = stageOf({ isCareless: true });
    await assert.rejects(outage.play(stage), ExpectationError);
  });
});
