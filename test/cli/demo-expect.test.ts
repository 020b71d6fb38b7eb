import assert from 'node:assert/strict';
import { conditionOf, expectEntry, expectNothingLeft, expectPull, summaryOf } from '../../src/cli/demo-expect.ts';
import { createStage } from '../../src/cli/demo-world.ts';
import type { DemoObject, Pull, Stage, World } from '../../src/cli/demo-world.ts';
import { hastyClock } from './io.ts';

function stageWith(world: { objects?: Readonly<Record<string, DemoObject>>; pull?: Pull }): Stage {
  const fake = {
    get: (path: string) => Promise.resolve(world.objects?.[path]),
    pull: () => Promise.resolve(world.pull),
    operatorEnd: () => undefined,
  };
  const signal = new AbortController().signal;
  return createStage(fake as unknown as World, { clock: hastyClock(), print: () => undefined, signal });
}

const ACCOUNT = '/api/v1/namespaces/team-a/serviceaccounts/default';
const metadata = { name: 'default', uid: 'u' };

describe('demo-expect', () => {
  it('takes a pull only as the user that was meant', async () => {
    await expectPull(stageWith({ pull: { pulled: true, via: 'platform' } }), 'team-a', 'platform');

    const other = stageWith({ pull: { pulled: true, via: 'anonymous' } });
    await assert.rejects(expectPull(other, 'team-a', 'platform'), /found: a pull as "anonymous"/);
    const none = stageWith({ pull: { pulled: false, reason: 'ErrImagePull: 401' } });
    await assert.rejects(expectPull(none, 'team-a', 'platform'), /found: ErrImagePull: 401/);
  });

  it('finds the entry of the ServiceAccount', async () => {
    const imagePullSecrets = [{}, { name: 'regcred-managed' }];
    await expectEntry(stageWith({ objects: { [ACCOUNT]: { metadata, imagePullSecrets } } }), 'team-a');

    await assert.rejects(expectEntry(stageWith({}), 'team-a'), /found: imagePullSecrets: \[\]/);
  });

  it('calls nothing left only what has neither Secret, entry nor annotation', async () => {
    await expectNothingLeft(stageWith({ objects: { [ACCOUNT]: { metadata } } }), 'team-a');

    const annotated = { ...metadata, annotations: { 'regcred.dev/pull-secrets': '[]' } };
    const left = stageWith({ objects: { [ACCOUNT]: { metadata: annotated } } });
    await assert.rejects(expectNothingLeft(left, 'team-a'), /found: our annotation/);
  });

  it('reads a status of any shape', () => {
    const conditions = [{ type: 'Ready', status: 'True' }];

    assert.equal(conditionOf({ conditions }, 'Ready'), 'True');
    assert.equal(conditionOf({ conditions: 5 }, 'Ready'), undefined);
    assert.equal(summaryOf({ namespaces: { summary: '2/2' } }), '2/2');
    assert.equal(summaryOf({}), undefined);
  });
});
