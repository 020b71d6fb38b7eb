// IBM Cloud Container Registry: one call to IBM Cloud IAM, whose tokens are good for all of its registries.
import { issueFailure } from '../api/reasons.ts';
import type { IcrApiKey, IcrRegistry, IcrSpec, IcrWorkloadIdentity } from '../api/registry-credential.ts';
import { isJsonObject } from '../lib/json.ts';
import { claimsOf, issuerOf } from '../lib/jwt.ts';
import { callToken } from '../lib/token-call.ts';
import type { TokenAnswer } from '../lib/token-call.ts';
import { lifeOf, tokenOf } from '../lib/token-life.ts';
import { urlUnder } from './endpoints.ts';
import { AUDIENCE, iamFailure } from './icr/errors.ts';
import type { Asker } from './icr/errors.ts';
import { icrHostOf } from './icr/hosts.ts';
import type {
  InputRef,
  IssueFailure,
  IssueRequest,
  IssueResult,
  Provider,
  RegistryToken,
  TokenGroup,
} from './provider.ts';

export type IcrInput = 'apiKey' | 'computeToken';

type Request = IssueRequest<IcrSpec, IcrInput>;

/** What the call says, and who it is for. */
interface Question {
  readonly kind: 'question';
  readonly form: URLSearchParams;
  readonly asker: Asker;
}

// https://cloud.ibm.com/docs/Registry?topic=Registry-registry_access
const USERNAME = 'iambearer';
const IAM_URL = 'https://iam.cloud.ibm.com';
const GRANT_TYPE = 'urn:ibm:params:oauth:grant-type:';
const LONGEST_LIFE_S = 3600;

export const icr: Provider<IcrSpec, IcrInput> = {
  inputs({ auth }): Partial<Record<IcrInput, InputRef>> {
    if (auth.apiKey) {
      const { secretRef, keys } = auth.apiKey;
      return { apiKey: { kind: 'SecretKey', name: secretRef.name, key: keys.apiKey } };
    }
    const { name } = auth.workloadIdentity.serviceAccountRef;
    return { computeToken: { kind: 'ServiceAccountToken', name, audience: AUDIENCE } };
  },
  /** One token is good for all registries. */
  groups({ registries }): readonly TokenGroup[] {
    const prefixes = registries.map(({ prefix }) => prefix);
    const own = prefixes.filter((prefix) => icrHostOf(prefix));
    const foreign = prefixes.filter((prefix) => !own.includes(prefix));
    return [
      ...(own.length === 0 ? [] : [{ prefixes: own, scope: 'iam' }]),
      ...foreign.map((prefix) => ({ prefixes: [prefix], scope: `foreign ${prefix}` })),
    ];
  },
  async issue(request): Promise<readonly IssueResult[]> {
    const { registries } = request.spec;
    const own = registries.filter(({ prefix }) => icrHostOf(prefix));
    const prefixes = own.map(({ prefix }) => prefix);
    const foreign = registries.filter((registry) => !own.includes(registry)).map(notAllowed);
    if (own.length === 0) return foreign;
    return [...foreign, ...own.flatMap(unknownRegion), await ask(request, prefixes)];
  },
};

async function ask(request: Request, prefixes: readonly string[]): Promise<IssueResult> {
  const { context } = request;
  const question = questionOf(request);
  if (question.kind === 'failure') return { ...question, prefixes };
  const url = urlUnder(context.endpoint('ibm-iam') ?? new URL(IAM_URL), '/identity/token');
  const outcome = await callToken({ url, form: question.form }, context);
  const failure = iamFailure(outcome, question.asker, prefixes);
  if (failure) return failure;
  const token = outcome.kind === 'answer' ? tokenFrom(outcome, question.asker, prefixes) : undefined;
  return token ?? issueFailure('MalformedResponse', prefixes, { endpoint: url.host });
}

function questionOf({ spec: { auth }, inputs, context }: Request): Question | IssueFailure {
  if (auth.apiKey) return byApiKey(auth.apiKey, textOf(inputs.apiKey?.reveal()));
  return byProfile(auth.workloadIdentity, textOf(inputs.computeToken?.reveal()), context.credential.namespace);
}

function byApiKey({ secretRef, keys }: IcrApiKey, apikey: string): Question | IssueFailure {
  if (!/^[\x21-\x7e]{1,1024}$/.test(apikey)) {
    return issueFailure('InputInvalid', [], { name: secretRef.name, key: keys.apiKey, what: 'API key' });
  }
  const form = new URLSearchParams({ grant_type: `${GRANT_TYPE}apikey`, apikey });
  return { kind: 'question', form, asker: { kind: 'key', secretName: secretRef.name } };
}

function byProfile(
  { serviceAccountRef: { name }, profileID, profileName }: IcrWorkloadIdentity,
  token: string,
  namespace: string,
): Question | IssueFailure {
  if (token === '') return issueFailure('TokenRequestRefused', [], { name, audience: AUDIENCE });
  const profile = profileID === undefined ? { profile_name: profileName } : { profile_id: profileID };
  const form = new URLSearchParams({ grant_type: `${GRANT_TYPE}cr-token`, cr_token: token, ...profile });
  const subject = `system:serviceaccount:${namespace}:${name}`;
  const issuer = issuerOf(token) ?? 'of this cluster';
  return { kind: 'question', form, asker: { kind: 'profile', profile: profileID ?? profileName, subject, issuer } };
}

/** Undefined: the answer holds no token, or one whose life makes no sense. */
function tokenFrom(answer: TokenAnswer, asker: Asker, prefixes: readonly string[]): RegistryToken | undefined {
  const body = isJsonObject(answer.body) ? answer.body : {};
  const password = tokenOf(body['access_token']);
  const life = lifeOf(body['expires_in'], answer.sentAt, LONGEST_LIFE_S);
  if (!password || !life) return undefined;
  const principal = asker.kind === 'profile' ? asker.profile : iamId(password.reveal());
  return { kind: 'token', prefixes, username: USERNAME, password, ...life, principal };
}

/** Whose API key it is: a user's or a service id's. */
function iamId(token: string): string | null {
  const id = claimsOf(token)?.['iam_id'];
  return typeof id === 'string' && /^[\w.@-]{1,128}$/.test(id) ? id : null;
}

function notAllowed({ prefix }: IcrRegistry): IssueFailure {
  const host = prefix.split('/', 1)[0] ?? '';
  return issueFailure('RegistryNotAllowed', [prefix], { host, provider: 'icr' });
}

function unknownRegion({ prefix }: IcrRegistry): readonly IssueResult[] {
  const found = icrHostOf(prefix);
  if (!found || found.isKnown) return [];
  return [{ kind: 'warning', message: `${found.host} is in no region of IBM Cloud that we know; check its name` }];
}

/** Editors and `echo` end a file with a newline. */
function textOf(text: string | undefined): string {
  return (text ?? '').trim();
}
