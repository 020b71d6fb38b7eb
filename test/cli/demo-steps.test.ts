import assert from 'node:assert/strict';
import { steps } from '../../src/cli/demo-steps.ts';
import { createStage, ExpectationError } from '../../src/cli/demo-world.ts';
import type { World } from '../../src/cli/demo-world.ts';
import { hastyClock } from './io.ts';

/** A cluster in which nothing comes of anything, and everybody may pull. */
const idleWorld: World = {
  get: () => Promise.resolve(undefined),
  create: () => Promise.resolve(undefined),
  patch: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(),
  pull: () => Promise.resolve({ pulled: true, via: 'anybody' }),
  setPassword: () => undefined,
  allowInputs: () => undefined,
  pass: () => undefined,
  setOutage: () => undefined,
  operatorEnd: () => undefined,
};

describe('demo-steps', () => {
  for (const { title, play } of steps) {
    it(`notices when nothing comes of it: ${title}`, async () => {
      const signal = new AbortController().signal;
      const stage = createStage(idleWorld, { clock: hastyClock(), print: () => undefined, signal });

      await assert.rejects(play(stage), ExpectationError);
    });
  }
});
