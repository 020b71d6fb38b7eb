// Namespaces by the thousand, in labelled groups, each with its `default` ServiceAccount.
import { eventually } from '../../test/support/eventually.ts';
import { ok } from '../../e2e/support/api.ts';
import type { ApiObject } from '../../e2e/support/api.ts';
import { CONNECTIONS } from './wire.ts';
import type { Lab } from './lab.ts';

/** The label by whose value a credential selects a group. */
export const GROUP_LABEL = 'bench.example.com/group';

/** Who an object is, for writes that must be about exactly this version. */
export interface Identity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export function makeNamespace({ cluster: { admin } }: Lab, name: string, group: string): Promise<ApiObject> {
  const labels = { [GROUP_LABEL]: group };
  return ok(admin.post('/api/v1/namespaces', { metadata: { name, labels } }));
}

/** Returns when all of them have their ServiceAccount, by their names' order. What is there already is not made again. */
export async function makeGroup(lab: Lab, group: string, count: number): Promise<void> {
  if ((await namespaceUids(lab, group)).size === count) return;
  lab.say(`Making ${count} namespaces`);
  const names = Array.from({ length: count }, (_, index) => `${group}-${index}`).values();
  const work = async (): Promise<void> => {
    for (const name of names) await makeNamespace(lab, name, group);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  const isComplete = async (): Promise<boolean> => (await serviceAccountsOf(lab, group)).length === count;
  await eventually(isComplete, { timeoutMs: 600_000, everyMs: 1000 });
}

/** The `default` ServiceAccounts of a group. */
export function serviceAccountsOf(lab: Lab, group: string): Promise<readonly Identity[]> {
  return identitiesOf(lab, 'serviceaccounts?fieldSelector=metadata.name%3Ddefault', group);
}

/** The pull Secrets of a group. */
export function pullSecretsOf(lab: Lab, group: string): Promise<readonly Identity[]> {
  return identitiesOf(lab, 'secrets?fieldSelector=metadata.name%3Dregcred-managed', group);
}

async function identitiesOf({ cluster: { admin } }: Lab, query: string, group: string): Promise<readonly Identity[]> {
  const list = await ok(admin.get(`/api/v1/${query}`));
  const items = list['items'] as readonly { readonly metadata: Identity }[];
  return items.map(({ metadata }) => metadata).filter(({ namespace }) => namespace.startsWith(`${group}-`));
}

/** The UIDs of a group's namespaces, by name. */
export async function namespaceUids({ cluster: { admin } }: Lab, group: string): Promise<ReadonlyMap<string, string>> {
  const list = await ok(admin.get(`/api/v1/namespaces?labelSelector=${GROUP_LABEL}%3D${group}`));
  const items = list['items'] as readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
  return new Map(items.map(({ metadata: { name, uid } }) => [name, uid]));
}
