import assert from 'node:assert/strict';
import { describeOperator } from '../../src/cli/operator-lease.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeClient } from '../../src/kube/client.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

function clientWith(spec: object | KubeError): KubeClient {
  const metadata = { name: 'regcred-operator', uid: 'u', resourceVersion: '1' };
  const get = () => (spec instanceof KubeError ? Promise.reject(spec) : Promise.resolve({ metadata, spec }));
  return { get } as unknown as KubeClient;
}

const held = (renewTime: string): object => ({ holderIdentity: 'pod-1_x', leaseDurationSeconds: 15, renewTime });
const refused = (kind: 'NotFound' | 'Forbidden'): KubeError =>
  new KubeError({ kind, status: 403, request: 'get leases "regcred-operator" in namespace "regcred-system"' });

describe('operator-lease', () => {
  const cases: Readonly<Record<string, readonly [Parameters<typeof clientWith>[0], RegExp]>> = {
    'names who holds it': [held('2026-11-22T11:59:57.000000Z'), /^Operator: runs \(pod-1_x, Lease renewed 3s ago\)$/],
    'doubts a holder that does not renew': [
      held('2026-11-22T11:00:00.000000Z'),
      /renewed its Lease 60m ago.*does it run\?$/,
    ],
    'survives a Lease of any shape': [held('garbage'), /renewed its Lease unknown ago/],
    'says that nobody holds it': [{ holderIdentity: '' }, /nobody holds its Lease in namespace regcred-system/],
    'says the same where there is none': [refused('NotFound'), /nobody holds its Lease/],
    'names the missing rule': [
      refused('Forbidden'),
      /rule: \{apiGroups: \["coordination\.k8s\.io"\].*verbs: \["get"\]\}/,
    ],
  };
  for (const [what, [spec, text]] of Object.entries(cases)) {
    it(what, async () => {
      assert.match(await describeOperator(clientWith(spec), 'regcred-system', NOW), text);
    });
  }
});
