import assert from 'node:assert/strict';
import { createFights, holdBackFights, noteWrite } from '../../../src/reconcile/namespace/fights.ts';
import type { Action } from '../../../src/reconcile/namespace/plan.ts';
import type { FightsPort } from '../../../src/reconcile/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { SECRET_NAME, slimServiceAccount } from '../../support/gen.ts';

const MINUTE_MS = 60_000;

describe('a fight over an object', () => {
  it('F187: begins with the fourth restore in ten minutes, and goes on once in five minutes', () => {
    const clock = fakeClock();
    const fights = createFights(clock);
    writes(fights, 4); // the first, and three restores

    assert.equal(fights.waitMs('object', 'content'), 5 * MINUTE_MS);
    clock.advance(5 * MINUTE_MS);
    assert.equal(fights.waitMs('object', 'content'), 0);
    fights.wrote('object', 'content');

    assert.equal(fights.waitMs('object', 'content'), 5 * MINUTE_MS);
  });

  it('F187: stays below twenty writes an hour', () => {
    const clock = fakeClock();
    const fights = createFights(clock);
    let count = 0;
    for (let second = 0; second < 3600; second += 3) {
      if (fights.waitMs('object', 'content') === 0) {
        fights.wrote('object', 'content');
        count += 1;
      }
      clock.advance(3000);
    }

    assert.ok(count > 10 && count < 20, String(count));
  });

  it('ends when a restore has stood for ten minutes', () => {
    const clock = fakeClock();
    const fights = createFights(clock);
    writes(fights, 4);

    clock.advance(10 * MINUTE_MS);
    fights.wrote('object', 'content');

    assert.equal(fights.waitMs('object', 'content'), 0);
  });

  it('is none where the content is new each time, nor where restores are rare', () => {
    const clock = fakeClock();
    const fights = createFights(clock);
    for (const content of ['a', 'b', 'c', 'd', 'e']) fights.wrote('object', content);
    assert.equal(fights.waitMs('object', 'e'), 0);

    for (let restore = 0; restore < 9; restore += 1) {
      fights.wrote('rare', 'content');
      clock.advance(6 * MINUTE_MS);
      assert.equal(fights.waitMs('rare', 'content'), 0);
    }
    assert.equal(fights.waitMs('another', 'content'), 0);
  });
});

describe('what a fight holds back', () => {
  it('F187: is the entry that was removed again; a message says how often', () => {
    const clock = fakeClock();
    const fights = createFights(clock);
    const restore = entries([], [SECRET_NAME]);
    for (let write = 0; write < 4; write += 1) noteWrite(restore, fights);

    const { actions, heldBack, waitMs } = holdBackFights([restore], fights);

    assert.deepEqual(actions, []);
    assert.equal(waitMs, 5 * MINUTE_MS);
    assert.deepEqual(
      heldBack.map(({ reason, secretNames }) => ({ reason, secretNames })),
      [{ reason: 'Contention', secretNames: [SECRET_NAME] }],
    );
    assert.match(heldBack[0]?.message ?? '', /ServiceAccount "default": our change was undone 3 times/);
  });

  it('F187: is that entry alone: those of other Secrets are set and taken off, before their Secrets go', () => {
    const fights = createFights(fakeClock());
    const restore = entries([], [SECRET_NAME, 'old']);
    for (let write = 0; write < 4; write += 1) noteWrite(restore, fights);
    const more = { ...restore, attach: [SECRET_NAME, 'new'], detach: ['old'] };

    const { actions, heldBack } = holdBackFights([more], fights);

    assert.deepEqual(actions, [{ ...more, attach: ['new'] }]);
    assert.equal(heldBack.length, 1);
  });

  it('is never an entry that we had not added before', () => {
    const fights = createFights(fakeClock());
    const first = entries([], []);
    for (let write = 0; write < 9; write += 1) noteWrite(first, fights);

    assert.deepEqual(holdBackFights([first], fights).actions, [first]);
  });
});

function writes(fights: FightsPort, count: number): void {
  for (let write = 0; write < count; write += 1) fights.wrote('object', 'content');
}

function entries(listed: readonly string[], annotated: readonly string[]): Extract<Action, { kind: 'SetEntries' }> {
  const serviceAccount = slimServiceAccount({ entries: listed, annotated });
  return { kind: 'SetEntries', serviceAccount, attach: [SECRET_NAME], detach: [], disown: [] };
}
