// Google Artifact Registry and gcr.io: one access token for all prefixes, by one of three logins and a second hop.
import { issueFailure } from '../../api/reasons.ts';
import type { GarServiceAccountKey, GarSpec } from '../../api/registry-credential.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type {
  InputRef,
  IssueFailure,
  IssueRequest,
  IssueResult,
  Provider,
  RegistryToken,
  TokenGroup,
} from '../provider.ts';
import { loginAmbient } from './ambient.ts';
import { audienceOf, loginByServiceAccount } from './federation.ts';
import type { Bearer, Situation } from './google.ts';
import { isGarPrefix } from './hosts.ts';
import { actAs } from './impersonate.ts';
import type { Target } from './impersonate.ts';
import { isServiceAccountEmail, readKeyFile } from './key-file.ts';
import { loginByKey } from './key-login.ts';

export type GarInput = 'keyFile' | 'token' | 'account' | 'identity';

type Request = IssueRequest<GarSpec, GarInput>;

/** Artifact Registry takes access tokens under this user name: https://cloud.google.com/artifact-registry/docs/docker/authentication */
const USERNAME = 'oauth2accesstoken';
const ACCOUNT_ANNOTATION = 'iam.gke.io/gcp-service-account';
const DEFAULT_LIFETIME_SECONDS = 3600;

export const gar: Provider<GarSpec, GarInput> = {
  inputs({ auth, impersonate }): Partial<Record<GarInput, InputRef>> {
    const { serviceAccountKey: key, workloadIdentity: identity } = auth;
    if (key) return { keyFile: { kind: 'SecretKey', name: key.secretRef.name, key: key.keys.keyFile } };
    if (!identity) return { identity: { kind: 'AmbientIdentity' } };
    const { name } = identity.serviceAccountRef;
    const token: InputRef = { kind: 'ServiceAccountToken', name, audience: audienceOf(identity) };
    if (!identity.gke || impersonate) return { token };
    // without it the ServiceAccount has direct access
    const annotation = ACCOUNT_ANNOTATION;
    return { token, account: { kind: 'ServiceAccountAnnotation', name, annotation, optional: true } };
  },

  /** One token is good for all registries. */
  groups({ registries }): readonly TokenGroup[] {
    const all = registries.map(({ prefix }) => prefix);
    const prefixes = all.filter(isGarPrefix);
    const foreign = all.filter((prefix) => !isGarPrefix(prefix));
    return [
      ...(prefixes.length === 0 ? [] : [{ prefixes, scope: 'google' }]),
      ...foreign.map((prefix) => ({ prefixes: [prefix], scope: `foreign ${prefix}` })),
    ];
  },

  async issue(request): Promise<readonly IssueResult[]> {
    const all = request.spec.registries.map(({ prefix }) => prefix);
    const prefixes = all.filter(isGarPrefix);
    const foreign = all.filter((prefix) => !isGarPrefix(prefix)).map(notAllowed);
    if (prefixes.length === 0) return foreign;
    return [...foreign, await issueFor(request, { prefixes, context: request.context })];
  },
};

async function issueFor(request: Request, situation: Situation): Promise<IssueResult> {
  const target = targetOf(request, situation);
  if (target && 'kind' in target) return target;
  const bearer = await login(request, situation);
  if (bearer.kind === 'failure') return bearer;
  const final = target ? await actAs(target, bearer, situation) : bearer;
  return final.kind === 'failure' ? final : tokenFor(final, situation.prefixes);
}

async function login({ spec, inputs }: Request, situation: Situation): Promise<Bearer | IssueFailure> {
  const { serviceAccountKey: key, workloadIdentity: identity } = spec.auth;
  if (key) return loginWith(key, inputs.keyFile, situation);
  if (!identity) return loginAmbient(situation);
  if (inputs.token) return loginByServiceAccount(identity, inputs.token, situation);
  return inputMissing('ServiceAccount', identity.serviceAccountRef.name, situation);
}

function loginWith(
  { secretRef, keys }: GarServiceAccountKey,
  text: Sensitive | undefined,
  situation: Situation,
): Promise<Bearer | IssueFailure> | IssueFailure {
  if (!text) return inputMissing('Secret', secretRef.name, situation);
  const file = readKeyFile(text.reveal());
  if (!('problem' in file)) return loginByKey(file, situation);
  const what = `key file of a Google service account: ${file.problem}`;
  return issueFailure('InputInvalid', situation.prefixes, { name: secretRef.name, key: keys.keyFile, what });
}

/** Whom to act as: `impersonate`, else the annotation that GKE's own workload identity uses, else nobody. */
function targetOf({ spec, inputs }: Request, { prefixes }: Situation): Target | IssueFailure | undefined {
  const grant = spec.auth.workloadIdentity ? 'roles/iam.workloadIdentityUser' : 'roles/iam.serviceAccountTokenCreator';
  if (spec.impersonate) {
    const { serviceAccountEmail: email, lifetimeSeconds } = spec.impersonate;
    return { email, lifetimeSeconds, grant };
  }
  const email = inputs.account?.reveal().trim() ?? '';
  if (email === '') return undefined;
  if (isServiceAccountEmail(email)) return { email, lifetimeSeconds: DEFAULT_LIFETIME_SECONDS, grant };
  const serviceAccount = spec.auth.workloadIdentity?.serviceAccountRef.name ?? '';
  const what = 'e-mail address of a Google service account';
  return issueFailure('InputInvalid', prefixes, { serviceAccount, annotation: ACCOUNT_ANNOTATION, what });
}

function tokenFor({ token, life, principal }: Bearer, prefixes: readonly string[]): RegistryToken {
  return { kind: 'token', prefixes, username: USERNAME, password: token, principal, ...life };
}

function notAllowed(prefix: string): IssueFailure {
  return issueFailure('RegistryNotAllowed', [prefix], { host: prefix, provider: 'gar' });
}

function inputMissing(kind: string, name: string, { prefixes, context }: Situation): IssueFailure {
  return issueFailure('InputNotFound', prefixes, { kind, name, namespace: context.credential.namespace });
}
