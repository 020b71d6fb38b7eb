import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changedLease, readRecord, released, renewal } from '../../src/controller/lease-record.ts';
import type { KubeObject } from '../../src/kube/client.ts';

const lease = (spec: unknown): KubeObject => ({ metadata: { name: 'l', uid: 'u', resourceVersion: '7' }, spec });
const now = new Date('2030-01-01T00:00:00.5Z');

describe('a Lease record', () => {
  it('is read', () => {
    const record = readRecord(lease({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 3 }));
    assert.deepEqual([record.holder, record.durationMs, record.transitions], ['a', 15_000, 3]);
  });

  it('F39: is read whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        (holderIdentity, leaseDurationSeconds, leaseTransitions) => {
          const { durationMs, transitions } = readRecord(
            lease({ holderIdentity, leaseDurationSeconds, leaseTransitions }),
          );
          assert.ok(Number.isInteger(durationMs) && durationMs >= 0 && durationMs <= 600_000);
          assert.ok(Number.isInteger(transitions + 1) && transitions + 1 < 2 ** 31);
        },
      ),
    );
    assert.equal(readRecord(lease(null)).holder, '');
    assert.equal(readRecord(lease('text')).holder, '');
    assert.equal(readRecord(lease({ holderIdentity: 7 })).holder, undefined);
  });

  it('is written with times of exactly six digits', () => {
    assert.equal((renewal('a', 15_000, now) as { renewTime: string }).renewTime, '2030-01-01T00:00:00.500000Z');
    assert.deepEqual(released(now), {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: '2030-01-01T00:00:00.500000Z',
      renewTime: '2030-01-01T00:00:00.500000Z',
    });
  });

  it('keeps what others wrote, and the version it was read at', () => {
    const changed = changedLease(lease({ strategy: 'x', holderIdentity: 'a' }), { holderIdentity: 'b' });
    assert.deepEqual(changed, lease({ strategy: 'x', holderIdentity: 'b' }));
  });
});
