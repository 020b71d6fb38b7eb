import assert from 'node:assert/strict';
import { createShare } from '../../../src/reconcile/credential/share.ts';
import { fakeClock } from '../../support/fake-clock.ts';

function start() {
  const clock = fakeClock();
  const made: string[] = [];
  const share = createShare(clock);
  const use = (name: string): Promise<string> => share(name, () => Promise.resolve(`${name} ${made.push(name)}`));
  return { clock, made, share, use };
}

describe('a step that calls share', () => {
  it('is made once for all who ask while it is under way, and for those who come after', async () => {
    const { made, use } = start();

    const together = await Promise.all([use('entra'), use('entra'), use('other')]);

    assert.deepEqual([...together, await use('entra')], ['entra 1', 'entra 1', 'other 2', 'entra 1']);
    assert.deepEqual(made, ['entra', 'other']);
  });

  it('is made anew a minute after its end', async () => {
    const { clock, use } = start();
    await use('entra');

    clock.advance(59_999);
    assert.equal(await use('entra'), 'entra 1');
    clock.advance(1);
    assert.equal(await use('entra'), 'entra 2');
  });

  it('fails for all alike', async () => {
    const { share } = start();
    const failing = (): Promise<string> => share('entra', () => Promise.reject(new Error('no answer')));

    const outcomes = await Promise.allSettled([failing(), failing()]);

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
