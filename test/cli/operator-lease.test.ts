import assert from 'node:assert/strict';
import { readOperator } from '../../src/cli/operator-lease.ts';
import type { OperatorView } from '../../src/cli/operator-lease.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeClient, KubeObject } from '../../src/kube/client.ts';
import { hastyClock } from './io.ts';

const clock = { ...hastyClock(), now: () => new Date('2026-11-22T12:00:00Z') };

function clientWith(spec: object | KubeError): KubeClient {
  const get = () => (spec instanceof KubeError ? Promise.reject(spec) : Promise.resolve(lease(spec)));
  return { get } as unknown as KubeClient;
}

function lease(spec: object): KubeObject {
  return { metadata: { name: 'regcred-operator', uid: 'u', resourceVersion: '1' }, spec };
}

const held = (renewTime: string): object => ({ holderIdentity: 'pod-1_x', leaseDurationSeconds: 15, renewTime });
const refused = (kind: 'NotFound' | 'Forbidden'): KubeError =>
  new KubeError({ kind, status: 403, request: 'get leases "regcred-operator" in namespace "regcred-system"' });

describe('operator-lease', () => {
  const cases: Readonly<Record<string, readonly [Parameters<typeof clientWith>[0], OperatorView['state'], RegExp]>> = {
    'names who holds it': [
      held('2026-11-22T11:59:57.000000Z'),
      'running',
      /^Operator: runs \(pod-1_x, Lease renewed 3s ago\)$/,
    ],
    'doubts a holder that does not renew': [
      held('2026-11-22T11:00:00.000000Z'),
      'stopped',
      /renewed its Lease 60m ago.*does it run\?$/,
    ],
    'survives a Lease of any shape': [held('garbage'), 'stopped', /renewed its Lease unknown ago/],
    'says that nobody holds it': [
      { holderIdentity: '' },
      'stopped',
      /nobody holds its Lease in namespace regcred-system/,
    ],
    'says the same where there is none': [refused('NotFound'), 'stopped', /nobody holds its Lease/],
    'names the missing rule': [
      refused('Forbidden'),
      'unknown',
      /rule: \{apiGroups: \["coordination\.k8s\.io"\].*verbs: \["get"\]\}/,
    ],
  };
  for (const [what, [spec, state, text]] of Object.entries(cases)) {
    it(what, async () => {
      const view = await readOperator(clientWith(spec), 'regcred-system', clock);

      assert.equal(view.state, state);
      assert.match(view.message, text);
    });
  }

  it('believes a holder that renews between two looks, however wrong a clock is', async () => {
    let looks = 0;
    const get = () => Promise.resolve(lease(held(`2026-11-22T11:00:0${looks++}.000000Z`)));

    const { state, message } = await readOperator({ get } as unknown as KubeClient, 'regcred-system', clock);

    assert.equal(state, 'running');
    assert.match(message, /^Operator: runs \(pod-1_x; by this clock it renewed its Lease 60m ago\)$/);
  });
});
