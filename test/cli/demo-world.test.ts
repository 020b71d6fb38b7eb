import assert from 'node:assert/strict';
import { createStage, ExpectationError } from '../../src/cli/demo-world.ts';
import type { Stage, World } from '../../src/cli/demo-world.ts';
import { hastyClock } from './io.ts';

function stageWith(options: { end?: string; signal?: AbortSignal } = {}): { stage: Stage; lines: string[] } {
  const lines: string[] = [];
  const world = { operatorEnd: () => options.end } as unknown as World;
  const { signal = new AbortController().signal } = options;
  return { stage: createStage(world, { clock: hastyClock(), print: (line) => lines.push(line), signal }), lines };
}

const never = (): Promise<string> => Promise.resolve('nothing');

describe('demo-world', () => {
  it('prints what came true, with the time it took when it had to wait', async () => {
    const { stage, lines } = stageWith();
    const answers = ['not yet', 'not yet', undefined];

    await stage.expect('the sun shines', () => Promise.resolve(undefined));
    await stage.expect('it rains', () => Promise.resolve(answers.shift()));

    assert.deepEqual(lines, ['   ✓ the sun shines', '   ✓ it rains (after 2000 ms)']);
  });

  it('gives up after a while, and says what was expected and what was found', async () => {
    const { stage } = stageWith();

    await assert.rejects(stage.expect('a Secret', never), (thrown) => {
      assert.ok(thrown instanceof ExpectationError);
      assert.equal(thrown.message, 'expected: a Secret; found: nothing');
      return true;
    });
  });

  it('gives up at once when the operator has ended, or when it is told to stop', async () => {
    const ended = stageWith({ end: 'the operator ended (exit code 1)' });
    const stopped = stageWith({ signal: AbortSignal.abort() });

    await assert.rejects(ended.stage.expect('a Secret', never), /found: the operator ended \(exit code 1\)/);
    await assert.rejects(stopped.stage.expect('a Secret', never), /found: stopped/);
  });
});
