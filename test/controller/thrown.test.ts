import assert from 'node:assert/strict';
import { describeThrown, framesOf, isKubeError, isProgrammingError } from '../../src/controller/thrown.ts';
import { KubeError } from '../../src/kube/client.ts';
import { TerminalError } from '../../src/lib/errors.ts';

const kubeError = new KubeError({ kind: 'NotFound', status: 404, request: 'get leases "x"' });

describe('thrown values', () => {
  it('are errors of the API server by their name', () => {
    assert.equal(isKubeError(kubeError), true);
    assert.equal(isKubeError(new Error('KubeError')), false);
    assert.equal(isKubeError({ name: 'KubeError' }), false);
  });

  it('are faults of the code where no state of the world explains them', () => {
    assert.deepEqual(
      [new TypeError('x'), new SyntaxError('x'), 'text', null, kubeError, new TerminalError('x'), new Error('x')].map(
        isProgrammingError,
      ),
      [true, true, true, true, false, false, false],
    );
  });

  it('show their message only if it is our own', () => {
    assert.equal(describeThrown(kubeError), 'Cannot get leases "x": NotFound (HTTP 404)');
    assert.equal(describeThrown(new TerminalError('Cannot do it')), 'Cannot do it');
    assert.equal(describeThrown(new Error('password 1234')), 'Error');
    assert.equal(describeThrown('password 1234'), 'string');
  });

  it('show where they were thrown without their message', () => {
    const frames = framesOf(new TypeError('first line\n    at secret'));
    assert.ok(frames.length > 0);
    assert.match(frames[0]!, /thrown\.test\.ts/);
    assert.ok(!frames.join().includes('secret'));
  });

  it('show no frames when the stack does not begin with the message', () => {
    const error = new Error('before');
    assert.match(error.stack ?? '', /before/); // now it is formatted
    error.message = 'after';
    assert.deepEqual(framesOf(error), []);
    assert.deepEqual(framesOf('text'), []);
  });
});
