// Is the fence there: the admission policies, each with its binding, and around the operator's own user?
import { OPERATOR_NAME, RESOURCE } from '../api/names.ts';
import type { Resource } from '../api/names.ts';
import { isKubeError } from '../kube/client.ts';
import type { KubeClient, KubeError, KubeObject } from '../kube/client.ts';
import { isJsonObject } from '../lib/json.ts';

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

/** What is wrong with one part, and what mends it. */
interface Flaw {
  readonly what: string;
  readonly mend: string;
}
type Found = 'sound' | Flaw | KubeError;

const INSTALL = 'kubectl apply -k manifests';

/** Of the operator in this namespace. Never throws: not being allowed to look is an answer too. */
export async function readFence(client: KubeClient, operatorNamespace: string): Promise<FenceView> {
  const parts = [RESOURCE.policies, RESOURCE.policyBindings].flatMap((resource) =>
    FENCE_POLICY_NAMES.map((name) => ({ resource, name })),
  );
  const found = await Promise.all(parts.map(({ resource, name }) => look(client, resource, name, operatorNamespace)));
  const flaws = found.filter((one) => one !== 'sound' && !isKubeError(one)) as readonly Flaw[];
  if (flaws[0]) return absent(flaws[0], flaws.length);
  const untold = found.find((one) => isKubeError(one));
  if (untold) return unknown(untold);
  return { state: 'present', message: 'Fence: present (admission policies limit what the operator may write)' };
}

async function look(client: KubeClient, resource: Resource, name: string, operatorNamespace: string): Promise<Found> {
  try {
    const object = await client.get({ resource, name });
    const flaw = resource === RESOURCE.policies ? flawOfPolicy(object, operatorNamespace) : flawOfBinding(object);
    return flaw ?? 'sound';
  } catch (thrown) {
    if (isKubeError(thrown, 'NotFound')) return { what: `no ${resource.kind} "${name}"`, mend: INSTALL };
    if (isKubeError(thrown)) return thrown;
    throw thrown;
  }
}

/** By the users that its match conditions name; one that names none is around everybody. */
function flawOfPolicy({ spec, metadata: { name } }: KubeObject, operatorNamespace: string): Flaw | undefined {
  const operator = `system:serviceaccount:${operatorNamespace}:${OPERATOR_NAME}`;
  const users = listIn(spec, 'matchConditions').flatMap(usersIn);
  if (users.length === 0 || users.includes(operator)) return undefined;
  return {
    what: `${RESOURCE.policies.kind} "${name}" is around user "${users[0]}", not "${operator}"`,
    mend: `${otherNamespace(users[0])}name its namespace in manifests/fence.yaml, then ${INSTALL}`,
  };
}

function otherNamespace(user = ''): string {
  const [, namespace] = /^system:serviceaccount:([a-z0-9-]+):regcred-operator$/.exec(user) ?? [];
  return namespace === undefined ? '' : `if the operator runs there, ask with --namespace=${namespace}; else `;
}

function usersIn(condition: unknown): readonly string[] {
  const expression = isJsonObject(condition) ? condition['expression'] : undefined;
  if (typeof expression !== 'string') return [];
  const named = expression.matchAll(/request\.userInfo\.username\s*==\s*(['"])([^'"]*)\1/g);
  return [...named].map(([, , user = '']) => user);
}

function flawOfBinding({ spec, metadata: { name } }: KubeObject): Flaw | undefined {
  const isActing =
    isJsonObject(spec) && spec['policyName'] === name && listIn(spec, 'validationActions').includes('Deny');
  return isActing
    ? undefined
    : { what: `${RESOURCE.policyBindings.kind} "${name}" does not deny by policy "${name}"`, mend: INSTALL };
}

function listIn(spec: unknown, field: string): readonly unknown[] {
  const list = isJsonObject(spec) ? spec[field] : undefined;
  return Array.isArray(list) ? list : [];
}

function absent({ what, mend }: Flaw, flaws: number): FenceView {
  const more = flaws === 1 ? '' : `; and ${flaws - 1} more`;
  return {
    state: 'absent',
    message: `Fence: absent (${what}${more}); the operator works, but less guarded: ${mend}`,
  };
}

function unknown(error: KubeError): FenceView {
  const isForbidden = error.kind === 'Forbidden';
  const why = isForbidden ? `no permission; rule: ${error.rule}` : `the cluster answered ${error.kind}`;
  return {
    state: 'unknown',
    message: `Fence: could not tell (${why}); the operator's /readyz?verbose and metric regcred_fence_present tell it too`,
  };
}
