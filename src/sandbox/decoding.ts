// Turns a request's JSON into an object of one kind, as decoding into a Go struct does: unknown fields are dropped, empty
// lists and maps are the same as absent ones, a wrong type is a bad request.
import { isJson, type ApiObject, type Json, type Metadata } from './api-object.ts';
import { apiVersionOf, type ServedResource } from './resources.ts';
import { badRequest } from './status.ts';

const METADATA_FIELDS = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'];
const MORE_METADATA_FIELDS = ['deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations', 'finalizers'];
const KEPT_METADATA = new Set([...METADATA_FIELDS, ...MORE_METADATA_FIELDS, 'ownerReferences', 'managedFields']);

// []byte in Go's JSON: standard alphabet, padded; line breaks are skipped.
const GO_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('the body of the request is not valid JSON');
  }
}

/** Checks kind and version, keeps what the kind has. The metadata is the sender's: nothing of it is trusted yet. */
export function decodeObject(resource: ServedResource, value: unknown): ApiObject {
  if (!isJson(value)) throw badRequest(`couldn't get version/kind; json parse error: not a JSON object`);
  checkType(resource, value);
  const metadata = decodeMetadata(resource, value['metadata']);
  const fields = Object.entries(value).filter(([key]) => isKept(resource, key));
  const object: ApiObject = { metadata, ...Object.fromEntries(fields) };
  if (!resource.custom) decodeFields(resource, object);
  return object;
}

/** A user's labels and annotations must be maps of strings, finalizers a list of them. */
function decodeMetadata(resource: ServedResource, value: unknown): Metadata {
  if (value !== undefined && value !== null && !isJson(value)) throw cannotHandle(resource, 'metadata');
  const metadata = withoutEmpty(
    Object.fromEntries(Object.entries(value ?? {}).filter(([key]) => KEPT_METADATA.has(key))),
  );
  for (const field of ['labels', 'annotations']) checkStrings(resource, metadata, field);
  for (const field of ['name', 'namespace', 'uid', 'resourceVersion']) {
    if (metadata[field] !== undefined && typeof metadata[field] !== 'string') throw cannotHandle(resource, field);
  }
  return metadata as unknown as Metadata;
}

function checkType(resource: ServedResource, { kind, apiVersion }: Json): void {
  if (kind === undefined && apiVersion === undefined && !resource.custom) return;
  if (kind === undefined) throw badRequest("Object 'Kind' is missing");
  if (kind === resource.kind && apiVersion === apiVersionOf(resource)) return;
  throw badRequest(`the object provided is unrecognized or not of the right kind: want ${resource.kind}`);
}

function isKept({ fields }: ServedResource, key: string): boolean {
  if (['apiVersion', 'kind', 'metadata'].includes(key)) return false;
  return fields === '*' || fields.includes(key);
}

function decodeFields(resource: ServedResource, object: ApiObject): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null || isEmpty(value)) Reflect.deleteProperty(object, key);
  }
  if (resource.kind === 'Secret') decodeSecret(resource, object);
  if (resource.kind === 'ServiceAccount') checkList(resource, object, 'imagePullSecrets');
  if (resource.kind === 'Lease') checkTimes(resource, object['spec'], ['acquireTime', 'renewTime']);
  if (resource.kind === 'Event') checkTimes(resource, object, ['eventTime']);
}

// stringData is written into data, and never read back.
function decodeSecret(resource: ServedResource, secret: ApiObject): void {
  checkStrings(resource, secret, 'data');
  checkStrings(resource, secret, 'stringData');
  const data = { ...(secret['data'] as Record<string, string> | undefined) };
  for (const value of Object.values(data)) {
    if (!GO_BASE64.test(value.replaceAll(/[\r\n]/g, ''))) throw cannotHandle(resource, 'illegal base64 data');
  }
  const plain = Object.entries((secret['stringData'] ?? {}) as Record<string, string>);
  for (const [key, value] of plain) data[key] = Buffer.from(value).toString('base64');
  Reflect.deleteProperty(secret, 'stringData');
  if (Object.keys(data).length > 0) secret['data'] = data;
}

function checkStrings(resource: ServedResource, holder: Json, field: string): void {
  const map = holder[field];
  if (map === undefined) return;
  if (!isJson(map)) throw cannotHandle(resource, field);
  for (const [key, value] of Object.entries(map)) {
    if (value === null) map[key] = '';
    else if (typeof value !== 'string') throw cannotHandle(resource, field);
  }
}

function checkList(resource: ServedResource, holder: Json, field: string): void {
  const list = holder[field];
  if (list !== undefined && !(Array.isArray(list) && list.every(isJson))) throw cannotHandle(resource, field);
}

function checkTimes(resource: ServedResource, holder: unknown, fields: readonly string[]): void {
  if (!isJson(holder)) return;
  for (const field of fields) {
    const value = holder[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || !MICRO_TIME.test(value)) throw cannotHandle(resource, `parsing time of ${field}`);
  }
}

function cannotHandle(resource: ServedResource, why: string): Error {
  const { version, kind } = resource;
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

function withoutEmpty(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
