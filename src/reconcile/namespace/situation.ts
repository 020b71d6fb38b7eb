// Gathers what the decisions of one namespace rest on: what stands there, which credentials matter, who has departed.
import type { RunContext } from '../../controller/result.ts';
import type { SlimNamespace } from '../../kube/slim.ts';
import { selects } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import { credentialKey } from '../keys.ts';
import type { Contributor } from '../marker.ts';
import type { Departure } from '../ports.ts';
import type { Situation } from './claims.ts';
import { observe } from './observe.ts';
import type { Observed } from './observe.ts';
import type { NamespacePorts } from './ports.ts';

export interface Gathered {
  readonly situation: Situation;
  /** When a departing credential should be asked about again; undefined: nobody is departing. */
  readonly askAgainMs: number | undefined;
}

export async function situationOf(
  namespace: SlimNamespace,
  ports: NamespacePorts,
  context: RunContext,
): Promise<Gathered> {
  const { permissions, installation, tokens } = ports;
  const observed = observe(namespace, ports);
  const named = contributorsIn(observed);
  const credentials = relevantCredentials(observed, named, ports);
  const missing = named.filter((one) => !credentials.some(({ kind, name }) => kind === one.kind && name === one.name));
  const asking = missing.map((one) => askDeparted(one, namespace, ports, context));
  const answers = asking.length === 0 ? [] : await Promise.all(asking);
  const waits = answers.filter(({ departure }) => departure === 'departing').map(({ waitMs }) => waitMs);
  return {
    situation: {
      observed,
      credentials,
      departures: new Map(answers.map(({ uid, departure }) => [uid, departure])),
      tokens,
      permissions,
      installation,
    },
    askAgainMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

function contributorsIn({ secrets }: Observed): readonly Contributor[] {
  const ours = [...secrets.values()].filter(({ standing }) => standing === 'ours');
  const contributors = ours.flatMap(({ marker }) => marker?.by ?? []);
  return [...new Map(contributors.map((one) => [one.uid, one])).values()];
}

/** Live credentials that select this namespace or are named (or replaced) in a marker here. */
function relevantCredentials(
  { namespace }: Observed,
  named: readonly Contributor[],
  { stores, permissions }: NamespacePorts,
): readonly Credential[] {
  const selecting = candidates(namespace, stores.credentials).filter((one) =>
    selects(one, namespace, permissions.operatorNamespace),
  );
  const holding = named.flatMap(
    ({ kind, name }) => stores.credentials.get(storeKeyOf(kind, name, namespace.name)) ?? [],
  );
  return [...new Set([...selecting, ...holding])].filter(({ deleted }) => !deleted);
}

function candidates(
  namespace: SlimNamespace,
  credentials: NamespacePorts['stores']['credentials'],
): readonly Credential[] {
  return [...credentials.inNamespace(namespace.name), ...credentials.inNamespace('')];
}

function storeKeyOf(kind: Contributor['kind'], name: string, namespace: string): string {
  return credentialKey({ kind, name, namespace: kind === 'RegistryCredential' ? namespace : undefined });
}

async function askDeparted(
  { kind, name, uid }: Contributor,
  namespace: SlimNamespace,
  { departed }: NamespacePorts,
  { signal }: RunContext,
): Promise<{ readonly uid: string; readonly departure: Departure; readonly waitMs: number }> {
  const home = kind === 'RegistryCredential' ? namespace.name : undefined;
  return { uid, ...(await departed.ask({ kind, name, namespace: home, uid }, { signal })) };
}
