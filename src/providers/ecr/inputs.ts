// What ECR needs from the cluster, by mode; and how a text that arrived is checked.
import { issueFailure } from '../../api/reasons.ts';
import type { EcrAccessKey, EcrSpec } from '../../api/registry-credential.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { InputRef, IssueFailure, IssueRequest } from '../provider.ts';
import type { Identity } from './steps.ts';

export type EcrInput = 'accessKeyID' | 'secretAccessKey' | 'sessionToken' | 'token' | 'roleARN' | 'operator';

type Request = IssueRequest<EcrSpec, EcrInput>;

export const AUDIENCE = 'sts.amazonaws.com';
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
export const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;

export function inputsOf({ auth }: EcrSpec): Partial<Record<EcrInput, InputRef>> {
  if (auth.ambient) return { operator: { kind: 'AmbientIdentity' } };
  if (auth.accessKey) return keyInputs(auth.accessKey);
  const { serviceAccountRef, roleARN } = auth.workloadIdentity;
  const { name } = serviceAccountRef;
  const token: InputRef = { kind: 'ServiceAccountToken', name, audience: AUDIENCE };
  if (roleARN !== undefined) return { token };
  return { token, roleARN: { kind: 'ServiceAccountAnnotation', name, annotation: ROLE_ANNOTATION } };
}

function keyInputs({ secretRef: { name }, keys }: EcrAccessKey): Partial<Record<EcrInput, InputRef>> {
  const key = (field: keyof typeof keys): InputRef => ({ kind: 'SecretKey', name, key: keys[field] });
  return {
    accessKeyID: key('accessKeyID'),
    secretAccessKey: key('secretAccessKey'),
    sessionToken: { kind: 'SecretKey', name, key: keys.sessionToken, optional: true },
  };
}

/** The keys of a Secret; what an editor left around them is taken off. */
export function keysFrom({ secretRef: { name }, keys }: EcrAccessKey, { inputs }: Request): Identity | IssueFailure {
  const id = inputs.accessKeyID?.reveal().trim() ?? '';
  const secret = inputs.secretAccessKey?.reveal().trim() ?? '';
  const session = inputs.sessionToken?.reveal().trim() ?? '';
  const invalid = (key: string, what: string): IssueFailure => issueFailure('InputInvalid', [], { name, key, what });
  if (!/^\w{16,128}$/.test(id)) return invalid(keys.accessKeyID, 'access key id');
  if (!/^[\x21-\x7e]+$/.test(secret)) return invalid(keys.secretAccessKey, 'secret access key');
  if (!/^[\x21-\x7e]*$/.test(session)) return invalid(keys.sessionToken, 'session token');
  const pair = { accessKeyId: id, secretAccessKey: sensitive(secret) };
  const principal = `access key ${id.slice(0, 4)}...${id.slice(-4)}`;
  if (session === '') return { keys: pair, principal };
  return { keys: { ...pair, sessionToken: sensitive(session) }, principal, isTemporary: true };
}
