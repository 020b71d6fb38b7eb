// A fence that is missing, played on the real control plane; and one that is around somebody else, which only that one can tell.
import assert from 'node:assert/strict';
import { POLICY, describeFenceReport, playFence } from '../../test/journeys/fence.cases.ts';
import { OPERATOR_USER } from '../support/install.ts';
import { openReal } from '../support/target.ts';

describeFenceReport(openReal);

describe('a fence around somebody else', () => {
  it('F141: is reported as missing; mended, the report ends by itself', () =>
    playFence(openReal, {
      path: POLICY,
      breach: async ({ admin }) => {
        const { text } = await admin.raw.get(POLICY);
        const elsewhere = text.replaceAll(OPERATOR_USER, 'system:serviceaccount:elsewhere:regcred-operator');
        const { code, text: answer } = await admin.raw.put(POLICY, JSON.parse(elsewhere));
        assert.equal(code, 200, answer);
      },
      report: () => Promise.resolve(),
    }));
});
