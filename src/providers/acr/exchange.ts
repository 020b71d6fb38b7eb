// The registry's own two calls: an Entra token for a refresh token, and that for an access token to some repositories.
// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
import { isJsonObject } from '../../lib/json.ts';
import { claimsOf, expiryOf } from '../../lib/jwt.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import { callToken } from '../../lib/token-call.ts';
import type { TokenAnswer } from '../../lib/token-call.ts';
import { tokenOf } from '../../lib/token-life.ts';
import { urlUnder } from '../endpoints.ts';
import type { IssueFailure, ProviderContext } from '../provider.ts';
import { malformed, registryFailure } from './errors.ts';
import type { RegistryFacts } from './errors.ts';

export interface AcrToken {
  readonly kind: 'acr';
  readonly token: Sensitive;
  readonly expiresAt: Date;
  readonly expirySource: 'jwt' | 'nominal';
  /** Of the repositories that were asked for, those that can not be pulled after all. */
  readonly denied: readonly string[];
}

const ASSUMED_LIFE_MS = 75 * 60_000; // where the token says nothing: the shorter one of the documented lives
// Milliseconds in place of seconds: no life, but a mistake.
const LATEST = Date.UTC(2200, 0, 1);

/** Good for the whole registry, as far as the identity's roles go. */
export async function refreshToken(
  entra: Sensitive,
  facts: RegistryFacts,
  context: ProviderContext,
): Promise<AcrToken | IssueFailure> {
  const tenant = claimsOf(entra.reveal())?.['tid'];
  const form = new URLSearchParams({ grant_type: 'access_token', service: facts.host });
  if (typeof tenant === 'string' && /^[0-9a-fA-F-]{36}$/.test(tenant)) form.set('tenant', tenant);
  form.set('access_token', entra.reveal());
  return callRegistry('/oauth2/exchange', form, facts, { context, field: 'refresh_token' });
}

/** Good for pulls of these repositories alone. */
export async function repositoriesToken(
  refresh: Sensitive,
  { repositories, ...facts }: RegistryFacts & { readonly repositories: readonly string[] },
  context: ProviderContext,
): Promise<AcrToken | IssueFailure> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', service: facts.host });
  for (const repository of repositories) form.append('scope', `repository:${repository}:pull`);
  form.set('refresh_token', refresh.reveal());
  const token = await callRegistry('/oauth2/token', form, facts, { context, field: 'access_token' });
  return token.kind === 'acr' ? { ...token, denied: deniedOf(token.token, repositories) } : token;
}

interface Asked {
  readonly context: ProviderContext;
  /** Of the answer. */
  readonly field: string;
}

async function callRegistry(
  path: string,
  form: URLSearchParams,
  facts: RegistryFacts,
  { context, field }: Asked,
): Promise<AcrToken | IssueFailure> {
  const url = urlUnder(context.endpoint('acr') ?? new URL(`https://${facts.host}`), path);
  const outcome = await callToken({ url, form }, context);
  const failure = registryFailure(outcome, facts);
  if (failure || outcome.kind !== 'answer') return failure ?? malformed(facts.host, facts.prefixes);
  const token = isJsonObject(outcome.body) ? tokenOf(outcome.body[field]) : undefined;
  if (!token) return malformed(facts.host, facts.prefixes);
  return withExpiry(token, outcome, facts);
}

/** The registry names no life: the token's own claim does, by the registry's clock. */
function withExpiry(
  token: Sensitive,
  { sentAt, skewMs }: TokenAnswer,
  { host, prefixes }: RegistryFacts,
): AcrToken | IssueFailure {
  const claim = claimsOf(token.reveal())?.['exp'];
  const told = expiryOf(token.reveal());
  if (claim !== undefined && (told === undefined || told.getTime() > LATEST)) return malformed(host, prefixes);
  const expiresAt = told ? told.getTime() - skewMs : sentAt.getTime() + ASSUMED_LIFE_MS;
  const expirySource = told ? 'jwt' : 'nominal';
  return { kind: 'acr', token, expiresAt: new Date(expiresAt), expirySource, denied: [] };
}

/** The claim `access` says what was granted; a token without it is taken at its word. */
function deniedOf(token: Sensitive, repositories: readonly string[]): readonly string[] {
  const access = claimsOf(token.reveal())?.['access'];
  if (!Array.isArray(access)) return [];
  const granted = new Set(access.filter(isPull).map(({ name }) => name));
  return repositories.filter((repository) => !granted.has(repository));
}

function isPull(entry: unknown): entry is { readonly name: unknown } {
  if (!isJsonObject(entry) || entry['type'] !== 'repository') return false;
  const actions: unknown = entry['actions'];
  return Array.isArray(actions) && actions.includes('pull');
}
