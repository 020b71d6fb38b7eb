import assert from 'node:assert/strict';
import { messageFor } from '../../../src/api/reasons.ts';
import type { FailureReason } from '../../../src/api/reasons.ts';
import type { IssueFailure } from '../../../src/providers/provider.ts';
import type { AwsCloud } from '../../../src/sandbox/cloud/aws.ts';
import type { Fault } from '../../../src/sandbox/cloud/cloud-server.ts';
import {
  accountToken,
  failuresOf,
  HOST,
  issue,
  keyInputs,
  keySpec,
  PULL,
  startCloud,
  TENANT,
  tokensOf,
  webSpec,
} from './setting.ts';

const CANARY = 'CANARY-quoted-by-the-vendor';
const RID = 'c1e5a7de-0001-4f7b-8d11-2f2f5b1e7a01';

/** A refusal of ECR. */
function ecrSays(status: number, code: string, message = CANARY, headers: Record<string, string> = {}): Fault {
  return { status, headers: { 'x-amzn-requestid': RID, ...headers }, body: { __type: code, message } };
}

/** A refusal of STS. */
function stsSays(status: number, code: string, message = CANARY): Fault {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>${RID}</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

const WEB = webSpec({}, TENANT);
const ASSUMED = keySpec([HOST], { assumeRole: { roleARN: PULL, externalID: 'shared-with-acme' } });
const USER_MAY_NOT = 'User: arn:aws:iam::111122223333:user/ci is not authorized to perform:';

interface Case {
  readonly call: 'token' | 'public' | 'webIdentity' | 'assumeRole';
  readonly fault: Fault;
  readonly reason: FailureReason;
  readonly message: RegExp;
}

// One for each row of the table in src/providers/ecr/errors.ts, and of what is the same for all refusals.
const ROWS: Readonly<Record<string, Case>> = {
  'no right to ask for tokens': {
    call: 'token',
    fault: ecrSays(400, 'AccessDeniedException', `${USER_MAY_NOT} ecr:GetAuthorizationToken on resource: * ${CANARY}`),
    reason: 'PermissionDenied',
    message: /^arn:aws:iam::111122223333:user\/ci may not get a token for .*; grant ecr:GetAuthorizationToken on "\*"$/,
  },
  'no right to ask for tokens, an ARN that is none': {
    call: 'token',
    fault: ecrSays(400, 'AccessDeniedException', `User: arn:${CANARY} is not authorized to perform: x`),
    reason: 'PermissionDenied',
    message: /^access key AKIA\.\.\.LE01 may not/,
  },
  'no right to a bearer token of the public registry': {
    call: 'public',
    fault: ecrSays(400, 'AccessDeniedException', `${USER_MAY_NOT} sts:GetServiceBearerToken on resource: *`),
    reason: 'PermissionDenied',
    message: /ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken/,
  },
  'no OIDC provider in the account': {
    call: 'webIdentity',
    fault: stsSays(400, 'InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://x'),
    reason: 'FederationNotConfigured',
    message: /^AWS account 999988887777 .* does not know issuer https:\/\/oidc\.example\.com\/id\/1; add it$/,
  },
  'an audience that is not in the list': {
    call: 'webIdentity',
    fault: stsSays(400, 'InvalidIdentityToken', 'Incorrect token audience'),
    reason: 'AudienceMismatch',
    message: /does not accept audience sts\.amazonaws\.com/,
  },
  'keys that can not be read': {
    call: 'webIdentity',
    fault: stsSays(400, 'InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider"),
    reason: 'IssuerUnreachable',
    message: /^AWS can not read the keys of https:\/\/oidc\.example\.com\/id\/1/,
  },
  'an issuer that does not answer': {
    call: 'webIdentity',
    fault: stsSays(400, 'IDPCommunicationError'),
    reason: 'IssuerUnreachable',
    message: /^AWS can not read the keys/,
  },
  'a trust policy without the subject': {
    call: 'webIdentity',
    fault: stsSays(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
    reason: 'SubjectNotTrusted',
    message: /role\/tenant-a \(if it exists\) does not trust system:serviceaccount:team-a:puller/,
  },
  'a role that may not be assumed': {
    call: 'assumeRole',
    fault: stsSays(403, 'AccessDenied', `${USER_MAY_NOT} sts:AssumeRole on resource: ${PULL}`),
    reason: 'AssumeRoleDenied',
    message: /^arn:aws:iam::111122223333:user\/ci may not act as .*role\/pull \(external id sent: yes\)/,
  },
  'a web identity that is expired twice': {
    call: 'webIdentity',
    fault: stsSays(400, 'ExpiredTokenException'),
    reason: 'ClockSkew',
    message: /^AWS refused the time of the request/,
  },
  'a signature from the past': {
    call: 'token',
    fault: ecrSays(400, 'InvalidSignatureException', 'Signature expired: 2026 is now earlier than 2027'),
    reason: 'ClockSkew',
    message: /local clock differs by 0 s$/,
  },
  'a signature from the future': {
    call: 'token',
    fault: ecrSays(400, 'InvalidSignatureException', 'Signature not yet current: 2027'),
    reason: 'ClockSkew',
    message: /^AWS refused the time/,
  },
  'a signature by another secret': {
    call: 'token',
    fault: ecrSays(400, 'InvalidSignatureException', 'The request signature we calculated does not match'),
    reason: 'CredentialsRejected',
    message: /^access key AKIA\.\.\.LE01 is wrong, deleted, or of another account/,
  },
  'an unknown key at ECR': {
    call: 'token',
    fault: ecrSays(400, 'UnrecognizedClientException'),
    reason: 'CredentialsRejected',
    message: /^access key AKIA\.\.\.LE01 is wrong/,
  },
  'an unknown key at STS': {
    call: 'assumeRole',
    fault: stsSays(403, 'InvalidClientTokenId'),
    reason: 'CredentialsRejected',
    message: /^access key AKIA\.\.\.LE01 is wrong/,
  },
  'a wrong secret at STS': {
    call: 'assumeRole',
    fault: stsSays(403, 'SignatureDoesNotMatch'),
    reason: 'CredentialsRejected',
    message: /^access key AKIA\.\.\.LE01 is wrong/,
  },
  'a region that is not enabled': {
    call: 'token',
    fault: ecrSays(403, 'RegionDisabledException'),
    reason: 'RegionDisabled',
    message: /^Region eu-west-1 is disabled in account of access key AKIA\.\.\.LE01; enable it$/,
  },
  'a session policy that is too long when packed': {
    call: 'assumeRole',
    fault: stsSays(400, 'PackedPolicyTooLarge'),
    reason: 'InputInvalid',
    message: /too long when packed/,
  },
  'a request that is not as STS takes it': {
    call: 'assumeRole',
    fault: stsSays(400, 'ValidationError'),
    reason: 'InternalError',
    message: /^Unexpected ValidationError from AWS/,
  },
  'throttling by a code': {
    call: 'token',
    fault: ecrSays(400, 'ThrottlingException', 'Rate exceeded'),
    reason: 'Throttled',
    message: /^AWS limits token calls/,
  },
  'throttling by the other code': {
    call: 'assumeRole',
    fault: stsSays(400, 'ThrottleException'),
    reason: 'Throttled',
    message: /^AWS limits token calls/,
  },
  'any other refusal': {
    call: 'token',
    fault: ecrSays(418, 'TeapotException'),
    reason: 'RequestRefused',
    message: new RegExp(`^AWS refused the request \\(Teapot, HTTP 418, request id ${RID}\\)$`),
  },
  'a refusal of somebody else': {
    call: 'token',
    fault: { status: 403, headers: { 'content-type': 'text/html' }, body: `<html>${CANARY}</html>` },
    reason: 'RequestRefused',
    message: /^AWS refused the request \(HTTP 403\)$/,
  },
  'a server that is down': {
    call: 'assumeRole',
    fault: { status: 503, body: CANARY },
    reason: 'ProviderUnavailable',
    message: /^AWS is unavailable \(HTTP 503\)$/,
  },
  'an answer of HTML': { call: 'webIdentity', fault: 'html', reason: 'MalformedResponse', message: /127\.0\.0\.1/ },
  'a redirect': { call: 'token', fault: 'redirect', reason: 'ProviderUnreachable', message: /can not be reached/ },
  'an answer that echoes the request': {
    call: 'webIdentity',
    fault: 'echo',
    reason: 'RequestRefused',
    message: /HTTP 400/,
  },
};

const SETTINGS = {
  token: { spec: keySpec(), path: /^\/$/ },
  public: { spec: keySpec(['public.ecr.aws']), path: /^\/$/ },
  webIdentity: { spec: WEB, path: /^\/$/ },
  assumeRole: { spec: ASSUMED, path: /^\/$/ },
};

describe('errors of ecr', () => {
  let aws: AwsCloud;
  beforeEach(async () => {
    aws = await startCloud();
  });
  afterEach(() => aws.stop());

  const inputsFor = (call: Case['call']) => (call === 'webIdentity' ? { token: accountToken() } : keyInputs);
  const shown = (failures: readonly IssueFailure[]): readonly string[] =>
    failures.map(({ reason, facts }) => messageFor(reason, facts));

  for (const [name, { call, fault, reason, message }] of Object.entries(ROWS)) {
    it(`says ${reason} for ${name}`, async () => {
      aws.fail(fault);
      const { spec } = SETTINGS[call];
      const failures = failuresOf(await issue(aws, spec, inputsFor(call)));

      assert.deepEqual(
        failures.map((failure) => failure.reason),
        [reason],
      );
      assert.match(shown(failures)[0] ?? '', message);
      assert.doesNotMatch(JSON.stringify(failures), /CANARY/);
    });
  }

  it('tries once more, with fresh keys of the role, when they expired on their way', async () => {
    let sent = 0;
    aws.fail({
      change: (answer) => (++sent === 2 ? { status: 400, body: { __type: 'ExpiredTokenException' } } : answer),
    });
    assert.equal(tokensOf(await issue(aws, ASSUMED, keyInputs)).length, 1);
    assert.equal(aws.calls.length, 4);
  });

  it('says that temporary keys of a Secret have expired, without another round', async () => {
    aws.fail(ecrSays(400, 'ExpiredTokenException'));
    const [failure] = failuresOf(await issue(aws, keySpec(), { ...keyInputs, sessionToken: 'temporary' }));
    assert.equal(failure?.reason, 'CredentialsExpired');
    assert.equal(aws.calls.length, 1);
  });

  it('corrects a local clock that is off, as the SDK does, and ends by that of AWS', async () => {
    const anHourAhead = (): Date => new Date(Date.now() + 3_600_000);
    const [token] = tokensOf(await issue(aws, keySpec(), keyInputs, { now: anHourAhead }));
    const lifeMs = token!.expiresAt!.getTime() - anHourAhead().getTime();
    assert.ok(Math.abs(lifeMs - 12 * 3_600_000) < 60_000);
  });

  it('names the endpoint that can not be reached', async () => {
    const spec = keySpec(['111122223333.dkr.ecr.moon-east-1.amazonaws.com']);
    const refused = Object.assign(new Error(CANARY), { code: 'ENOTFOUND' });
    const fetch = (): Promise<never> => Promise.reject(new TypeError('fetch failed', { cause: refused }));
    const failures = failuresOf(await issue(aws, spec, keyInputs, { fetch, endpoint: () => undefined }));
    assert.deepEqual(shown(failures), ['api.ecr.moon-east-1.amazonaws.com can not be reached (ENOTFOUND)']);
  });

  it('tells a broken TLS from a broken network', async () => {
    const untrusted = Object.assign(new Error(CANARY), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const fetch = (): Promise<never> => Promise.reject(new TypeError('fetch failed', { cause: untrusted }));
    const [failure] = failuresOf(await issue(aws, keySpec(), keyInputs, { fetch }));
    assert.equal(failure?.reason, 'TLSFailed');
  });

  it('waits as long as AWS says', async () => {
    aws.fail(ecrSays(400, 'ThrottlingException', 'Rate exceeded', { 'retry-after': '30' }));
    const [failure] = failuresOf(await issue(aws, keySpec(), keyInputs));
    assert.equal(failure?.retryAfterMs, 30_000);
  });
});
