// DELETE: preconditions first; then an object goes at once, or waits for its finalizers, or (a namespace) for its contents.
import { admitByPolicies } from './admission.ts';
import type { ApiObject } from './api-object.ts';
import { timestamp, type Machinery, type WriteCall } from './machinery.ts';
import type { ServedResource } from './resources.ts';
import { conflict, forbidden, notFound } from './status.ts';

const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public'];

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly isDryRun: boolean;
}

export interface Deletion {
  readonly object: ApiObject;
  /** False while finalizers, or a namespace's contents, hold it. */
  readonly isGone: boolean;
}

export function deleteObject(machinery: Machinery, call: WriteCall, name: string, options: DeleteOptions): Deletion {
  const { resource, namespace } = call;
  const current = machinery.store.get(resource.plural, namespace, name);
  if (!current) throw notFound(resource, name);
  checkPreconditions(resource, current, options);
  admitByPolicies(machinery, call, current, current);
  if (resource.kind === 'Namespace') return terminateNamespace(machinery, resource, current, options);
  if (current.metadata.finalizers !== undefined)
    return { object: markDeleted(machinery, resource, current, options), isGone: false };
  if (!options.isDryRun) machinery.store.remove(resource.plural, current);
  return { object: current, isGone: true };
}

function checkPreconditions(resource: ServedResource, { metadata }: ApiObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      resource,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      resource,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}

function terminateNamespace(
  machinery: Machinery,
  resource: ServedResource,
  current: ApiObject,
  options: DeleteOptions,
): Deletion {
  const { name } = current.metadata;
  if (PROTECTED_NAMESPACES.includes(name)) throw forbidden(resource, name, 'this namespace may not be deleted');
  const status = { ...(current['status'] as object), phase: 'Terminating' };
  return { object: markDeleted(machinery, resource, { ...current, status }, options), isGone: false };
}

function markDeleted(
  { store, clock }: Machinery,
  resource: ServedResource,
  current: ApiObject,
  options: DeleteOptions,
): ApiObject {
  if (current.metadata.deletionTimestamp !== undefined) return current;
  const { generation } = current.metadata;
  const deleted = { deletionTimestamp: timestamp(clock), deletionGracePeriodSeconds: 0 };
  const metadata = {
    ...current.metadata,
    ...deleted,
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  };
  if (resource.kind === 'Namespace') Reflect.deleteProperty(metadata, 'deletionGracePeriodSeconds');
  const object = { ...current, metadata };
  return options.isDryRun ? object : store.put(resource.plural, object);
}
