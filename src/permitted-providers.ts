// The providers behind the switches of the operator's configuration: a provider, the operator's own identity, the registries
// that tenants may name. Whoever issues knows nothing of them.
import { issueFailure } from './api/reasons.ts';
import type { ProviderName } from './api/registry-credential.ts';
import { matchesGlob } from './lib/glob.ts';
import type { OperatorConfig } from './operator-config.ts';
import type { IssueRequest, IssueResult, Provider, ProviderRegistry } from './providers/provider.ts';

/** The providers behind the operator's switches: some are off, ambient identity may be, tenants may be limited to registries. */
export function permittedProviders(all: ProviderRegistry, config: OperatorConfig): ProviderRegistry {
  const names = (Object.keys(all) as ProviderName[]).filter((name) => !config.disabledProviders.includes(name));
  return Object.fromEntries(names.map((name) => [name, limited(name, all[name] as Provider<object>, config)]));
}

function limited(
  name: ProviderName,
  provider: Provider<object>,
  { ambientIdentity, tenantRegistries }: OperatorConfig,
): Provider<object> {
  if (ambientIdentity && tenantRegistries === undefined) return provider;
  return {
    ...provider,
    async issue(request) {
      const isAmbient = Object.values(provider.inputs(request.spec)).some((ref) => ref?.kind === 'AmbientIdentity');
      if (isAmbient && !ambientIdentity) {
        return [
          issueFailure('AmbientUnavailable', [], {
            cloud: name,
            source: 'ambient',
            hint: "it is switched off by the operator's configuration",
          }),
        ];
      }
      const results = await provider.issue(withoutForbidden(request, tenantRegistries));
      return [
        ...results.map((result) => checked(result, request, name, tenantRegistries)),
        ...forbidden(request, name, tenantRegistries),
      ];
    },
  };
}

type Request = IssueRequest<object, string>;
type Registries = readonly { readonly prefix: string }[];

function isForbidden(prefix: string, { context }: Request, allowed: readonly string[] | undefined): boolean {
  const host = prefix.split('/', 1)[0] ?? '';
  return (
    context.credential.kind === 'RegistryCredential' &&
    allowed !== undefined &&
    !allowed.some((glob) => matchesGlob(glob, host))
  );
}

function registriesOf({ spec }: Request): Registries {
  return (spec as { readonly registries?: Registries }).registries ?? [];
}

/** No call is made for a registry that tenants may not name. */
function withoutForbidden(request: Request, allowed: readonly string[] | undefined): Request {
  const registries = registriesOf(request).filter(({ prefix }) => !isForbidden(prefix, request, allowed));
  return registriesOf(request).length === 0 ? request : { ...request, spec: { ...request.spec, registries } };
}

function forbidden(request: Request, provider: string, allowed: readonly string[] | undefined): readonly IssueResult[] {
  const prefixes = registriesOf(request)
    .map(({ prefix }) => prefix)
    .filter((prefix) => isForbidden(prefix, request, allowed));
  return prefixes.map((prefix) => issueFailure('RegistryNotAllowed', [prefix], { host: prefix, provider }));
}

/** A source may hold hosts that the spec does not name. */
function checked(
  result: IssueResult,
  request: Request,
  provider: string,
  allowed: readonly string[] | undefined,
): IssueResult {
  const [prefix = ''] =
    result.kind === 'token' ? result.prefixes.filter((one) => isForbidden(one, request, allowed)) : [];
  return prefix === '' || result.kind !== 'token'
    ? result
    : issueFailure('RegistryNotAllowed', result.prefixes, { host: prefix, provider });
}
