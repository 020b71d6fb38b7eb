// Removes from one namespace what is proven ours, with the operator's own decisions for a namespace in which no credential
// is left: entries first, then Secrets, each write in the version it was decided on. What changed meanwhile is read again.
import type { PermittedNames } from '../api/permitted-names.ts';
import { isPermitted } from '../api/permitted-names.ts';
import { RESOURCE } from '../api/names.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { isKubeError } from '../kube/client.ts';
import type { SlimNamespace } from '../kube/slim.ts';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import { nameOf } from '../lib/errors.ts';
import { apply } from '../reconcile/namespace/apply.ts';
import type { Outcome } from '../reconcile/namespace/apply.ts';
import type { Desired } from '../reconcile/namespace/desired.ts';
import { isConflict, isNamespaceGone, isNoFailure } from '../reconcile/namespace/failures.ts';
import { observe } from '../reconcile/namespace/observe.ts';
import { plan } from '../reconcile/namespace/plan.ts';
import { entriesWithoutSecret } from '../reconcile/namespace/entries.ts';
import type { Action } from '../reconcile/namespace/plan.ts';
import { explainKubeError } from './failures.ts';
import type { Inventory } from './inventory.ts';

export interface RemovalPorts extends Inventory {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Whose markers count. */
  readonly installation: string;
  readonly secretNames: PermittedNames;
}

const MOST_ATTEMPTS = 5;
const PAUSE_MS = 50;
/** No credential covers anything any more, and none is released: cleanup is for all that was written. */
const NOTHING: Desired = { secrets: [], coverage: [], released: [] };

/** What is to be removed here, in the order of execution; [] when nothing of ours is left. */
export async function planRemoval(namespace: SlimNamespace, ports: RemovalPorts): Promise<readonly Action[]> {
  const observed = observe(namespace, ports);
  const unknown = entriesWithoutSecret(NOTHING, observed).filter((name) => isPermitted(ports.secretNames, name));
  const absent = await Promise.all(unknown.map((name) => isAbsent(namespace.name, name, ports)));
  return plan(NOTHING, observed, new Set(unknown.filter((_, index) => absent[index])));
}

/** Answers what could not be removed, a line each. */
export async function remove(namespace: SlimNamespace, ports: RemovalPorts): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const actions = await planRemoval(namespace, ports);
    const outcomes = await apply(namespace.name, actions, ports, {});
    const conflicts = outcomes.filter(({ error }) => isConflict(error));
    if (conflicts.length === 0) return outcomes.flatMap((outcome) => problemOf(outcome, namespace));
    if (attempt === MOST_ATTEMPTS) {
      return [`Namespace "${namespace.name}": changed ${MOST_ATTEMPTS} times meanwhile; run cleanup again`];
    }
    await sleep(ports.clock, PAUSE_MS * attempt);
    await readAgain(namespace.name, ports);
  }
}

/** The entry's Secret is nowhere, proven by a live answer: nobody needs the entry. */
async function isAbsent(namespace: string, name: string, { client }: RemovalPorts): Promise<boolean> {
  return (await readLive(client, { resource: RESOURCE.secrets, namespace, name })) === undefined;
}

async function readAgain(namespace: string, { client, stores, remember }: RemovalPorts): Promise<void> {
  for (const { name } of stores.secrets.inNamespace(namespace)) {
    const live = await readLive(client, { resource: RESOURCE.secrets, namespace, name });
    if (live) remember.secret(live);
    else remember.secretGone(namespace, name);
  }
  for (const { name } of stores.serviceAccounts.inNamespace(namespace)) {
    const live = await readLive(client, { resource: RESOURCE.serviceAccounts, namespace, name });
    if (live) remember.serviceAccount(live);
    else remember.serviceAccountGone(namespace, name);
  }
}

async function readLive(client: KubeClient, ref: Parameters<KubeClient['get']>[0]): Promise<KubeObject | undefined> {
  try {
    return await client.get(ref);
  } catch (thrown) {
    if (isKubeError(thrown, 'NotFound', 'NamespaceGone')) return undefined;
    throw thrown;
  }
}

function problemOf({ error }: Outcome, { name }: SlimNamespace): readonly string[] {
  if (isNoFailure(error) || isNamespaceGone(error)) return [];
  const why = isKubeError(error) ? explainKubeError(error) : `unexpected error (${nameOf(error)})`;
  return [`Namespace "${name}": ${why}`];
}
