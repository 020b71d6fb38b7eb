import assert from 'node:assert/strict';
import { createMade } from '../../../src/reconcile/namespace/made.ts';

describe('the Secrets that were made here', () => {
  it('are known by their UID, the youngest thousand of them', () => {
    const made = createMade();

    for (let index = 0; index < 1500; index += 1) made.add(`uid-${index}`);

    assert.equal(made.has('uid-1499'), true);
    assert.equal(made.has('uid-500'), true);
    assert.equal(made.has('uid-499'), false);
    assert.equal(made.has('somebody-elses'), false);
  });
});
