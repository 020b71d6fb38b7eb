import assert from 'node:assert/strict';
import { createListGate } from '../../src/kube/list-gate.ts';

describe('list gate', () => {
  it('lets one list run at a time, in order, also after one that failed', async () => {
    const gate = createListGate();
    const log: string[] = [];
    const ends = new Map<string, (error?: Error) => void>();
    const run = (name: string): Promise<void> =>
      gate.run(() => {
        log.push(name);
        return new Promise((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())));
      });

    const [a, b, c] = [run('a'), run('b'), run('c')];
    await Promise.resolve();
    assert.deepEqual(log, ['a']);
    ends.get('a')?.(new Error('refused'));
    await assert.rejects(a, /refused/);
    await Promise.resolve();
    assert.deepEqual(log, ['a', 'b']);
    ends.get('b')?.();
    await b;
    await Promise.resolve();
    ends.get('c')?.();
    await c;

    assert.deepEqual(log, ['a', 'b', 'c']);
  });
});
