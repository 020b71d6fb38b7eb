import assert from 'node:assert/strict';
import type { Converged, NamespaceFailure } from '../../../src/reconcile/namespace/converge.ts';
import { nextRun, retryDelayMs } from '../../../src/reconcile/namespace/retry.ts';
import type { FailureOfNamespace } from '../../../src/reconcile/ports.ts';

describe('the next run of a namespace', () => {
  it('is none where all is well, and earlier failures are forgotten', () => {
    const attempts = new Map([['uid', 4]]);

    assert.deepEqual(nextRun('uid', converged(), { attempts }), {});
    assert.equal(attempts.size, 0);
  });

  it('is none for what only a change of the object can mend', () => {
    const refused = failure('NameConflict', true);

    assert.deepEqual(nextRun('uid', converged([refused]), { attempts: new Map() }), {});
  });

  it('F174: comes later each time while a write fails, up to five minutes', () => {
    const attempts = new Map<string, number>();
    const delays = Array.from({ length: 9 }, () => {
      return nextRun('uid', converged([failure('Contention')]), { attempts }).requeueAfterMs;
    });

    assert.deepEqual(delays.slice(0, 4), [2000, 4000, 8000, 16_000]);
    assert.equal(delays.at(-1), 300_000);
  });

  it('F170: is slow from the start for what people must repair', () => {
    for (const reason of [
      'Forbidden',
      'QuotaExceeded',
      'AdmissionDenied',
      'SecretTooLarge',
      'SecretImmutable',
    ] as const)
      assert.equal(retryDelayMs(reason, 0), 60_000);
    assert.equal(retryDelayMs('Forbidden', 1000), 300_000);
  });

  it('is the soonest of all reasons to look again', () => {
    const both = converged([failure('Forbidden'), failure('WriteFailed')], 500);

    assert.deepEqual(nextRun('uid', both, { attempts: new Map() }), { requeueAfterMs: 500 });
  });
});

function failure(reason: FailureOfNamespace, waitsForChange = false): NamespaceFailure {
  return { reason, message: reason, secretNames: [], waitsForChange };
}

function converged(failures: readonly NamespaceFailure[] = [], lookAgainMs?: number): Converged {
  return { coverage: [], failures, namespaceGone: false, lookAgainMs };
}
