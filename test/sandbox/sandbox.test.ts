import assert from 'node:assert/strict';

import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { rawClient } from '../support/raw-client.ts';

describe('startSandbox', () => {
  it('gives the operator its rights and its fence', async () => {
    const sandbox = await startSandbox();
    const operator = rawClient(sandbox.operator);
    const bad = { metadata: { name: 'regcred-managed' }, type: 'Opaque' };

    const listed = await operator.get('/api/v1/secrets?fieldSelector=metadata.name=regcred-managed');
    const all = await operator.get('/api/v1/secrets');
    const denied = await operator.post('/api/v1/namespaces/default/secrets?dryRun=All', bad);

    assert.deepEqual([listed.code, all.code, denied.code], [200, 403, 422]);
    operator.close();
    await sandbox.stop();
  });

  it('shows the policies of the fence, which acts as long as they are there', async () => {
    const sandbox = await startSandbox();
    const operator = rawClient(sandbox.operator);
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    const bad = { metadata: { name: 'other' }, type: 'Opaque' };

    const before = await sandbox.admin.list(policies);
    await sandbox.admin.delete(`${policies}/regcred-operator-pull-secrets`);
    const passed = await operator.post('/api/v1/namespaces/default/secrets?dryRun=All', bad);

    assert.equal(before.length, 4);
    assert.equal(passed.code, 201);
    operator.close();
    await sandbox.stop();
  });

  it('does without the fence where that is asked for', async () => {
    const sandbox = await startSandbox({ hasFence: false });
    const operator = rawClient(sandbox.operator);
    const bad = { metadata: { name: 'regcred-managed' }, type: 'Opaque' };

    const passed = await operator.post('/api/v1/namespaces/default/secrets?dryRun=All', bad);

    assert.equal(passed.code, 201);
    operator.close();
    await sandbox.stop();
  });

  it('writes a kubeconfig that says how to reach it', async () => {
    const sandbox = await startSandbox({ tls: true });

    const config = JSON.parse(sandbox.kubeconfig()) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
      users: [{ user: { token: string } }];
    };

    assert.equal(config.clusters[0].cluster.server, sandbox.operator.url);
    assert.equal(
      Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
      sandbox.operator.ca,
    );
    assert.equal(config.users[0].user.token, sandbox.operator.token);
    await sandbox.stop();
  });

  it('answers the admin with objects, and throws what is refused', async () => {
    const { admin, stop } = await withBoundStop();

    await admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });
    const patched = await admin.patch('/api/v1/namespaces/team-a', { metadata: { labels: { tier: 'a' } } });

    assert.equal(patched.metadata.labels?.['tier'], 'a');
    assert.ok((await admin.list('/api/v1/namespaces')).some(({ metadata }) => metadata.name === 'team-a'));
    assert.equal(await admin.get('/api/v1/namespaces/absent'), undefined);
    await admin.delete('/api/v1/namespaces/absent');
    await assert.rejects(admin.create('/api/v1/namespaces', { metadata: { name: 'No' } }), /refused \(HTTP 422\)/);
    await stop();
  });
});

async function withBoundStop() {
  const sandbox = await startSandbox();
  return { admin: sandbox.admin, stop: () => sandbox.stop() };
}
