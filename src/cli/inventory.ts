// What `regcred cleanup` looks at: everything under the permitted names, cut down, in stores like the operator's own.
import type { PermittedNames } from '../api/permitted-names.ts';
import { DOCKER_CONFIG_TYPE, RESOURCE, STORED_TOKEN_TYPE } from '../api/names.ts';
import type { Resource } from '../api/names.ts';
import type { Config } from '../config.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { listAll } from '../kube/paged-list.ts';
import { slimNamespace, slimSecret, slimServiceAccount } from '../kube/slim.ts';
import type { SlimSecret } from '../kube/slim.ts';
import { createStore, storeKey } from '../kube/store.ts';
import { createMade } from '../reconcile/namespace/made.ts';
import type { MadePort, Remember, Stores } from '../reconcile/ports.ts';

export interface Inventory {
  readonly stores: Stores;
  /** Puts what was read or written later into the stores. */
  readonly remember: Remember;
  readonly made: MadePort;
  /** The operator's saved tokens in its own namespace: their type proves them, and can not be changed. */
  readonly savedTokens: readonly SlimSecret[];
}

export async function readInventory(client: KubeClient, config: Config): Promise<Inventory> {
  const { namespace, secretNames, serviceAccountNames } = config;
  const namespaces = createStore<ReturnType<typeof slimNamespace>>();
  const serviceAccounts = createStore<ReturnType<typeof slimServiceAccount>>();
  const secrets = createStore<SlimSecret>();

  namespaces.replace((await listAll({ client, resource: RESOURCE.namespaces, slim: slimNamespace })).items);
  serviceAccounts.replace(await listNamed(client, RESOURCE.serviceAccounts, serviceAccountNames, slimServiceAccount));
  // A Secret of another type is never ours, whatever it carries: it is not even looked at.
  secrets.replace(await listNamed(client, RESOURCE.secrets, secretNames, pullSecret));
  const home = await listAll({ client, resource: RESOURCE.secrets, namespace, slim: savedToken });
  return {
    stores: { namespaces, serviceAccounts, secrets, credentials: createStore() },
    remember: {
      secret: (object) => putInto(secrets, slimSecret(object)),
      secretGone: (where, name) => secrets.remove(storeKey(where, name)),
      serviceAccount: (object) => putInto(serviceAccounts, slimServiceAccount(object)),
      serviceAccountGone: (where, name) => serviceAccounts.remove(storeKey(where, name)),
    },
    made: createMade(), // cleanup makes none
    savedTokens: home.items,
  };
}

function pullSecret(object: KubeObject): SlimSecret | undefined {
  return object['type'] === DOCKER_CONFIG_TYPE ? slimSecret(object) : undefined;
}

function savedToken(object: KubeObject): SlimSecret | undefined {
  const isLive = object.metadata.deletionTimestamp === undefined;
  return object['type'] === STORED_TOKEN_TYPE && isLive ? slimSecret(object) : undefined;
}

/** One list for each name, as RBAC by name allows it; one for all when every name is permitted. */
async function listNamed<T>(
  client: KubeClient,
  resource: Resource,
  names: PermittedNames,
  slim: (object: KubeObject) => T | undefined,
): Promise<readonly T[]> {
  const selectors = names === '*' ? [undefined] : names.map((name) => `metadata.name=${name}`);
  const lists = await Promise.all(
    selectors.map((fieldSelector) => listAll<T>({ client, resource, fieldSelector, slim })),
  );
  return lists.flatMap(({ items }) => items);
}

function putInto<T>(store: { put(item: T): void }, item: T): T {
  store.put(item);
  return item;
}
