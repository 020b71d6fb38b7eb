// The admission plugins that matter to the operator, in the server's order: NamespaceLifecycle before the name clash is
// found, then (after validation) the policies, then the quota.
import { isJson, type ApiObject } from './api-object.ts';
import { fenceRefusal, isUser } from './fence.ts';
import type { Machinery, WriteCall } from './machinery.ts';
import { RESOURCE } from '../api/names.ts';
import { BINDINGS, POLICIES } from './resources.ts';
import { deniedByPolicy, forbidden, notFound } from './status.ts';

/** CREATE only: nothing new in a namespace that is unknown or going away. */
export function admitIntoNamespace({ store }: Machinery, { resource, namespace }: WriteCall, name: string): void {
  if (namespace === undefined) return;
  const found = store.get(RESOURCE.namespaces.plural, undefined, namespace);
  if (!found) throw notFound(RESOURCE.namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(resource, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}

/** ValidatingAdmissionPolicies, on CREATE, UPDATE, and DELETE (of Secrets: nobody else's deletion is the operator's right). */
export function admitByPolicies(machinery: Machinery, call: WriteCall, object: ApiObject, before?: ApiObject): void {
  const { resource, userName, subresource } = call;
  const plural = subresource === 'token' ? `${resource.plural}/token` : resource.plural;
  const review = { userName, plural, object, ...(before ? { before } : {}) };
  const isActive = (policy: string): boolean => isAround(userName, machinery, policy);
  for (const fence of machinery.fences) {
    const refusal = fenceRefusal(fence, review, isActive);
    if (refusal) throw deniedByPolicy(resource, object.metadata.name, refusal.policy, refusal.message);
  }
}

/** A policy acts while both it and its binding exist, on the user whom it names. */
function isAround(userName: string, { store }: Machinery, name: string): boolean {
  const [policy, binding] = [POLICIES, BINDINGS].map(({ plural }) => store.get(plural, undefined, name));
  if (!policy || !binding) return false;
  const conditions = isJson(policy['spec']) ? policy['spec']['matchConditions'] : undefined;
  return Array.isArray(conditions) && conditions.some((one) => isJson(one) && one['expression'] === isUser(userName));
}

/** CREATE only, and before the name clash is found: an exhausted quota hides it. */
export function admitByQuota(
  { store, secretQuotas }: Machinery,
  { resource, namespace }: WriteCall,
  name: string,
): void {
  if (resource.kind !== 'Secret' || namespace === undefined) return;
  const limit = secretQuotas.get(namespace);
  if (limit === undefined) return;
  const used = store.inside(resource.plural, namespace).length;
  if (used < limit) return;
  const figures = `requested: count/secrets=1, used: count/secrets=${used}, limited: count/secrets=${limit}`;
  throw forbidden(resource, name, `exceeded quota: secrets, ${figures}`);
}
