// The spelling of the two kinds of queue keys. A key is only a name: the event that brought it is forgotten on purpose.
import type { CredentialKind } from '../api/names.ts';

/** "ClusterRegistryCredential/NAME" or "RegistryCredential/NAMESPACE/NAME". */
export type CredentialKey = `ClusterRegistryCredential/${string}` | `RegistryCredential/${string}/${string}`;
/** The namespace's name. */
export type NamespaceKey = string;

/** What names a credential in the cluster. */
export interface CredentialName {
  readonly kind: CredentialKind;
  /** There exactly for the namespaced kind. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export function credentialKey({ kind, namespace, name }: CredentialName): CredentialKey {
  return kind === 'ClusterRegistryCredential' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}

export function parseCredentialKey(key: CredentialKey): CredentialName {
  const [kind, first = '', second = ''] = key.split('/');
  return kind === 'ClusterRegistryCredential'
    ? { kind, namespace: undefined, name: first }
    : { kind: 'RegistryCredential', namespace: first, name: second };
}

/** As people write it: "ClusterRegistryCredential/NAME", "RegistryCredential/NAME" (its namespace is where it is read). */
export function displayName({ kind, name }: Pick<CredentialName, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}
