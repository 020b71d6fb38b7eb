// Everything outside of the cluster, as the operator's configuration permits it: the guarded clients, the verifier, and the
// providers behind their switches. Nothing of it can be said by a credential.
import { readFile } from 'node:fs/promises';
import { issueFailure } from './api/reasons.ts';
import type { ProviderName } from './api/registry-credential.ts';
import type { Clock } from './lib/clock.ts';
import { matchesGlob } from './lib/glob.ts';
import { shortHash } from './lib/hash.ts';
import { createGuardedClient } from './lib/http.ts';
import type { GuardedClient } from './lib/http.ts';
import { sensitive } from './lib/sensitive.ts';
import type { OperatorConfig } from './operator-config.ts';
import type { IssueRequest, IssueResult, Provider, ProviderContext, ProviderRegistry } from './providers/provider.ts';
import type { RegistryVerdict, Verifier, VerifyRequest } from './reconcile/ports.ts';
import { verifyLogin } from './verification/verify.ts';

export interface Outside {
  readonly context: Pick<ProviderContext, 'fetch' | 'metadata' | 'endpoint' | 'environment' | 'readFile'>;
  readonly verifier: Verifier;
  /** Part of every identity's key: another configuration is another identity. */
  readonly configuration: string;
  close(): Promise<void>;
}

export interface OutsideOptions {
  readonly config: OperatorConfig;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PROBE_DEADLINE_MS = 10_000;
const PROBE_MAX_BYTES = 64 * 1024;
const PROBES_AT_ONCE = 8;

export function createOutside({ config, clock, environment }: OutsideOptions): Outside {
  const { endpoints, registries, networks, certificateAuthorities } = config;
  const origins = new Set([...endpoints.values(), ...registries.values()].map(({ origin }) => origin));
  const shared = { allowedOrigins: origins, allowedNetworks: networks, extraCas: certificateAuthorities, environment };
  const probing = { ...shared, deadlineMs: PROBE_DEADLINE_MS, maxBytes: PROBE_MAX_BYTES };
  const provider = createGuardedClient({ ...shared, reach: 'provider' });
  const metadata = createGuardedClient({ ...shared, reach: 'metadata' });
  const probeOwn = createGuardedClient({ ...probing, reach: 'provider' });
  const probeTenants = createGuardedClient({ ...probing, reach: 'public' }); // their hosts are input: no private networks
  return {
    context: {
      fetch: provider.fetch,
      metadata: metadata.fetch,
      endpoint: (service) => endpoints.get(service),
      environment,
      readFile: (path) => readFile(path, 'utf8'),
    },
    verifier: { verify: (request) => verifyAll(request, clientFor(request), config, clock) },
    configuration: shortHash(JSON.stringify([[...endpoints], [...registries], certificateAuthorities])),
    close: async () => {
      await Promise.all([provider, metadata, probeOwn, probeTenants].map((client) => client.close()));
    },
  };

  function clientFor({ credential }: VerifyRequest): GuardedClient {
    return credential.kind === 'RegistryCredential' ? probeTenants : probeOwn;
  }
}

async function verifyAll(
  { credential, logins, signal }: VerifyRequest,
  { fetch }: GuardedClient,
  { registries, realms }: OperatorConfig,
  clock: Clock,
): Promise<ReadonlyMap<string, RegistryVerdict>> {
  const verdicts = new Map<string, RegistryVerdict>();
  const waiting = [...logins];
  const work = async (): Promise<void> => {
    for (let login = waiting.shift(); login && !signal.aborted; login = waiting.shift()) {
      const { prefix, entry, principal } = login;
      const repository = repositoryOf(credential.spec.provider, prefix);
      const whole = {
        prefix,
        provider: credential.provider,
        username: entry.username,
        password: sensitive(entry.password),
        principal,
        repository,
      };
      verdicts.set(prefix, await verifyLogin(whole, { fetch, registries, allowedRealms: realms, clock }, signal));
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
  return verdicts;
}

/** `registries[].verifyRepository` of this prefix. */
function repositoryOf(provider: object, prefix: string): string | undefined {
  const [block] = Object.values(provider) as readonly {
    readonly registries?: readonly { readonly prefix: string; readonly verifyRepository?: string }[];
  }[];
  return block?.registries?.find((one) => one.prefix === prefix)?.verifyRepository;
}

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
    inputs: (spec) => provider.inputs(spec),
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
