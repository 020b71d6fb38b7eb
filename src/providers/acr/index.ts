// Azure Container Registry: an Entra token for the identity, exchanged at each registry for a token of its own.
import { issueFailure } from '../../api/reasons.ts';
import type { AcrRegistry, AcrSpec } from '../../api/registry-credential.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { IssueFailure, IssueResult, Provider, ProviderContext, RegistryToken, TokenGroup } from '../provider.ts';
import { entraToken } from './entra.ts';
import { noRole } from './errors.ts';
import { refreshToken, repositoriesToken } from './exchange.ts';
import type { AcrToken } from './exchange.ts';
import { acrHostOf, authorityOf } from './hosts.ts';
import type { AcrHost, Cloud } from './hosts.ts';
import { acrInputs, identityOf, nameOfIdentity } from './identity.ts';
import type { AcrInput, Identity } from './identity.ts';

export type { AcrInput } from './identity.ts';

// ACR takes its tokens only under this fixed all-zero user name:
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication
const USERNAME = '00000000-0000-0000-0000-000000000000';

export const acr: Provider<AcrSpec, AcrInput> = {
  inputs: acrInputs,
  /** A registry that fails is asked again alone, and the tokens of the others stay as they are. */
  groups({ registries }): readonly TokenGroup[] {
    const foreign = registries.filter(({ prefix }) => !acrHostOf(prefix));
    return [
      ...foreign.map(({ prefix }) => ({ prefixes: [prefix], scope: `foreign ${prefix}` })),
      ...groupByHost(registries).flatMap(groupsOf),
    ];
  },
  async issue(request): Promise<readonly IssueResult[]> {
    const { registries } = request.spec;
    const foreign = registries.filter(({ prefix }) => !acrHostOf(prefix)).map(notAllowed);
    const hosts = groupByHost(registries);
    if (hosts.length === 0) return foreign;
    const identity = await identityOf(request);
    if (identity.kind === 'failure') return [...foreign, { ...identity, prefixes: prefixesOf(hosts) }];
    const clouds = [...Map.groupBy(hosts, ({ cloud }) => cloud)];
    const issued = await Promise.all(
      clouds.map(([cloud, inCloud]) => issueInCloud(identity, cloud, inCloud, request.context)),
    );
    return [...foreign, ...issued.flat()];
  },
};

/** A registry with the parts of it that are asked for. */
interface Host extends AcrHost {
  readonly registries: readonly AcrRegistry[];
}

/** A registry's own token, and one for each set of its repositories. */
function groupsOf({ host, registries }: Host): readonly TokenGroup[] {
  const whole = registries.filter(({ repositories }) => repositories === undefined).map(({ prefix }) => prefix);
  const scoped = groupByRepositories(registries).map(({ prefixes, repositories }) => ({
    prefixes,
    scope: [host, ...repositories].join(' '),
    endpoint: host,
  }));
  return [...(whole.length === 0 ? [] : [{ prefixes: whole, scope: host, endpoint: host }]), ...scoped];
}

interface Asker {
  readonly id: string;
  readonly context: ProviderContext;
}

function groupByHost(registries: readonly AcrRegistry[]): readonly Host[] {
  const known = registries.flatMap((registry) => {
    const found = acrHostOf(registry.prefix);
    return found ? [{ ...found, registry }] : [];
  });
  return [...Map.groupBy(known, ({ host }) => host)].flatMap(([host, group]) => {
    const cloud = group[0]?.cloud;
    return cloud ? [{ host, cloud, registries: group.map(({ registry }) => registry) }] : [];
  });
}

/** One Entra token serves all registries of a cloud, also those that are asked by calls of their own. */
async function issueInCloud(
  identity: Identity,
  cloud: Cloud,
  hosts: readonly Host[],
  context: ProviderContext,
): Promise<readonly IssueResult[]> {
  const endpoint = identity.kind === 'managed' ? 'metadata' : authorityOf(cloud).host;
  const step = { name: `Entra token for ${cloud}`, endpoint };
  const entra = await context.share(step, () => entraToken(identity, cloud, context));
  if (entra.kind === 'failure') return [{ ...entra, prefixes: prefixesOf(hosts) }];
  const asker = { id: nameOfIdentity(identity), context };
  const results = await Promise.all(hosts.map((host) => issueAtHost(entra.token, host, asker)));
  return results.flat();
}

/** One exchange a registry, then one more call for each set of repositories. */
async function issueAtHost(entra: Sensitive, host: Host, asker: Asker): Promise<readonly IssueResult[]> {
  const { id, context } = asker;
  const prefixes = prefixesOf([host]);
  const refresh = await context.share({ name: `refresh token of ${host.host}` }, () =>
    refreshToken(entra, { host: host.host, id, prefixes }, context),
  );
  if (refresh.kind === 'failure') return [{ ...refresh, prefixes }];
  const whole = host.registries.filter(({ repositories }) => repositories === undefined);
  const scoped = await Promise.all(
    groupByRepositories(host.registries).map((group) => issueScoped(refresh.token, host, group, asker)),
  );
  const unscoped =
    whole.length === 0
      ? []
      : [
          tokenFor(
            refresh,
            whole.map(({ prefix }) => prefix),
            id,
          ),
        ];
  return [...unscoped, ...scoped.flat()];
}

interface Scope {
  readonly repositories: readonly string[];
  readonly prefixes: readonly string[];
}

function groupByRepositories(registries: readonly AcrRegistry[]): readonly Scope[] {
  const scoped = registries.flatMap(({ prefix, repositories }) =>
    repositories ? [{ prefix, repositories: [...repositories].sort() }] : [],
  );
  return [...Map.groupBy(scoped, ({ repositories }) => repositories.join(' ')).values()].map((group) => ({
    repositories: group[0]?.repositories ?? [],
    prefixes: group.map(({ prefix }) => prefix),
  }));
}

async function issueScoped(
  refresh: Sensitive,
  { host }: Host,
  { repositories, prefixes }: Scope,
  { id, context }: Asker,
): Promise<readonly IssueResult[]> {
  const token = await repositoriesToken(refresh, { host, id, prefixes, repositories }, context);
  if (token.kind === 'failure') return [token];
  const { denied } = token;
  if (denied.length === repositories.length) return [noRole({ host: `${host}/${denied[0] ?? ''}`, id, prefixes })];
  const more = denied.length > 1 ? ` (and ${denied.length - 1} more)` : '';
  const message = `${host} lets ${id} not pull "${denied[0] ?? ''}"${more}; the token is good for the other repositories`;
  return [...(denied.length === 0 ? [] : [{ kind: 'warning' as const, message }]), tokenFor(token, prefixes, id)];
}

function tokenFor(held: AcrToken, prefixes: readonly string[], principal: string): RegistryToken {
  const { token: password, expiresAt, expirySource } = held;
  return { kind: 'token', prefixes, username: USERNAME, password, expiresAt, expirySource, principal };
}

function notAllowed({ prefix }: AcrRegistry): IssueFailure {
  const host = prefix.split('/', 1)[0] ?? '';
  return issueFailure('RegistryNotAllowed', [prefix], { host, provider: 'acr' });
}

function prefixesOf(hosts: readonly Host[]): readonly string[] {
  return hosts.flatMap(({ registries }) => registries.map(({ prefix }) => prefix));
}
