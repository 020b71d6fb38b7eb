// Which keys a change wakes: the table of kubernetes events to queue keys. Handlers only derive keys and add them; an
// update carries only the new object, so the old one counts too.
import { LOW, NORMAL } from '../controller/result.ts';
import type { Priority } from '../controller/result.ts';
import type { Change } from '../kube/store.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../kube/slim.ts';
import { selects } from './coverage.ts';
import type { Permissions } from './coverage.ts';
import type { Credential } from './credential.ts';
import { credentialKey } from './keys.ts';
import type { CredentialKey, NamespaceKey } from './keys.ts';
import type { Stores } from './ports.ts';

export interface Waker {
  credential(key: CredentialKey, priority: Priority): void;
  namespace(key: NamespaceKey, priority: Priority): void;
}

export interface WakePorts {
  readonly stores: Stores;
  readonly permissions: Permissions;
  readonly wake: Waker;
}

/** What must be known of a Secret in the operator's namespace. */
export interface InputWakePorts extends WakePorts {
  /** Names of the Secrets that it reads. */
  readonly inputSecretsOf: (credential: Credential) => readonly string[];
  /** The name of the cluster credential that it stores a token of; undefined: it is no stored token. */
  readonly storedFor: (secret: SlimSecret) => string | undefined;
}

export function onCredential({ old, new: now }: Change<Credential>, ports: WakePorts): void {
  const credential = now ?? old;
  if (!credential) return;
  ports.wake.credential(credential.key, NORMAL); // also in a list: a namespace run without its token is a run for nothing
  const isSame = old?.uid === now?.uid && old?.generation === now?.generation && old?.deleted === now?.deleted;
  if (isSame || !ports.stores.namespaces.synced) return;
  for (const one of [old, now]) if (one) wakeNamespacesOf(one, ports);
}

export function onNamespace({ old, new: now, initial }: Change<SlimNamespace>, { stores, wake }: WakePorts): void {
  const namespace = now ?? old;
  if (!namespace || (old && now && isSameNamespace(old, now))) return;
  wake.namespace(namespace.name, initial ? LOW : NORMAL);
  for (const { key } of stores.credentials.inNamespace(namespace.name)) wake.credential(key, initial ? LOW : NORMAL);
}

export function onServiceAccount({ old, new: now, initial }: Change<SlimServiceAccount>, { wake }: WakePorts): void {
  const serviceAccount = now ?? old;
  if (!serviceAccount || !now || (old && isSameServiceAccount(old, now))) return;
  wake.namespace(serviceAccount.namespace, initial ? LOW : NORMAL);
}

export function onPullSecret({ old, new: now, initial }: Change<SlimSecret>, { wake }: WakePorts): void {
  const secret = now ?? old;
  if (secret) wake.namespace(secret.namespace, initial ? LOW : NORMAL);
}

/** Only cluster credentials read there; a tenant's inputs are in its own namespace, which nobody watches. */
export function onInput({ old, new: now }: Change<SlimSecret>, ports: InputWakePorts): void {
  const secret = now ?? old;
  if (!secret) return;
  const { stores, wake, inputSecretsOf, storedFor } = ports;
  const owner = storedFor(secret);
  if (owner !== undefined) {
    wake.credential(credentialKey({ kind: 'ClusterRegistryCredential', namespace: undefined, name: owner }), NORMAL);
    return;
  }
  for (const credential of stores.credentials.inNamespace(''))
    if (inputSecretsOf(credential).includes(secret.name)) wake.credential(credential.key, NORMAL);
}

/** The namespaces that a credential covers, and those whose Secrets name it; low, and in another order each time. */
export function wakeNamespacesOf(credential: Credential, { stores, permissions, wake }: WakePorts): void {
  if (credential.namespace !== undefined) {
    wake.namespace(credential.namespace, NORMAL);
    return;
  }
  const selected = [...stores.namespaces.values()]
    .filter((one) => selects(credential, one, permissions.operatorNamespace))
    .map(({ name }) => name);
  const naming = [...stores.secrets.values()]
    .filter(({ marker }) => marker?.common.includes(credential.uid))
    .map(({ namespace }) => namespace);
  for (const name of shuffled([...new Set([...selected, ...naming])])) wake.namespace(name, LOW);
}

function isSameNamespace(a: SlimNamespace, b: SlimNamespace): boolean {
  return a.uid === b.uid && a.terminating === b.terminating && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}

function isSameServiceAccount(a: SlimServiceAccount, b: SlimServiceAccount): boolean {
  const decides = ({ uid, terminating, entries, pullSecrets, ignore }: SlimServiceAccount): string =>
    JSON.stringify([uid, terminating, entries, pullSecrets, ignore]);
  return decides(a) === decides(b);
}

function shuffled<Item>(items: Item[]): readonly Item[] {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [items[j] as Item, items[i] as Item];
  }
  return items;
}
