import assert from 'node:assert/strict';
import type { FailureReason } from '../../../src/api/reasons.ts';
import type { EcrSpec } from '../../../src/api/registry-credential.ts';
import type { AwsCloud } from '../../../src/sandbox/cloud/aws.ts';
import { createIssuer } from '../../../src/sandbox/cloud/issuer.ts';
import {
  accountToken,
  failuresOf,
  HOST,
  ID,
  issue,
  keyInputs,
  keySpec,
  NODE,
  OTHER_ID,
  PULL,
  startCloud,
  TENANT,
  tokensOf,
  USER,
  webSpec,
} from '../../providers/ecr/setting.ts';

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';

describe('the stub of AWS', () => {
  let aws: AwsCloud;
  beforeEach(async () => {
    aws = await startCloud();
  });
  afterEach(() => aws.stop());

  const reasonOf = async (spec: EcrSpec, texts: Parameters<typeof issue>[2]): Promise<FailureReason | undefined> =>
    failuresOf(await issue(aws, spec, texts))[0]?.reason;
  const assuming = (externalID?: string): EcrSpec =>
    keySpec([HOST], { assumeRole: { roleARN: PULL, ...(externalID !== undefined && { externalID }) } });

  it('refuses a key that it does not know, and a wrong secret', async () => {
    assert.equal(await reasonOf(keySpec(), { ...keyInputs, accessKeyID: OTHER_ID }), 'CredentialsRejected');
    assert.equal(await reasonOf(keySpec(), { ...keyInputs, secretAccessKey: 'wrong' }), 'CredentialsRejected');
    assert.equal(await reasonOf(keySpec(), { ...keyInputs, sessionToken: 'foreign' }), 'CredentialsRejected');
  });

  it('refuses what is not signed', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': TARGET };
    const response = await fetch(aws.url, { method: 'POST', headers, body: '{}' });
    assert.equal(response.status, 403);
  });

  it('refuses another external id, and none', async () => {
    assert.equal(await reasonOf(assuming('of-somebody-else'), keyInputs), 'AssumeRoleDenied');
    assert.equal(await reasonOf(assuming(), keyInputs), 'AssumeRoleDenied');
    assert.equal(await reasonOf(assuming('shared-with-acme'), keyInputs), undefined);
  });

  it('refuses a caller that the role does not trust', async () => {
    assert.equal(await reasonOf(keySpec([HOST], { assumeRole: { roleARN: NODE } }), keyInputs), 'AssumeRoleDenied');
  });

  it('refuses tokens of another audience, signer, end or subject', async () => {
    const spec = webSpec({}, TENANT);
    const account = { audience: 'sts.amazonaws.com', namespace: 'team-a', serviceAccount: 'puller' };
    const forged = createIssuer('https://oidc.example.com/id/1').sign(account);
    const foreign = webSpec({}, NODE);

    assert.equal(await reasonOf(spec, { token: accountToken('api://other') }), 'AudienceMismatch');
    assert.equal(await reasonOf(spec, { token: forged }), 'RequestRefused');
    assert.equal(await reasonOf(foreign, { token: accountToken() }), 'SubjectNotTrusted');
    assert.equal(await reasonOf(spec, { token: accountToken() }), undefined);
  });

  it('refuses a user without the right, and a region that is off', async () => {
    aws.setUser({ accessKeyId: ID, secretAccessKey: keyInputs.secretAccessKey, arn: USER, mayGetTokens: false });
    assert.equal(await reasonOf(keySpec(), keyInputs), 'PermissionDenied');
    const partial = await startCloud({ disabledRegions: ['eu-west-1'] });
    const failures = failuresOf(await issue(partial, keySpec(), keyInputs));
    await partial.stop();
    assert.deepEqual(
      failures.map(({ reason }) => reason),
      ['RegionDisabled'],
    );
  });

  it('refuses metadata without a session, and the agent without the token of the pod', async () => {
    const metadata = await fetch(`${aws.url}/latest/meta-data/iam/security-credentials/`);
    const agent = await fetch(`${aws.url}/v1/credentials`, { headers: { Authorization: 'another pod' } });
    assert.deepEqual([metadata.status, agent.status], [401, 401]);
  });

  it('accepts at its registry what it gave, until that is revoked', async () => {
    const [token] = tokensOf(await issue(aws, keySpec(), keyInputs));
    const password = token!.password.reveal();
    assert.match(password, /^CANARY-/);
    assert.deepEqual(
      [aws.accepts('AWS', password), aws.accepts('x', password), aws.accepts('AWS', 'x')],
      [true, false, false],
    );
    aws.revokeTokens();
    assert.equal(aws.accepts('AWS', password), false);
  });
});
