// Contract: the Lease of leader election, and Events.
import assert from 'node:assert/strict';

import { causeFields, expectCode, type Fixture } from './fixture.ts';

const NOW = '2026-11-01T12:00:00.000000Z';
const LATER = '2026-11-01T12:00:02.123456Z';

export function describeLeasesAndEvents(fixture: () => Fixture): void {
  describe('Leases', () => {
    it('are created, renewed by PUT and released', async () => {
      const { admin, namespace } = fixture();
      const path = leasesOf(await namespace());
      const created = expectCode(await admin.post(path, lease({})), 201);

      const renewed = await admin.put(`${path}/leader`, { ...created, spec: { ...created.spec, renewTime: LATER } });
      const late = await admin.put(`${path}/leader`, created);
      const released = await admin.put(
        `${path}/leader`,
        lease(
          { resourceVersion: expectCode(renewed, 200).metadata.resourceVersion },
          { holderIdentity: '', leaseDurationSeconds: 1 },
        ),
      );

      assert.equal(created.spec['holderIdentity'], 'a');
      assert.equal(renewed.body.spec['renewTime'], LATER);
      assert.equal(expectCode(late, 409).reason, 'Conflict');
      assert.equal(expectCode(released, 200).spec['holderIdentity'], '');
    });

    it('that are absent are created by PUT', async () => {
      const { admin, namespace } = fixture();

      expectCode(await admin.put(`${leasesOf(await namespace())}/leader`, lease({})), 201);
    });

    it('have times with six digits and a duration', async () => {
      const { admin, namespace } = fixture();
      const path = leasesOf(await namespace());

      const short = await admin.post(path, lease({}, { renewTime: '2026-11-01T12:00:00Z' }));
      const none = await admin.post(path, lease({}, { leaseDurationSeconds: 0 }));

      expectCode(short, 400);
      expectCode(none, 422);
      assert.deepEqual(causeFields(none), ['spec.leaseDurationSeconds']);
    });

    it('are not replaced without their version', async () => {
      const { admin, namespace } = fixture();
      const path = leasesOf(await namespace());
      expectCode(await admin.post(path, lease({})), 201);

      const refused = await admin.put(`${path}/leader`, lease({}));

      expectCode(refused, 422);
      assert.deepEqual(causeFields(refused), ['metadata.resourceVersion']);
    });
  });

  describe('Events', () => {
    it('about a cluster-wide object live in the namespace "default" and take a series', async () => {
      const { admin } = fixture();
      const name = `contract.${Date.now().toString(16)}`;
      const body = event(name, { regarding: { kind: 'ClusterRegistryCredential', name: 'x' } });

      expectCode(await admin.post(eventsOf('default'), body), 201);
      const series = { count: 2, lastObservedTime: NOW };
      const repeated = expectCode(await admin.merge(`${eventsOf('default')}/${name}`, { series }), 200);

      assert.deepEqual(repeated['series'], series);
      expectCode(await admin.delete(`${eventsOf('default')}/${name}`), 200);
    });

    for (const [what, fields, code] of [
      ['without a time', { eventTime: null }, 422],
      ['with a time of whole seconds', { eventTime: '2026-11-01T12:00:00Z' }, 400],
      ['without a reporting controller', { reportingController: '' }, 422],
      ['without an action', { action: '' }, 422],
      ['without a reason', { reason: '' }, 422],
      ['of an unknown type', { type: 'Loud' }, 422],
      ['with a note of more than 1 kB', { note: 'x'.repeat(1025) }, 422],
      ['about what has no namespace, outside of "default"', { regarding: { kind: 'Secret', name: 'x' } }, 422],
    ] as const) {
      it(`${what} are refused`, async () => {
        const { admin, namespace } = fixture();
        const home = await namespace();
        const regarding = { kind: 'Secret', namespace: home, name: 'x' };

        expectCode(await admin.post(eventsOf(home), event('bad', { regarding, ...fields })), code);
      });
    }
  });
}

function leasesOf(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

function eventsOf(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}

function lease(metadata: object, spec: object = {}): object {
  const held = { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: NOW, renewTime: NOW, leaseTransitions: 0 };
  const type = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  return { ...type, metadata: { name: 'leader', ...metadata }, spec: { ...held, ...spec } };
}

function event(name: string, fields: object): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name },
    eventTime: NOW,
    reportingController: 'regcred-operator',
    reportingInstance: 'contract',
    action: 'Tried',
    reason: 'Tried',
    type: 'Normal',
    note: 'tried',
    ...fields,
  };
}
