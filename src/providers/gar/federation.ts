// auth.workloadIdentity: a ServiceAccount's token in exchange for one of Google's.
//
// One documented call by plain fetch: the library's STS client takes no injected transport, so that neither the guarded
// client nor its deadline would hold, and its errors carry the subject token (docs/adr/0005-google-federation-by-fetch.md).
import type { GarGke, GarWorkloadIdentity } from '../../api/registry-credential.ts';
import { issuerOf } from '../../lib/jwt.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import { callToken } from '../../lib/token-call.ts';
import type { IssueFailure } from '../provider.ts';
import type { Federation } from './errors.ts';
import { bearerOf, googleUrl, SCOPE } from './google.ts';
import type { Bearer, Situation } from './google.ts';

/** The audience of the ServiceAccount's token. */
export function audienceOf({ workloadIdentityProvider, gke }: GarWorkloadIdentity): string {
  return gke ? `${gke.projectID}.svc.id.goog` : `//iam.googleapis.com/${workloadIdentityProvider}`;
}

export async function loginByServiceAccount(
  identity: GarWorkloadIdentity,
  token: Sensitive,
  { prefixes, context }: Situation,
): Promise<Bearer | IssueFailure> {
  const subjectToken = token.reveal().trim();
  const federation = federationOf(identity, context.credential.namespace, subjectToken);
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: identity.gke ? gkeAudience(identity.gke) : federation.audience,
    scope: SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  });
  const outcome = await callToken({ url: googleUrl('google-sts', '/v1/token', context), form }, context);
  const caller = principalOf(identity, context.credential.namespace);
  return bearerOf(outcome, { at: 'sts', prefixes, caller, federation }, caller);
}

function federationOf(identity: GarWorkloadIdentity, namespace: string, subjectToken: string): Federation {
  const audience = audienceOf(identity);
  return {
    pool: identity.workloadIdentityProvider ?? audience,
    audience,
    subject: `system:serviceaccount:${namespace}:${identity.serviceAccountRef.name}`,
    issuer: issuerOf(subjectToken) ?? 'the cluster',
  };
}

/** Google's name for the ServiceAccount, as grants spell it. */
function principalOf(identity: GarWorkloadIdentity, namespace: string): string {
  const { name } = identity.serviceAccountRef;
  if (identity.gke) return `${identity.gke.projectID}.svc.id.goog[${namespace}/${name}]`;
  const pool = identity.workloadIdentityProvider.replace(/\/providers\/[^/]+$/, '');
  return `principal://iam.googleapis.com/${pool}/subject/system:serviceaccount:${namespace}:${name}`;
}

function gkeAudience({ projectID, location, clusterName }: GarGke): string {
  const cluster = `projects/${projectID}/locations/${location}/clusters/${clusterName}`;
  return `identitynamespace:${projectID}.svc.id.goog:https://container.googleapis.com/v1/${cluster}`;
}
