// Both kinds of credentials read as one store, by credential key; the cluster kind lives in namespace "".
import type { ReadStore } from '../kube/store.ts';
import type { Credential } from './credential.ts';
import { parseCredentialKey } from './keys.ts';
import type { CredentialKey } from './keys.ts';

export function credentialStore(
  clusterKind: ReadStore<Credential>,
  namespacedKind: ReadStore<Credential>,
): ReadStore<Credential> {
  return {
    get: (key) => {
      const { namespace, name } = parseCredentialKey(key as CredentialKey);
      return namespace === undefined ? clusterKind.get(name) : namespacedKind.get(`${namespace}/${name}`);
    },
    values: () => [clusterKind, namespacedKind].values().flatMap((store) => store.values()),
    inNamespace: (namespace) => (namespace === '' ? [...clusterKind.values()] : namespacedKind.inNamespace(namespace)),
    get size() {
      return clusterKind.size + namespacedKind.size;
    },
    get synced() {
      return clusterKind.synced && namespacedKind.synced;
    },
  };
}
