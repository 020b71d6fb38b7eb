// Everything outside of the cluster, as the operator's configuration permits it: the guarded clients and the verifier. Nothing
// of it can be said by a credential.
import { readFile } from 'node:fs/promises';
import type { Clock } from './lib/clock.ts';
import { shortHash } from './lib/hash.ts';
import { createGuardedClient } from './lib/http.ts';
import type { GuardedClient } from './lib/http.ts';
import { sensitive } from './lib/sensitive.ts';
import type { OperatorConfig } from './operator-config.ts';
import type { ProviderContext } from './providers/provider.ts';
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
    verifier: { verify: (request) => verifyOne(request, clientFor(request), config, clock) },
    configuration: shortHash(JSON.stringify([[...endpoints], [...registries], certificateAuthorities])),
    close: async () => {
      await Promise.all([provider, metadata, probeOwn, probeTenants].map((client) => client.close()));
    },
  };

  function clientFor({ credential }: VerifyRequest): GuardedClient {
    return credential.kind === 'RegistryCredential' ? probeTenants : probeOwn;
  }
}

async function verifyOne(
  { credential, login, turn, signal }: VerifyRequest,
  { fetch }: GuardedClient,
  { registries, realms }: OperatorConfig,
  clock: Clock,
): Promise<RegistryVerdict> {
  const { entry, ...facts } = login;
  const { username, password } = entry;
  const whole = { ...facts, provider: credential.provider, username, password: sensitive(password) };
  return verifyLogin(whole, { fetch, registries, allowedRealms: realms, clock, turn }, signal);
}
