import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFifo } from '../../src/controller/fifo.ts';

describe('a line', () => {
  it('lets out first what came first, once', () => {
    const line = createFifo<string>();
    for (const thing of ['a', 'b', 'a']) line.push(thing);
    assert.equal(line.size, 2);
    assert.deepEqual([line.shift(), line.shift(), line.shift()], ['a', 'b', undefined]);
  });

  it('puts what was taken out and comes again to the tail', () => {
    const line = createFifo<string>();
    for (const thing of ['a', 'b', 'c']) line.push(thing);
    assert.deepEqual([line.remove('a'), line.remove('x')], [true, false]);
    line.push('a');
    assert.deepEqual([line.shift(), line.shift(), line.shift()], ['b', 'c', 'a']);
  });

  it('behaves as a list, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('push', 'remove'), thing: fc.nat(5) }),
      fc.record({ kind: fc.constant('shift'), thing: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = createFifo<number>();
        let model: number[] = [];
        for (const { kind, thing } of steps) {
          if (kind === 'shift') assert.equal(line.shift(), model.shift());
          else if (kind === 'remove') assert.equal(line.remove(thing), model.includes(thing));
          else line.push(thing);
          if (kind === 'push' && !model.includes(thing)) model.push(thing);
          if (kind === 'remove') model = model.filter((one) => one !== thing);
          assert.equal(line.size, model.length);
        }
      }),
    );
  });
});
