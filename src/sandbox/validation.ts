// What the API server refuses with 422: names, Secrets, Events, Leases, and changes of what can not be changed.
import { isDeepStrictEqual } from 'node:util';

import {
  DOCKER_CONFIG_KEY,
  DOCKER_CONFIG_TYPE,
  LEGACY_DOCKER_CONFIG_KEY,
  LEGACY_DOCKER_CONFIG_TYPE,
} from '../api/names.ts';
import { isJson, type ApiObject } from './api-object.ts';
import type { ServedResource } from './resources.ts';
import { invalid, type Cause } from './status.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const MOST_ANNOTATION_BYTES = 262_144;
const MOST_DATA_BYTES = 1_048_576;
const TOKEN_TYPE = 'kubernetes.io/service-account-token';

export function validateCreate(resource: ServedResource, object: ApiObject): void {
  refuse(resource, object, [...nameCauses(resource, object.metadata.name), ...contentCauses(resource, object)]);
}

export function validateUpdate(resource: ServedResource, before: ApiObject, after: ApiObject): void {
  const immutable = [...uidCauses(before, after), ...finalizerCauses(before, after)];
  const ofSecret = resource.kind === 'Secret' ? secretUpdateCauses(before, after) : [];
  refuse(resource, after, [...immutable, ...ofSecret, ...contentCauses(resource, after)]);
}

function refuse(resource: ServedResource, { metadata }: ApiObject, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(resource, metadata.name, causes);
}

function nameCauses({ kind }: ServedResource, name: string | undefined): Cause[] {
  if (name === undefined || name === '') return [required('metadata.name', 'name or generateName is required')];
  const isLabel = kind === 'Namespace';
  const fits = isLabel
    ? LABEL.test(name) && name.length <= LONGEST_LABEL
    : SUBDOMAIN.test(name) && name.length <= LONGEST_NAME;
  const rule = isLabel ? 'a lowercase RFC 1123 label' : 'a lowercase RFC 1123 subdomain';
  return fits ? [] : [bad('metadata.name', name, `${rule} must consist of lower case alphanumeric characters`)];
}

function contentCauses({ kind }: ServedResource, object: ApiObject): Cause[] {
  const causes = annotationCauses(object);
  if (kind === 'Secret') return [...causes, ...secretCauses(object)];
  if (kind === 'Lease') return [...causes, ...leaseCauses(object)];
  if (kind === 'Event') return [...causes, ...eventCauses(object)];
  return causes;
}

function annotationCauses({ metadata }: ApiObject): Cause[] {
  const entries = Object.entries(metadata.annotations ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size <= MOST_ANNOTATION_BYTES) return [];
  return [tooLong('metadata.annotations', MOST_ANNOTATION_BYTES)];
}

function secretCauses(secret: ApiObject): Cause[] {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  const keys = Object.keys(data).filter((key) => !DATA_KEY.test(key) || key.length > LONGEST_NAME);
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.from(value, 'base64').length, 0);
  return [
    ...keys.map((key) => bad(`data[${key}]`, key, 'a valid config key must consist of alphanumeric characters')),
    ...(size > MOST_DATA_BYTES ? [tooLong('data', MOST_DATA_BYTES)] : []),
    ...typeCauses(secret, data),
  ];
}

function typeCauses(secret: ApiObject, data: Readonly<Record<string, string>>): Cause[] {
  if (secret['type'] === DOCKER_CONFIG_TYPE) return dockerCauses(data, DOCKER_CONFIG_KEY);
  if (secret['type'] === LEGACY_DOCKER_CONFIG_TYPE) return dockerCauses(data, LEGACY_DOCKER_CONFIG_KEY);
  const account = secret.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
  if (secret['type'] !== TOKEN_TYPE || account !== '') return [];
  return [required('metadata.annotations[kubernetes.io/service-account.name]')];
}

// The server looks no deeper: one malformed entry inside is stored, and breaks every pull that uses it.
function dockerCauses(data: Readonly<Record<string, string>>, key: string): Cause[] {
  const value = data[key];
  if (value === undefined) return [required(`data[${key}]`)];
  const parsed = parsedOrUndefined(Buffer.from(value, 'base64').toString('utf8'));
  if (parsed === null || isJson(parsed)) return [];
  return [bad(`data[${key}]`, '<secret contents redacted>', 'not a JSON object')];
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function secretUpdateCauses(before: ApiObject, after: ApiObject): Cause[] {
  const causes: Cause[] = [];
  if (before['type'] !== after['type']) causes.push(bad('type', String(after['type']), 'field is immutable'));
  if (before['immutable'] !== true) return causes;
  if (after['immutable'] !== true) causes.push(prohibited('immutable', 'field is immutable when `immutable` is set'));
  if (!isDeepStrictEqual(before['data'], after['data']))
    causes.push(prohibited('data', 'field is immutable when `immutable` is set'));
  return causes;
}

function uidCauses(before: ApiObject, after: ApiObject): Cause[] {
  if (before.metadata.uid === after.metadata.uid) return [];
  return [bad('metadata.uid', after.metadata.uid, 'field is immutable')];
}

function finalizerCauses(before: ApiObject, after: ApiObject): Cause[] {
  if (before.metadata.deletionTimestamp === undefined) return [];
  const added = (after.metadata.finalizers ?? []).filter((one) => !before.metadata.finalizers?.includes(one));
  if (added.length === 0) return [];
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  const why = 'no new finalizers can be added if the object is being deleted, found new finalizers';
  return [prohibited('metadata.finalizers', `${why} []string{${list}}`)];
}

function leaseCauses(lease: ApiObject): Cause[] {
  const spec = (lease['spec'] ?? {}) as { leaseDurationSeconds?: number; leaseTransitions?: number };
  const { leaseDurationSeconds: duration = 1, leaseTransitions: transitions = 0 } = spec;
  return [
    ...(duration > 0 ? [] : [bad('spec.leaseDurationSeconds', duration, 'must be greater than 0')]),
    ...(transitions >= 0 ? [] : [bad('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]),
  ];
}

function eventCauses(event: ApiObject): Cause[] {
  const fields = ['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason'];
  const missing = fields.filter((field) => event[field] === undefined || event[field] === '');
  const regarding = isJson(event['regarding']) ? event['regarding'] : {};
  const home = (regarding['namespace'] as string | undefined) ?? '';
  // Only a missing namespace is looked at, and it stands for what has none: their Events live in these two.
  const isHomeless = home === '' && !['default', 'kube-system'].includes(event.metadata.namespace ?? '');
  const note = event['note'];
  return [
    ...missing.map((field) => required(field)),
    ...(['Normal', 'Warning'].includes(String(event['type']))
      ? []
      : [bad('type', String(event['type']), 'has invalid value')]),
    ...(typeof note === 'string' && Buffer.byteLength(note) > 1024
      ? [bad('note', '', 'can have at most 1024 bytes')]
      : []),
    ...(isHomeless ? [bad('involvedObject.namespace', home, 'does not match event.namespace')] : []),
  ];
}

function bad(field: string, value: string | number, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}`, field };
}

function prohibited(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

function tooLong(field: string, most: number): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${most} bytes`, field };
}
