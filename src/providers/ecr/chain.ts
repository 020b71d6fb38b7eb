// The identity chain: where keys come from, and the roles that are taken on from there. Prefixes with one chain share it.
import { issueFailure } from '../../api/reasons.ts';
import type { EcrAuth, EcrSpec } from '../../api/registry-credential.ts';
import { issuerOf } from '../../lib/jwt.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { IssueFailure, IssueRequest } from '../provider.ts';
import { readAmbient } from './ambient.ts';
import type { Group } from './groups.ts';
import { keysFrom, ROLE_ANNOTATION, ROLE_ARN } from './inputs.ts';
import type { EcrInput } from './inputs.ts';
import { sessionName } from './session-name.ts';
import { takeRole, takeWebIdentity } from './steps.ts';
import type { Identity, Tools, WebIdentity } from './steps.ts';

type Request = IssueRequest<EcrSpec, EcrInput>;
type Start = Identity | WebIdentity;

/** Leads to an identity; fails with StepFailed. */
export interface Chain {
  identityFor(group: Group): Promise<Identity>;
}

/** Reads the start of the chain; a failure is that of all prefixes. */
export async function createChain(request: Request, tools: Tools): Promise<Chain | IssueFailure> {
  const start = await startOf(request);
  if ('reason' in start) return start;
  const taken = new Map<string, Promise<Identity>>();
  const baseFor = (group: Group): Promise<Identity> => {
    if ('keys' in start) return Promise.resolve(start);
    const web = withPolicy(start, group.role ? undefined : group.policy);
    const key = JSON.stringify([group.region, group.domains.ipv4, group.isFips, group.isDualStack, web.policy ?? null]);
    const identity = taken.get(key) ?? takeWebIdentity(tools, group, web);
    taken.set(key, identity);
    return identity;
  };
  return { identityFor: async (group) => throughRole(group, await baseFor(group), { request, tools }) };
}

async function throughRole(
  group: Group,
  from: Identity,
  { request, tools }: { readonly request: Request; readonly tools: Tools },
): Promise<Identity> {
  const { role, policy } = group;
  if (!role) return from;
  const to = {
    roleArn: role.roleARN,
    sessionName: role.sessionName ?? sessionNameOf(request),
    ...(role.externalID !== undefined && { externalId: role.externalID }),
  };
  return takeRole(tools, group, { from, to: withPolicy(to, policy) });
}

async function startOf(request: Request): Promise<Start | IssueFailure> {
  const { auth } = request.spec;
  if (auth.accessKey) return keysFrom(auth.accessKey, request);
  return auth.ambient ? ambientStart(auth.ambient, request) : webStart(auth.workloadIdentity, request);
}

function webStart(
  { serviceAccountRef: { name }, roleARN }: NonNullable<EcrAuth['workloadIdentity']>,
  { inputs, context }: Request,
): WebIdentity | IssueFailure {
  const { namespace } = context.credential;
  const token = inputs.token;
  if (!token) return issueFailure('InputNotFound', [], { kind: 'ServiceAccount', name, namespace });
  const roleArn = roleARN ?? inputs.roleARN?.reveal().trim() ?? '';
  if (!ROLE_ARN.test(roleArn)) {
    return issueFailure('InputInvalid', [], { serviceAccount: name, annotation: ROLE_ANNOTATION, what: 'role ARN' });
  }
  const subject = `system:serviceaccount:${namespace}:${name}`;
  return { token, roleArn, sessionName: sessionName(context.credential, name), subject, issuer: issuerIn(token) };
}

async function ambientStart(
  { source }: NonNullable<EcrAuth['ambient']>,
  { context }: Request,
): Promise<Start | IssueFailure> {
  const ambient = await readAmbient(source, context);
  if (ambient.kind === 'missing') {
    return issueFailure('AmbientUnavailable', [], { cloud: 'AWS', source, hint: ambient.hint });
  }
  if (ambient.kind === 'keys') return ambient;
  const { token, roleArn } = ambient;
  const name = ambient.sessionName ?? sessionName(context.credential);
  return { token, roleArn, sessionName: name, subject: "the operator's ServiceAccount", issuer: issuerIn(token) };
}

function sessionNameOf({ spec: { auth }, context }: Request): string {
  return sessionName(context.credential, auth.workloadIdentity?.serviceAccountRef.name);
}

function issuerIn(token: Sensitive): string {
  return issuerOf(token.reveal()) ?? 'the cluster';
}

function withPolicy<Session extends object>(
  session: Session,
  policy: string | undefined,
): Session & { policy?: string } {
  return policy === undefined ? session : { ...session, policy };
}
