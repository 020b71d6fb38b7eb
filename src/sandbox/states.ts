// The state a write leads to: what the sender may set, what the server sets, what stays as it was.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { isJson, type ApiObject, type Metadata } from './api-object.ts';
import { timestamp, type Machinery, type WriteCall } from './machinery.ts';
import { managedFieldsAfter } from './managed-fields.ts';
import type { ServedResource } from './resources.ts';

export function newObject(machinery: Machinery, { resource, manager }: WriteCall, sent: ApiObject): ApiObject {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = sent.metadata;
  const kept = { name, namespace, labels, annotations, finalizers, ownerReferences };
  const set = { uid: randomUUID(), creationTimestamp: timestamp(machinery.clock) };
  const metadata = withoutUndefined({ ...kept, ...set, ...(resource.custom ? { generation: 1 } : {}) });
  const { status: _status, ...withoutStatus } = sent;
  const object = { ...(resource.hasStatus ? withoutStatus : sent), metadata };
  return withManagers(machinery, manager, undefined, completed(machinery, resource, object));
}

export function updatedObject(machinery: Machinery, call: WriteCall, current: ApiObject, sent: ApiObject): ApiObject {
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

function withoutUndefined(fields: object): ApiObject & Metadata {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ApiObject & Metadata;
}
