// Create, update, patch and delete, each as the list of steps the real server takes, in its order.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { admitByPolicies, admitByQuota, admitIntoNamespace } from './admission.ts';
import { isJson, type ApiObject, type Metadata } from './api-object.ts';
import { decodeObject } from './decoding.ts';
import { timestamp, type Machinery, type WriteCall } from './machinery.ts';
import { managedFieldsAfter } from './managed-fields.ts';
import type { ServedResource } from './resources.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound, OBJECT_MODIFIED } from './status.ts';
import { validateCreate, validateUpdate } from './validation.ts';

export function createObject(machinery: Machinery, call: WriteCall, body: unknown): ApiObject {
  const { resource, namespace } = call;
  const sent = decodeStrictly(machinery, call, body);
  checkPlace(call, sent, undefined);
  admitIntoNamespace(machinery, call, sent.metadata.name);
  const object = newObject(machinery, call, sent);
  validateCreate(resource, object);
  checkKind(machinery, resource, object);
  admitByPolicies(machinery, call, object);
  admitByQuota(machinery, call, object.metadata.name);
  if (machinery.store.get(resource.plural, namespace, object.metadata.name))
    throw alreadyExists(resource, object.metadata.name);
  return call.isDryRun ? object : machinery.store.put(resource.plural, object);
}

/** PUT. */
export function replaceObject(machinery: Machinery, call: WriteCall, name: string, body: unknown): ApiObject {
  const { resource } = call;
  const sent = decodeStrictly(machinery, call, body);
  checkPlace(call, sent, name);
  const current = machinery.store.get(resource.plural, call.namespace, name);
  if (!current && resource.createOnUpdate) return createObject(machinery, call, body);
  if (!current) throw notFound(resource, name);
  const { uid } = sent.metadata;
  if (uid && uid !== current.metadata.uid) throw conflict(resource, name, uidMismatch(uid, current));
  checkVersionSent(resource, sent);
  return updateObject(machinery, call, current, sent);
}

/** PATCH: `apply` computes the new object from the present one, in the form clients see. */
export function patchObject(
  machinery: Machinery,
  call: WriteCall,
  name: string,
  apply: (current: ApiObject) => unknown,
): ApiObject {
  const { resource } = call;
  const current = machinery.store.get(resource.plural, call.namespace, name);
  if (!current) throw notFound(resource, name);
  const sent = decodeStrictly(machinery, call, apply(current));
  checkPlace(call, sent, name);
  return updateObject(machinery, call, current, sent);
}

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
  if (resource.kind === 'Namespace') return terminateNamespace(machinery, resource, current, options);
  if (current.metadata.finalizers !== undefined)
    return { object: markDeleted(machinery, resource, current, options), isGone: false };
  if (!options.isDryRun) machinery.store.remove(resource.plural, current);
  return { object: current, isGone: true };
}

function updateObject(machinery: Machinery, call: WriteCall, current: ApiObject, sent: ApiObject): ApiObject {
  const { resource } = call;
  const version = sent.metadata.resourceVersion;
  if (version && version !== current.metadata.resourceVersion)
    throw conflict(resource, current.metadata.name, OBJECT_MODIFIED);
  const object = updatedObject(machinery, call, current, sent);
  validateUpdate(resource, current, object);
  checkKind(machinery, resource, object, current);
  admitByPolicies(machinery, call, object, current);
  if (call.isDryRun) return object;
  const isReleased = object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers === undefined;
  if (isReleased && resource.kind !== 'Namespace') return machinery.store.remove(resource.plural, object);
  return machinery.store.put(resource.plural, object);
}

function newObject(machinery: Machinery, { resource, manager }: WriteCall, sent: ApiObject): ApiObject {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = sent.metadata;
  const kept = { name, namespace, labels, annotations, finalizers, ownerReferences };
  const set = { uid: randomUUID(), creationTimestamp: timestamp(machinery.clock) };
  const metadata = withoutUndefined({ ...kept, ...set, ...(resource.custom ? { generation: 1 } : {}) });
  const { status: _status, ...withoutStatus } = sent;
  const object = { ...(resource.hasStatus ? withoutStatus : sent), metadata };
  return withManagers(machinery, manager, undefined, completed(machinery, resource, object));
}

function updatedObject(machinery: Machinery, call: WriteCall, current: ApiObject, sent: ApiObject): ApiObject {
  const { resource, subresource, manager } = call;
  const merged = subresource === 'status' ? withStatusOf(current, sent) : withSpecOf(resource, current, sent);
  const object = completed(machinery, resource, merged);
  const isNewSpec = resource.custom && !isDeepStrictEqual(specOf(current), specOf(object));
  const generation = (current.metadata.generation ?? 0) + (isNewSpec ? 1 : 0);
  if (resource.custom) object.metadata.generation = generation;
  return withManagers(machinery, manager, current, object);
}

// A write of the status subresource changes nothing else; the uid sent is kept, so that a wrong one is noticed.
function withStatusOf(current: ApiObject, sent: ApiObject): ApiObject {
  const metadata = { ...current.metadata, uid: sent.metadata.uid || current.metadata.uid };
  return { ...current, metadata, status: sent['status'] };
}

function withSpecOf(resource: ServedResource, current: ApiObject, sent: ApiObject): ApiObject {
  const { labels, annotations, finalizers, ownerReferences } = sent.metadata;
  const uid = sent.metadata.uid || current.metadata.uid;
  const changed = { ...current.metadata, uid, labels, annotations, finalizers, ownerReferences };
  const object: ApiObject = { ...sent, metadata: withoutUndefined(changed) };
  if (!resource.hasStatus) return object;
  return withoutUndefined({ ...object, status: current['status'] });
}

function specOf({ metadata: _metadata, status: _status, ...rest }: ApiObject): unknown {
  return rest;
}

function decodeStrictly({ kindRules }: Machinery, { resource, isStrict }: WriteCall, value: unknown): ApiObject {
  const object = decodeObject(resource, value);
  const unknown = isStrict ? (kindRules.get(resource.plural)?.unknownFields(object) ?? []) : [];
  if (unknown.length === 0) return object;
  throw badRequest(`strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`);
}

// What the server fills in by itself.
function completed(machinery: Machinery, resource: ServedResource, object: ApiObject): ApiObject {
  if (resource.kind === 'Secret') return { ...object, type: object['type'] ?? 'Opaque' };
  if (resource.kind === 'Namespace') return completedNamespace(object);
  const rules = machinery.kindRules.get(resource.plural);
  return rules ? rules.complete(object) : object;
}

function completedNamespace(object: ApiObject): ApiObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  const spec = isJson(object['spec']) ? object['spec'] : { finalizers: ['kubernetes'] };
  return { ...object, metadata: { ...metadata, labels }, spec, status: object['status'] ?? { phase: 'Active' } };
}

function withManagers(
  machinery: Machinery,
  manager: string,
  before: ApiObject | undefined,
  after: ApiObject,
): ApiObject {
  const writer = { manager, time: timestamp(machinery.clock) };
  const { managedFields: _old, ...metadata } = after.metadata;
  const managedFields = managedFieldsAfter(before, after, writer);
  return { ...after, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata };
}

function checkPlace({ resource, namespace }: WriteCall, { metadata }: ApiObject, name: string | undefined): void {
  if (resource.namespaced) metadata.namespace ??= namespace ?? '';
  else Reflect.deleteProperty(metadata, 'namespace');
  if (metadata.namespace !== namespace && resource.namespaced)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name === undefined) return;
  if (!metadata.name) metadata.name = name;
  if (metadata.name === name) return;
  throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

function checkVersionSent(resource: ServedResource, { metadata }: ApiObject): void {
  if (metadata.resourceVersion || resource.unconditionalUpdate) return;
  const message = 'Invalid value: 0: must be specified for an update';
  const cause = { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' };
  throw invalid(resource, metadata.name, [cause]);
}

function checkKind(machinery: Machinery, resource: ServedResource, object: ApiObject, before?: ApiObject): void {
  const causes = machinery.kindRules.get(resource.plural)?.check(object, before) ?? [];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
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

function uidMismatch(uid: string, { metadata }: ApiObject): string {
  return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
}

const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public'];

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

function withoutUndefined(fields: object): ApiObject & Metadata {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ApiObject & Metadata;
}
