// The stub's EKS Pod Identity agent and EC2 instance metadata (version 2 alone).
import { canary } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';
import type { AwsState, Grant } from './aws-state.ts';
import { grantFor } from './aws-sts.ts';

const ROLES = '/latest/meta-data/iam/security-credentials/';

/** Undefined: the request is for neither. */
export function answerMetadata(state: AwsState, request: CloudRequest): CloudAnswer | undefined {
  if (request.path === '/v1/credentials') return answerPodIdentity(state, request);
  if (request.path.startsWith('/latest/')) return answerInstance(state, request);
  return undefined;
}

function answerPodIdentity(state: AwsState, { method, headers }: CloudRequest): CloudAnswer {
  const { podIdentity } = state.options;
  if (method !== 'GET' || !podIdentity || headers.authorization !== podIdentity.authorization) {
    return { status: 401, body: { code: 'AccessDenied', message: 'the token is not that of the pod' } };
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, arn } = sessionOf(state, podIdentity.roleArn);
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
  return { status: 200, body: { ...keys, AccountId: arn.split(':')[4], Expiration: expiresAt?.toISOString() } };
}

function answerInstance(state: AwsState, { method, path, headers }: CloudRequest): CloudAnswer {
  const { nodeRole } = state.options;
  if (path === '/latest/api/token') return openSession(state, method, headers['x-aws-ec2-metadata-token-ttl-seconds']);
  if (!state.metadataSessions.has(String(headers['x-aws-ec2-metadata-token']))) return text(401, '');
  if (nodeRole === undefined) return text(404, '');
  if (path === ROLES) return text(200, nodeRole);
  if (path !== `${ROLES}${nodeRole}`) return text(404, '');
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = sessionOf(state, roleNamed(state, nodeRole));
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
  return { status: 200, body: { Code: 'Success', Type: 'AWS-HMAC', ...keys, Expiration: expiresAt?.toISOString() } };
}

function openSession(state: AwsState, method: string, ttl: string | string[] | undefined): CloudAnswer {
  if (method !== 'PUT') return text(405, '');
  if (typeof ttl !== 'string' || !/^[1-9][0-9]{0,4}$/.test(ttl)) return text(400, '');
  const session = canary();
  state.metadataSessions.add(session);
  return text(200, session);
}

function sessionOf(state: AwsState, arn: string): Grant {
  return grantFor(state, state.roles.get(arn) ?? { arn }, new URLSearchParams({ RoleSessionName: 'operator' }));
}

function roleNamed({ roles }: AwsState, name: string): string {
  return [...roles.keys()].find((arn) => arn.endsWith(`/${name}`)) ?? `arn:aws:iam::111122223333:role/${name}`;
}

function text(status: number, body: string): CloudAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}
