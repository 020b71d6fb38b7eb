import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RESOURCE } from '../../../src/api/names.ts';
import { apply, ChangedMeanwhile, entriesPatch, Skipped } from '../../../src/reconcile/namespace/apply.ts';
import { createMade } from '../../../src/reconcile/namespace/made.ts';
import type { Action } from '../../../src/reconcile/namespace/plan.ts';
import type { Remember } from '../../../src/reconcile/ports.ts';
import { slimSecret, slimServiceAccount as slimAccount } from '../../../src/kube/slim.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { connectTo, createCleanup } from '../../kube/helpers.ts';
import { clusterCredential, decided, published, SECRET_NAME, slimServiceAccount } from '../../support/gen.ts';
import { slimSecret as pullSecret } from '../../support/gen.ts';

const GIVEN = { credentials: [clusterCredential()], tokens: { 'uid-main': published({ 'quay.io': 'q' }) } };

const NONE = { attach: [], detach: [], disown: [] };

describe('the patch of a ServiceAccount', () => {
  it('F190: keeps all other entries in their order, and holds ours once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (entries) => {
        const patch = entriesPatch(slimServiceAccount({ entries }), { ...NONE, attach: [SECRET_NAME] });

        assert.deepEqual(listIn(patch), [...entries, SECRET_NAME]);
        assert.deepEqual(annotationIn(patch), JSON.stringify([SECRET_NAME]));
      }),
    );
  });

  it('F190: keeps an empty entry', () => {
    const account = { ...slimServiceAccount(), entries: [{}, { name: 'a' }, {}] };

    assert.deepEqual(entriesPatch(account, { ...NONE, detach: ['a'] }), {
      metadata: { annotations: { 'regcred.dev/pull-secrets': null } },
      imagePullSecrets: [{}, {}],
    });
  });

  it('F189: takes off every spelling of a leaving entry, and its name from the annotation alone', () => {
    const account = slimServiceAccount({
      entries: ['a', SECRET_NAME, 'b', SECRET_NAME],
      annotated: [SECRET_NAME, 'b'],
    });

    const patch = entriesPatch(account, { ...NONE, detach: [SECRET_NAME] });

    assert.deepEqual(listIn(patch), ['a', 'b']);
    assert.equal(annotationIn(patch), '["b"]');
  });
});

describe('actions on an API server', () => {
  const cleanup = createCleanup();
  afterEach(() => cleanup.run());

  async function openNamespace(remember = forgetful()) {
    const sandbox = await startSandbox();
    cleanup.add(() => sandbox.stop());
    const connection = connectTo(new URL(sandbox.operator.url), {
      cluster: {
        server: new URL(sandbox.operator.url),
        credentials: () => Promise.resolve({ headers: { authorization: `Bearer ${sandbox.operator.token}` }, tls: {} }),
      },
    });
    cleanup.add(() => connection.close());
    await sandbox.admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });
    const ports = { client: connection.client, remember, made: createMade() };
    const ref = { resource: RESOURCE.secrets, namespace: 'team-a', name: SECRET_NAME };
    return {
      run: (actions: readonly Action[]) => apply('team-a', actions, ports, {}),
      secret: () => connection.client.get(ref),
    };
  }

  it('F173: write nothing where the live object is not the one that was planned for', async () => {
    const { run, secret } = await openNamespace();
    const { actions, secrets } = decided({ ...GIVEN, serviceAccounts: [] });
    await run(actions);
    const before = await secret();
    const found = { ...slimSecret(before), resourceVersion: '1' };
    const update = {
      kind: 'UpdateSecret',
      secret: secrets[0]!,
      found,
      isAdoption: false,
      keep: ['ghcr.io'],
      reason: 'DataDiffers',
    } as const;

    const [outcome] = await run([{ ...update, removedMetadata: { labels: [], annotations: [] } }]);

    assert.ok(outcome?.error instanceof ChangedMeanwhile);
    assert.deepEqual(await secret(), before);
  });

  it('are settled where the answer is what was meant: nothing is left to plan', async () => {
    const { run } = await openNamespace();
    const { actions } = decided({ ...GIVEN, serviceAccounts: [] });

    const outcomes = await run(actions);

    assert.deepEqual(
      outcomes.map(({ action, isSettled }) => [action.kind, isSettled]),
      [['CreateSecret', true]],
    );
  });

  it('are not settled where somebody changed it on its way', async () => {
    const { run } = await openNamespace({
      ...forgetful(),
      secret: (object) => ({ ...slimSecret(object), configHash: 'of a webhook' }),
    });
    const { actions } = decided({ ...GIVEN, serviceAccounts: [] });

    const [outcome] = await run(actions);

    assert.deepEqual([outcome?.error, outcome?.isSettled], [undefined, false]);
  });

  it('F197: add no entry for a Secret that could not be written', async () => {
    const { run } = await openNamespace();
    const { actions } = decided(GIVEN);
    await run(actions.slice(0, 1));

    const outcomes = await run(actions); // the Secret is there: 409

    assert.deepEqual(
      outcomes.map(({ error }) => (error as Error).name),
      ['KubeError', new Skipped('').name],
    );
  });

  it('F197: add no entry for a Secret that could not be adopted', async () => {
    const { run } = await openNamespace();
    const credentials = [clusterCredential({ spec: { conflictPolicy: 'Adopt' } })];
    const theirs = pullSecret({ auths: { 'theirs.example.com': {} } }); // gone meanwhile
    const { actions } = decided({ ...GIVEN, credentials, secrets: [theirs] });

    const outcomes = await run(actions);

    assert.deepEqual(
      outcomes.map(({ action, error }) => [action.kind, (error as Error).name]),
      [
        ['UpdateSecret', 'KubeError'],
        ['SetEntries', new Skipped('').name],
      ],
    );
  });
});

function listIn(patch: object): readonly (string | undefined)[] {
  return (patch as { imagePullSecrets: { name?: string }[] }).imagePullSecrets.map(({ name }) => name);
}

function annotationIn(patch: object): string | null | undefined {
  return (patch as { metadata: { annotations: Record<string, string | null> } }).metadata.annotations[
    'regcred.dev/pull-secrets'
  ];
}

/** Nothing is kept: each test says itself what was seen. */
function forgetful(): Remember {
  return {
    secret: slimSecret,
    secretGone: () => undefined,
    serviceAccount: slimAccount,
    serviceAccountGone: () => undefined,
  };
}
