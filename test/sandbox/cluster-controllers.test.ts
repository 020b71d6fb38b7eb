import assert from 'node:assert/strict';

import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock, type FakeClock } from '../support/fake-clock.ts';

const NAMESPACE = '/api/v1/namespaces/team-a';
const ACCOUNT = `${NAMESPACE}/serviceaccounts/default`;

describe('startClusterControllers', () => {
  let sandbox: Sandbox;
  const start = async (options: SandboxOptions = {}): Promise<void> => {
    sandbox = await startSandbox(options);
    await sandbox.admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });
  };
  afterEach(() => sandbox.stop());

  it('makes the "default" ServiceAccount only when its delay is over', async () => {
    const clock = fakeClock();
    await start({ clock, controllers: { serviceAccountDelayMs: 2_000 } });

    const early = await sandbox.admin.get(ACCOUNT);
    clock.advance(2_000);

    assert.equal(early, undefined);
    assert.ok(await sandbox.admin.get(ACCOUNT));
  });

  it('leaves a deleted namespace Terminating until its delay is over', async () => {
    const clock: FakeClock = fakeClock();
    await start({ clock, controllers: { namespaceDeletionDelayMs: 5_000 } });

    await sandbox.admin.delete(NAMESPACE);
    const dying = await sandbox.admin.get(NAMESPACE);
    clock.advance(5_000);

    assert.deepEqual(dying?.['status'], { phase: 'Terminating' });
    assert.equal(await sandbox.admin.get(NAMESPACE), undefined);
  });

  it('makes no "default" ServiceAccount again where the namespace goes', async () => {
    await start();
    await eventually(() => sandbox.admin.get(ACCOUNT));

    await sandbox.admin.delete(NAMESPACE);
    await eventually(async () => (await sandbox.admin.get(NAMESPACE)) === undefined);

    assert.equal(await sandbox.admin.get(ACCOUNT), undefined);
  });

  it('waits for a finalizer of the namespace itself', async () => {
    await start();
    await sandbox.admin.patch(NAMESPACE, { metadata: { finalizers: ['example.com/hold'] } });

    await sandbox.admin.delete(NAMESPACE);
    await eventually(async () => (await sandbox.admin.get(ACCOUNT)) === undefined);
    assert.ok(await sandbox.admin.get(NAMESPACE));
    await sandbox.admin.patch(NAMESPACE, { metadata: { finalizers: null } });

    await eventually(async () => (await sandbox.admin.get(NAMESPACE)) === undefined);
  });
});
