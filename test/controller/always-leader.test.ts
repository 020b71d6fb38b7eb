import assert from 'node:assert/strict';
import { alwaysLeader } from '../../src/controller/always-leader.ts';

describe('no leader election', () => {
  it('leads until it is told to stop', async () => {
    const election = alwaysLeader();
    const told: string[] = [];
    assert.ok(!election.mayWrite());
    const callbacks = { onStartedLeading: () => told.push('started'), onStoppedLeading: () => told.push('stopped') };
    const ended = election.run(new AbortController().signal, callbacks);
    assert.ok(election.mayWrite() && election.isLeader() && election.healthy());
    await election.release();
    assert.equal(await ended, 'released');
    assert.deepEqual(told, ['started', 'stopped']);
    assert.ok(!election.mayWrite());
  });
});
