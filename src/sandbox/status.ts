// The Status bodies of a failed request, worded as kube-apiserver words them (k8s.io/apimachinery/pkg/api/errors).
import type { Json } from './api-object.ts';

export interface Cause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** The group and plural (or kind) an error speaks about. */
export interface Qualified {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Json;
  readonly metadata?: Json;
}

/** Thrown anywhere below the HTTP layer; becomes the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly body: Json;

  constructor({ code, reason, message, details, metadata = {} }: Failure) {
    super(message);
    this.code = code;
    const status = { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason };
    this.body = details === undefined ? { ...status, code } : { ...status, details, code };
  }
}

export function notFound(resource: Qualified, name: string): ApiError {
  const message = `${groupResource(resource)} ${quoted(name)} not found`;
  return new ApiError({ code: 404, reason: 'NotFound', message, details: detailsOf(resource, name) });
}

export function alreadyExists(resource: Qualified, name: string): ApiError {
  const message = `${groupResource(resource)} ${quoted(name)} already exists`;
  return new ApiError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(resource, name) });
}

export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: Qualified, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${groupResource(resource)} ${quoted(name)}: ${why}`;
  return new ApiError({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

export function forbidden(resource: Qualified, name: string, why: string, causes?: readonly Cause[]): ApiError {
  const subject = name === '' ? groupResource(resource) : `${groupResource(resource)} ${quoted(name)}`;
  const details = causes ? { ...detailsOf(resource, name), causes } : detailsOf(resource, name);
  return new ApiError({ code: 403, reason: 'Forbidden', message: `${subject} is forbidden: ${why}`, details });
}

/** A ValidatingAdmissionPolicy said no: worded as forbidden, but Invalid and 422 unless the policy sets a reason. */
export function deniedByPolicy(resource: Qualified, name: string, policy: string, why: string): ApiError {
  const denied = `ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${why}`;
  const message = `${groupResource(resource)} ${quoted(name)} is forbidden: ${denied}`;
  const details = { ...detailsOf(resource, name), causes: [{ message: denied }] };
  return new ApiError({ code: 422, reason: 'Invalid', message, details });
}

export function invalid(resource: Qualified, name: string, causes: readonly Cause[]): ApiError {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const texts = causes.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`));
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const details = { ...detailsOf(resource, name), kind: resource.kind, causes };
  const message = `${kind} ${quoted(name)} is invalid: ${list}`;
  return new ApiError({ code: 422, reason: 'Invalid', message, details });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

/** What a failed `test` of a JSON Patch answers: no word about which, and no causes. */
export function rejectedPatch(): ApiError {
  const message = 'the server rejected our request due to an error in our request';
  return new ApiError({ code: 422, reason: 'Invalid', message, details: {} });
}

export function expired(message: string, continueToken?: string): ApiError {
  const metadata = continueToken === undefined ? {} : { continue: continueToken };
  return new ApiError({ code: 410, reason: 'Expired', message, metadata });
}

export function groupResource({ group, plural }: Qualified): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function detailsOf({ group, plural }: Qualified, name: string): Json {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
