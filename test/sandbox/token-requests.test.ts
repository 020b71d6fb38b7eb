import assert from 'node:assert/strict';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { rawClient } from '../support/raw-client.ts';
import type { RawClient } from '../support/raw-client.ts';

const request = (spec: object, uid?: string) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  ...(uid === undefined ? {} : { metadata: { uid } }),
  spec,
});
const AWS = { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 };

describe('TokenRequests of the sandbox', () => {
  let sandbox: Sandbox;
  let admin: RawClient;
  let operator: RawClient;
  let path: string;
  before(async () => {
    sandbox = await startSandbox();
    admin = rawClient(sandbox.adminAccess);
    operator = rawClient(sandbox.operator);
    const accounts = `/api/v1/namespaces/${sandbox.operator.namespace}/serviceaccounts`;
    await admin.post(accounts, { metadata: { name: 'puller' } });
    path = `${accounts}/puller/token`;
  });
  after(async () => {
    admin.close();
    operator.close();
    await sandbox.stop();
  });
  const code = async (body: object, client = admin, at = path): Promise<number> => (await client.post(at, body)).code;

  it('F130: sign a token that the published keys prove', async () => {
    const answer = await admin.post(path, request(AWS));
    const { token, expirationTimestamp } = answer.body['status'] as { token: string; expirationTimestamp: string };
    assert.equal(answer.code, 201);
    const verified = sandbox.apiServer.issuer().verify(token, { audience: 'sts.amazonaws.com' });
    assert.equal(verified.ok && verified.subject, `system:serviceaccount:${sandbox.operator.namespace}:puller`);
    assert.ok(Math.abs(Date.parse(expirationTimestamp) - Date.now() - 600_000) < 60_000);
  });

  it('publish discovery and keys under the issuer', async () => {
    const discovery = (await admin.get('/.well-known/openid-configuration')).body as unknown as { issuer: string };
    const keys = await admin.request('GET', '/openid/v1/jwks', { headers: { accept: '*/*' } });
    assert.equal(discovery.issuer, sandbox.apiServer.url);
    assert.equal((JSON.parse(keys.text) as { keys: unknown[] }).keys.length, 1);
  });

  it('refuse another uid, a short life, and an absent ServiceAccount', async () => {
    assert.equal(await code(request(AWS, 'another')), 409);
    assert.equal(await code(request({ ...AWS, expirationSeconds: 599 })), 422);
    assert.equal(await code(request(AWS), admin, path.replace('puller', 'absent')), 404);
  });

  for (const [what, audiences, expected] of [
    ['of AWS', ['sts.amazonaws.com'], 201],
    ['of Azure', ['api://AzureADTokenExchange'], 201],
    ['of IBM', ['iam'], 201],
    [
      'of Google',
      ['//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider'],
      201,
    ],
    ["of Google's own clusters", ['project.svc.id.goog'], 201],
    ["of the API server's own", undefined, 422],
    ['of two', ['iam', 'sts.amazonaws.com'], 422],
    ['of another', ['https://evil.example.com'], 422],
  ] as const)
    it(`F139: the operator's with the audience ${what} answers ${expected}`, async () => {
      assert.equal(await code(request({ ...AWS, audiences }), operator), expected);
    });

  it('F123: need a right of their own in the namespace of a tenant', async () => {
    await admin.post('/api/v1/namespaces', { metadata: { name: 'team' } });
    const tenants = '/api/v1/namespaces/team/serviceaccounts/default/token';
    assert.equal(await code(request(AWS), operator, tenants), 403);
  });
});
