// Is the fence there: the admission policies around the operator's own user, each with its binding?
import type { Resource } from '../api/names.ts';
import { isKubeError } from '../kube/client.ts';
import type { KubeClient, KubeError } from '../kube/client.ts';
import { BINDINGS, POLICIES, ruleFor } from './failures.ts';

export interface FenceView {
  readonly state: 'present' | 'absent' | 'unknown';
  /** One line for people, with what to do. */
  readonly message: string;
}

// As manifests/fence.yaml names them; a test compares.
export const FENCE_POLICY_NAMES = [
  'regcred-operator-pull-secrets',
  'regcred-operator-home-secrets',
  'regcred-operator-service-accounts',
  'regcred-operator-token-requests',
] as const;

type Found = 'there' | 'missing' | KubeError;

/** Never throws: not being allowed to look is an answer too. */
export async function readFence(client: KubeClient): Promise<FenceView> {
  const wanted = [POLICIES, BINDINGS].flatMap((resource) => FENCE_POLICY_NAMES.map((name) => ({ resource, name })));
  const found = await Promise.all(wanted.map(({ resource, name }) => look(client, resource, name)));
  const missing = wanted.filter((_, index) => found[index] === 'missing');
  if (missing[0]) return absent(missing[0].resource, missing[0].name, missing.length);
  const untold = found.find((one) => isKubeError(one));
  if (untold) return unknown(untold);
  return { state: 'present', message: 'Fence: present (admission policies limit what the operator may write)' };
}

async function look(client: KubeClient, resource: Resource, name: string): Promise<Found> {
  try {
    await client.get({ resource, name });
    return 'there';
  } catch (thrown) {
    if (isKubeError(thrown, 'NotFound')) return 'missing';
    if (isKubeError(thrown)) return thrown;
    throw thrown;
  }
}

function absent({ kind }: Resource, name: string, missing: number): FenceView {
  const more = missing === 1 ? '' : ` and ${missing - 1} more`;
  return {
    state: 'absent',
    message: `Fence: absent (no ${kind} "${name}"${more}); the operator works, but less guarded: kubectl apply -k manifests`,
  };
}

function unknown(error: KubeError): FenceView {
  const isForbidden = error.kind === 'Forbidden';
  const why = isForbidden ? `no permission; rule: ${ruleFor(error)}` : `the cluster answered ${error.kind}`;
  return {
    state: 'unknown',
    message: `Fence: could not tell (${why}); the operator's /readyz?verbose and metric regcred_fence_present tell it too`,
  };
}
