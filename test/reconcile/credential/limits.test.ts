import assert from 'node:assert/strict';
import { createLimits } from '../../../src/reconcile/credential/limits.ts';
import { fakeClock } from '../../support/fake-clock.ts';

interface Begun {
  readonly home: string;
  readonly end: () => void;
}

describe('the limits of provider calls', () => {
  function start() {
    const clock = fakeClock();
    const limits = createLimits(clock);
    const begun: Begun[] = [];
    const call = (home: string, endpoint = 'e'): void => {
      void limits.run({ endpoint, home }, () => new Promise<void>((end) => void begun.push({ home, end })));
    };
    return { clock, begun, call };
  }

  it('F91: let five run at once', async () => {
    const { clock, begun, call } = start();
    for (let index = 0; index < 8; index += 1) call('a');
    await clock.advanceSlowly(0);
    assert.equal(begun.length, 5);
    begun[0]?.end();
    await clock.advanceSlowly(0);
    assert.equal(begun.length, 6);
  });

  it('F91: let ten begin in a second', async () => {
    const { clock, begun, call } = start();
    for (let index = 0; index < 12; index += 1) call('a');
    for (let index = 0; index < 12; index += 1) {
      await clock.advanceSlowly(0);
      begun[index]?.end();
    }
    await clock.advanceSlowly(999);
    assert.equal(begun.length, 10);
    await clock.advanceSlowly(2);
    assert.equal(begun.length, 12);
  });

  it('F74: give each home namespace its turn, and each endpoint its own', async () => {
    const { clock, begun, call } = start();
    for (let index = 0; index < 9; index += 1) call('greedy');
    call('modest');
    call('greedy', 'other');
    await clock.advanceSlowly(0);
    assert.equal(begun.length, 6);
    begun[0]?.end();
    begun[1]?.end();
    await clock.advanceSlowly(0);
    assert.deepEqual(
      begun
        .slice(6)
        .map(({ home }) => home)
        .sort(),
      ['greedy', 'modest'],
    );
  });

  it('forget an endpoint where nothing happens any more, and none that is waited for or was used just now', async () => {
    const clock = fakeClock();
    const limits = createLimits(clock);
    const call = (endpoint: string): Promise<void> => limits.run({ endpoint, home: 'a' }, () => Promise.resolve());
    for (let index = 0; index < 50; index += 1) await call(`e${index}`);
    assert.equal(limits.size, 50);

    void limits.run({ endpoint: 'busy', home: 'a' }, () => new Promise<void>(() => undefined));
    await clock.advanceSlowly(1001);
    await call('late');

    assert.equal(limits.size, 2);
  });
});
