// A registry in the Azure stub: an Entra token becomes a refresh token, and that one a token for some repositories.
import { jwt, mayPull, REGISTRY_AUDIENCE } from './azure-state.ts';
import type { AzureState, Granted } from './azure-state.ts';
import type { CloudAnswer } from './cloud-server.ts';

const REFRESH_LIFE_S = 3 * 60 * 60;
const SCOPED_LIFE_S = 75 * 60;

export function exchange(state: AzureState, form: URLSearchParams): CloudAnswer {
  const host = form.get('service') ?? '';
  const entra = state.entra.get(form.get('access_token') ?? '');
  if (form.get('grant_type') !== 'access_token') return registryError(400, 'UNSUPPORTED');
  const address = state.options.firewalls?.[host];
  if (address !== undefined) {
    const more = 'Refer https://aka.ms/acr/firewall to grant access. CorrelationId: 1-2-3';
    return registryError(403, 'DENIED', `client with IP '${address}' is not allowed access. ${more}`);
  }
  const isAudience =
    entra?.audience === REGISTRY_AUDIENCE || (state.options.armRegistries?.includes(host) && entra !== undefined);
  const isAlive = entra !== undefined && entra.endsAt > state.now().getTime();
  const tenant = form.get('tenant') ?? entra?.holder.tenantId;
  const role = entra && Object.hasOwn(entra.holder.roles, host) ? entra.holder.roles[host] : undefined;
  if (!isAlive || !isAudience || role === undefined || tenant !== entra.holder.tenantId) {
    return registryError(401, 'UNAUTHORIZED', 'authentication required, visit https://aka.ms/acr/authorization');
  }
  const granted = { host, holder: entra.holder, repositories: role };
  return { status: 200, body: { refresh_token: grant(state, state.refresh, granted, REFRESH_LIFE_S) } };
}

export function repositoryToken(state: AzureState, form: URLSearchParams): CloudAnswer {
  const refresh = state.refresh.get(form.get('refresh_token') ?? '');
  const host = form.get('service') ?? '';
  if (form.get('grant_type') !== 'refresh_token') return registryError(400, 'UNSUPPORTED');
  if (refresh?.host !== host || refresh.endsAt <= state.now().getTime()) return registryError(401, 'UNAUTHORIZED');
  const scopes = form.getAll('scope').map((scope) => /^repository:([a-z0-9][a-z0-9._/-]*):pull$/.exec(scope)?.[1]);
  if (scopes.length === 0 || scopes.includes(undefined)) return registryError(400, 'UNSUPPORTED');
  const repositories = scopes.flatMap((name) => name ?? []).filter((name) => mayPull(refresh.repositories, name));
  const granted = { host, holder: refresh.holder, repositories };
  return { status: 200, body: { access_token: grant(state, state.scoped, granted, SCOPED_LIFE_S) } };
}

function grant(
  { options, now }: AzureState,
  tokens: Map<string, Granted>,
  granted: Omit<Granted, 'endsAt'>,
  documentedLifeS: number,
): string {
  const { host, holder, repositories } = granted;
  const same = [...tokens].find(([, one]) => one.host === host && one.holder === holder && sameList(one, repositories));
  if (same && options.sameToken) return same[0];
  const lifeS = options.lifeS === 'none' ? documentedLifeS : (options.lifeS ?? documentedLifeS);
  const endsAt = Math.floor(now().getTime() / 1000) + lifeS;
  const names = repositories === '*' ? [] : repositories;
  const access = names.map((name) => ({ type: 'repository', name, actions: ['pull'] }));
  const token = jwt({
    aud: host,
    sub: holder.clientId,
    ...(options.lifeS !== 'none' && { exp: endsAt }),
    ...(documentedLifeS === SCOPED_LIFE_S ? { access } : { grant_type: 'refresh_token' }),
  });
  tokens.set(token, { ...granted, endsAt: endsAt * 1000 });
  return token;
}

function sameList({ repositories }: Granted, others: '*' | readonly string[]): boolean {
  return repositories.toString() === others.toString();
}

function registryError(status: number, code: string, message = code.toLowerCase()): CloudAnswer {
  return { status, body: { errors: [{ code, message, detail: null }] } };
}
