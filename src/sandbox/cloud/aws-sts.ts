// The stub's STS: roles for ServiceAccount tokens and for keys, by the roles' trust.
import { randomBytes, randomUUID } from 'node:crypto';
import { canary } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';
import { signerOf } from './aws-signed.ts';
import type { Problem } from './aws-signed.ts';
import type { AwsRole, AwsState, Grant } from './aws-state.ts';

type Outcome = { readonly grant: Grant } | { readonly problem: Problem };

const AUDIENCE = 'sts.amazonaws.com';
const XMLNS = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Undefined: the request is not for STS. */
export function answerSts(state: AwsState, request: CloudRequest): CloudAnswer | undefined {
  const action = request.form.get('Action');
  if (action !== 'AssumeRole' && action !== 'AssumeRoleWithWebIdentity') return undefined;
  const problem = shapeProblem(request);
  if (problem) return refusal(state, problem);
  const outcome = action === 'AssumeRole' ? assumeRole(state, request) : assumeWithWebIdentity(state, request);
  return 'problem' in outcome ? refusal(state, outcome.problem) : session(state, { action, grant: outcome.grant });
}

function shapeProblem({ method, headers, form }: CloudRequest): Problem | undefined {
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (method !== 'POST' || !isForm || form.get('Version') !== '2011-06-15') return problemOf('MalformedInput', 'form');
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? ''))
    return problemOf('ValidationError', 'roleSessionName');
  if (!(seconds >= 900 && seconds <= 3600)) return problemOf('ValidationError', 'durationSeconds');
  if ((form.get('Policy') ?? '').length > 2048) return problemOf('ValidationError', 'policy');
  return undefined;
}

/** Unsigned: the token is the proof. */
function assumeWithWebIdentity(state: AwsState, { headers, form }: CloudRequest): Outcome {
  const { issuer, audiences = [AUDIENCE] } = state.options;
  if (headers.authorization !== undefined) return { problem: problemOf('MalformedInput', 'signed') };
  if (!issuer) return { problem: problemOf('InvalidIdentityToken', 'No OpenIDConnect provider found in your account') };
  const verified = issuer.verify(form.get('WebIdentityToken') ?? '', { audience: audiences, now: state.now() });
  if (!verified.ok) return { problem: tokenProblem(verified.problem, issuer.url) };
  const role = state.roles.get(form.get('RoleArn') ?? '');
  if (role?.trustedSubjects?.includes(verified.subject)) return { grant: grantFor(state, role, form) };
  const message = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
  return { problem: { status: 403, code: 'AccessDenied', message } };
}

function assumeRole(state: AwsState, request: CloudRequest): Outcome {
  const signed = signerOf(state, request, 'sts');
  if (!signed.ok) return { problem: stsProblem(signed.problem) };
  const { form } = request;
  const arn = form.get('RoleArn') ?? '';
  const role = state.roles.get(arn);
  const isTrusted =
    role?.trustedCallers?.some((caller) => caller === '*' || caller === signed.grant.principal) ?? false;
  if (role && isTrusted && (role.externalId ?? null) === form.get('ExternalId'))
    return { grant: grantFor(state, role, form) };
  const message = `User: ${signed.grant.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  return { problem: { status: 403, code: 'AccessDenied', message } };
}

/** Keys of a session: the only ones, beside users', that ECR takes. */
export function grantFor(state: AwsState, role: AwsRole, form: URLSearchParams): Grant {
  const [, account = '', name = ''] = /^arn:[^:]+:iam::(\d+):role\/(?:.+\/)?([^/]+)$/.exec(role.arn) ?? [];
  const grant: Grant = {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: canary(),
    sessionToken: canary(),
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${form.get('RoleSessionName') ?? 'session'}`,
    principal: role.arn,
    mayGetTokens: role.mayGetTokens ?? true,
    expiresAt: new Date(state.now().getTime() + Number(form.get('DurationSeconds') ?? 3600) * 1000),
  };
  state.grants.set(grant.accessKeyId, grant);
  const policy = form.get('Policy');
  if (policy !== null) state.sessionPolicies.push(policy);
  return grant;
}

function tokenProblem(problem: string, issuer: string): Problem {
  if (problem === 'audience') return problemOf('InvalidIdentityToken', 'Incorrect token audience');
  if (problem === 'expired') return problemOf('ExpiredTokenException', 'Token expired');
  if (problem === 'issuer') {
    return problemOf('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${issuer}`);
  }
  return problemOf('InvalidIdentityToken', 'The web identity token is not valid');
}

/** STS has names of its own for bad signatures, and another status. */
function stsProblem({ code, message }: Problem): Problem {
  const codes: Readonly<Record<string, string>> = {
    UnrecognizedClientException: 'InvalidClientTokenId',
    InvalidSignatureException: 'SignatureDoesNotMatch',
    ExpiredTokenException: 'ExpiredToken',
  };
  return { status: 403, code: codes[code] ?? code, message };
}

function session(state: AwsState, { action, grant }: { readonly action: string; readonly grant: Grant }): CloudAnswer {
  const { accessKeyId, secretAccessKey, sessionToken = '', arn, expiresAt } = grant;
  const end = expiresAt?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';
  const credentials = `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${end}</Expiration></Credentials>`;
  const user = `<AssumedRoleUser><AssumedRoleId>AROA:${arn.split('/').at(-1) ?? ''}</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser>`;
  const result = `<${action}Result>${credentials}${user}</${action}Result>`;
  return xml(state, 200, `<${action}Response xmlns="${XMLNS}">${result}${metadata()}</${action}Response>`);
}

function refusal(state: AwsState, { status, code, message }: Problem): CloudAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return xml(
    state,
    status,
    `<ErrorResponse xmlns="${XMLNS}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

function xml(state: AwsState, status: number, body: string): CloudAnswer {
  return { status, headers: { 'content-type': 'text/xml', date: state.now().toUTCString() }, body };
}

function metadata(): string {
  return `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
}

function problemOf(code: string, message: string): Problem {
  return { status: 400, code, message };
}
