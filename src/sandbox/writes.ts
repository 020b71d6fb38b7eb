// Create, update and patch, each as the list of steps the real server takes, in its order.
import { admitByPolicies, admitByQuota, admitIntoNamespace } from './admission.ts';
import type { ApiObject } from './api-object.ts';
import { decodeObject } from './decoding.ts';
import type { Machinery, WriteCall } from './machinery.ts';
import type { ServedResource } from './resources.ts';
import { newObject, updatedObject } from './states.ts';
import { alreadyExists, badRequest, conflict, invalid, notFound, OBJECT_MODIFIED } from './status.ts';
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

function decodeStrictly({ kindRules }: Machinery, { resource, isStrict }: WriteCall, value: unknown): ApiObject {
  const object = decodeObject(resource, value);
  const unknown = isStrict ? (kindRules.get(resource.plural)?.unknownFields(object) ?? []) : [];
  if (unknown.length === 0) return object;
  throw badRequest(`strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`);
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

function uidMismatch(uid: string, { metadata }: ApiObject): string {
  return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
}
