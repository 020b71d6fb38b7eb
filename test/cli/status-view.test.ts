import assert from 'node:assert/strict';
import { credentialNotes, credentialTable, viewOf } from '../../src/cli/status-view.ts';
import type { KubeObject } from '../../src/kube/client.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

function credential(status: object | undefined, { namespace }: { namespace?: string } = {}): KubeObject {
  return {
    kind: namespace === undefined ? 'ClusterRegistryCredential' : 'RegistryCredential',
    metadata: {
      name: 'hub',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '2026-11-17T12:00:00Z',
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: { provider: { static: {} } },
    ...(status === undefined ? {} : { status }),
  };
}

const condition = (type: string, status: string, reason: string, message = ''): object => ({
  type,
  status,
  reason,
  message,
});
const ready = condition('Ready', 'True', 'Ready');

describe('status-view', () => {
  it('shows a healthy credential in one line, and nothing below', () => {
    const view = viewOf(
      credential({
        provider: 'ecr',
        conditions: [ready, condition('Synced', 'True', 'Synced'), condition('Shadowed', 'False', 'NotShadowed')],
        expirationTime: '2026-11-22T17:30:00Z',
        namespaces: { selected: 42, synced: 42, failed: 0, summary: '42/42' },
      }),
      NOW,
    );

    assert.equal(view.needsAction, false);
    assert.equal(
      credentialTable([view], NOW),
      'NAMESPACE   NAME           READY   REASON   PROVIDER   EXPIRES    NAMESPACES   AGE\n' +
        '-           cregcred/hub   True    Ready    ecr        in 5h30m   42/42        5d\n',
    );
    assert.equal(credentialNotes(view), '');
  });

  it('says when a token ends: never, in some hours, at a date, or that it has ended', () => {
    const cases: readonly (readonly [expirationTime: string | undefined, text: RegExp])[] = [
      [undefined, / never /],
      ['2026-11-22T12:01:30Z', / in 90s /],
      ['2026-12-24T00:00:00Z', / 2026-12-24 /],
      ['2026-11-22T11:55:00Z', / 5m ago /],
      ['nonsense', / - +- +5d$/m],
    ];
    for (const [expirationTime, text] of cases) {
      assert.match(credentialTable([viewOf(credential({ conditions: [ready], expirationTime }), NOW)], NOW), text);
    }
  });

  it('asks for action when a token has ended although Ready still says True', () => {
    const view = viewOf(credential({ conditions: [ready], expirationTime: '2026-11-22T11:55:00Z' }), NOW);

    assert.equal(view.needsAction, true);
    assert.match(credentialNotes(view), /Token: Expired: ended at 2026-11-22T11:55:00Z; does the operator run\?/);
  });

  it('shows the reason once when Ready repeats another condition', () => {
    const message = 'the password is wrong; put the right one into Secret "hub"';
    const conditions = [
      condition('Ready', 'False', 'LoginRejected', message),
      condition('TokenIssued', 'False', 'LoginRejected', message),
    ];

    const view = viewOf(credential({ conditions }), NOW);

    assert.equal(view.needsAction, true);
    assert.equal(credentialNotes(view), `cregcred/hub:\n  Ready=False: LoginRejected: ${message}\n`);
  });

  it('asks for action while the last good login is still in use, for no new one can be had', () => {
    const message = 'Token in use does not expire; refresh fails: Secret "hub" does not exist';
    const conditions = [ready, condition('TokenIssued', 'True', 'LastGood', message)];

    const view = viewOf(credential({ conditions }), NOW);

    assert.equal(view.needsAction, true);
    assert.equal(credentialNotes(view), `cregcred/hub:\n  TokenIssued=True: LastGood: ${message}\n`);
  });

  it('lists at most ten failures and counts the rest', () => {
    const failures = Array.from({ length: 12 }, (_, index) => ({
      name: `team-${index}`,
      reason: 'NameConflict',
      message: 'exists and is not ours',
    }));

    const view = viewOf(credential({ conditions: [ready], failures, namespaces: { failed: 25 } }), NOW);

    assert.equal(view.needsAction, true);
    const lines = credentialNotes(view).trimEnd().split('\n');
    assert.equal(lines.length, 12);
    assert.equal(lines[1], '  team-0: NameConflict: exists and is not ours');
    assert.equal(lines[11], '  and 15 more failed namespaces');
  });

  it('takes a suspended credential for what its owner wants, and tells what is shadowed', () => {
    const conditions = [
      condition('Ready', 'Unknown', 'Suspended', 'spec.suspend is true'),
      condition('Shadowed', 'True', 'HigherPrecedence', 'reg.example in 1 namespace'),
    ];

    const view = viewOf(credential({ conditions }), NOW);

    assert.equal(view.needsAction, false);
    assert.match(credentialNotes(view), /Shadowed=True: HigherPrecedence: reg\.example in 1 namespace/);
  });

  it('asks whether the operator runs when there is no status yet', () => {
    const view = viewOf(credential(undefined, { namespace: 'team-a' }), NOW);

    assert.equal(view.needsAction, true);
    assert.equal(view.provider, 'static');
    assert.equal(view.reason, 'Pending');
    assert.match(credentialNotes(view), /^regcred\/hub in team-a:\n {2}no status yet: .*does it run\?\n$/);
  });

  it('survives a status of any shape, and prints no control characters', () => {
    for (const status of [null, [], 'x', { conditions: 5, failures: [null, 7], namespaces: [] }]) {
      assert.equal(viewOf(credential(status as object), NOW).ready, 'Unknown');
    }
    const hostile = viewOf(credential({ conditions: [condition('Ready', 'False', '\u001b[2J', 'a\nb')] }), NOW);

    assert.doesNotMatch(credentialTable([hostile], NOW) + credentialNotes(hostile), /\u001b|a\nb/);
  });
});
