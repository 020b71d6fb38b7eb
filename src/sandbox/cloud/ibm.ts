// Stub of IBM Cloud IAM: its one token endpoint, for API keys and for trusted profiles of ServiceAccounts.
// https://cloud.ibm.com/apidocs/iam-identity-token-api
import { canary, startCloudServer } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest, CloudServer, CloudServerOptions } from './cloud-server.ts';
import type { Issuer } from './issuer.ts';

export interface IbmProfile {
  readonly id: string;
  readonly name: string;
  /** Whom its rule trusts: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: string;
}

export interface IbmOptions extends CloudServerOptions {
  /** API key -> the id it belongs to. */
  readonly apiKeys?: Readonly<Record<string, string>>;
  readonly profiles?: readonly IbmProfile[];
  /** The cluster's; without it no ServiceAccount is trusted. */
  readonly issuer?: Pick<Issuer, 'verify'>;
  readonly now?: () => Date;
  readonly lifeS?: number;
  /** Asked again, it gives the same token, as caches do. */
  readonly sameToken?: boolean;
}

export interface Ibm extends CloudServer {
  /** Is it a login of ours that is alive? */
  accepts(username: string, password: string): boolean;
  /** All tokens end now. */
  revoke(): void;
}

export const ICR_USERNAME = 'iambearer';

const AUDIENCE = 'iam';
const LIFE_S = 3600;
const API_KEY = 'urn:ibm:params:oauth:grant-type:apikey';
const COMPUTE_RESOURCE = 'urn:ibm:params:oauth:grant-type:cr-token';

interface State {
  readonly options: IbmOptions;
  readonly now: () => Date;
  readonly tokens: Map<string, { readonly id: string; readonly endsAt: number }>;
}

export async function startIbm(options: IbmOptions = {}): Promise<Ibm> {
  const now = options.now ?? ((): Date => new Date());
  const state: State = { options, now, tokens: new Map() };
  const server = await startCloudServer((request) => route(state, request), options);
  return {
    ...server,
    accepts: (username, password) =>
      username === ICR_USERNAME && (state.tokens.get(password)?.endsAt ?? 0) > now().getTime(),
    revoke: () => state.tokens.clear(),
  };
}

function route(state: State, { method, url, headers, form }: CloudRequest): CloudAnswer {
  if (url.pathname !== '/identity/token') return { status: 404, body: {} };
  const isForm = (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  if (method !== 'POST' || !isForm) return refuse(400, 'BXNIM0102E', 'Unable to parse request.');
  const grant = form.get('grant_type');
  if (grant === API_KEY) return byApiKey(state, form.get('apikey') ?? '');
  if (grant === COMPUTE_RESOURCE) return byProfile(state, form);
  return refuse(400, 'BXNIM0100E', 'Property missing or not valid: grant_type');
}

function byApiKey(state: State, key: string): CloudAnswer {
  const keys = state.options.apiKeys ?? {};
  const id = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (id === undefined) return refuse(400, 'BXNIM0415E', 'Provided API key could not be found.');
  return answer(state, id);
}

function byProfile(state: State, form: URLSearchParams): CloudAnswer {
  const { options, now } = state;
  const verified = options.issuer?.verify(form.get('cr_token') ?? '', { audience: AUDIENCE, now: now() });
  if (!verified?.ok) return refuse(400, 'BXNIM0444E', 'Provided compute resource token is not valid.');
  const profile = (options.profiles ?? []).find((one) => isMeant(one, form));
  if (profile?.subject !== verified.subject) {
    return refuse(403, 'BXNIM0513E', 'You are not authorized to use this trusted profile.');
  }
  return answer(state, profile.id);
}

/** One of both names it; both at once are refused. */
function isMeant({ id, name }: IbmProfile, form: URLSearchParams): boolean {
  const byId = form.get('profile_id');
  const byName = form.get('profile_name');
  return byId === null ? byName === name : byName === null && byId === id;
}

function answer(state: State, id: string): CloudAnswer {
  const { options, tokens } = state;
  const lifeS = options.lifeS ?? LIFE_S;
  const endsAt = Math.floor(state.now().getTime() / 1000) + lifeS;
  const same = options.sameToken ? [...tokens].find(([, one]) => one.id === id)?.[0] : undefined;
  const token = same ?? canary('eyJ.');
  tokens.set(token, { id, endsAt: endsAt * 1000 });
  return {
    status: 200,
    body: {
      access_token: token,
      refresh_token: 'not_supported',
      token_type: 'Bearer',
      expires_in: lifeS,
      expiration: endsAt,
      scope: 'ibm openid',
    },
  };
}

function refuse(status: number, errorCode: string, errorMessage: string): CloudAnswer {
  return { status, body: { errorCode, errorMessage, context: { requestId: 'sandbox-request-1' } } };
}
