// At the start of `run`: can everything be read that the operator needs? What can not is said once, in a line that holds the
// cure; the operator waits for it, and goes on by itself.
import { RESOURCE } from '../api/names.ts';
import type { PermittedNames } from '../api/permitted-names.ts';
import type { Config } from '../config.ts';
import type { KubeClient, ListOptions } from '../kube/client.ts';
import { isKubeError } from '../kube/client.ts';
import { READS } from '../kube/rbac-rule.ts';
import type { Resource } from '../api/names.ts';
import { explainKubeError } from './failures.ts';

interface Need {
  readonly resource: Resource;
  readonly options: ListOptions;
  readonly doubt?: string;
}

/** A line for each thing that can not be read; the same line once. */
export async function missingAccess(
  client: KubeClient,
  config: Config,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines = await Promise.all(needsOf(config).map((need) => lineFor(client, need, signal)));
  return [...new Set(lines.flatMap((line) => line ?? []))];
}

function needsOf({ namespace, secretNames, serviceAccountNames }: Config): readonly Need[] {
  return [
    { resource: RESOURCE.clusterRegistryCredentials, options: {} },
    { resource: RESOURCE.registryCredentials, options: {} },
    { resource: RESOURCE.namespaces, options: {} },
    ...named(RESOURCE.secrets, secretNames),
    ...named(RESOURCE.serviceAccounts, serviceAccountNames),
    // All Secrets of a namespace: of a wrong one they are somebody else's.
    {
      resource: RESOURCE.secrets,
      options: { namespace },
      doubt: `is --namespace "${namespace}" the operator's own? If not, correct it; if so, `,
    },
  ];
}

function named(resource: Resource, names: PermittedNames): readonly Need[] {
  if (names === '*') return [{ resource, options: {} }];
  return names.map((name) => ({ resource, options: { fieldSelector: `metadata.name=${name}` } }));
}

async function lineFor(client: KubeClient, need: Need, signal: AbortSignal): Promise<string | undefined> {
  try {
    await client.list(need.resource, { ...need.options, limit: 1, signal });
    return undefined;
  } catch (thrown) {
    if (!isKubeError(thrown)) throw thrown;
    if (thrown.kind === 'Aborted') return undefined;
    return explainKubeError(thrown, { verbs: READS, doubt: need.doubt });
  }
}
