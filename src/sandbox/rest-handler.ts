// From an authorised request to its answer: finds the resource, runs the verb, words the result. Knows nothing of sockets.
import { isJson, type ApiObject, type Json } from './api-object.ts';
import { parseBody } from './decoding.ts';
import { deleteObject, type DeleteOptions } from './deletions.ts';
import { encodeItem, encodeObject } from './encoding.ts';
import type { Lists } from './lists.ts';
import type { Machinery, WriteCall } from './machinery.ts';
import { jsonPatch, mergePatch } from './patches.ts';
import type { RequestInfo } from './request-info.ts';
import { apiVersionOf, findServed, type ServedResource } from './resources.ts';
import { selectionOf } from './selectors.ts';
import { ApiError, badRequest, notFound } from './status.ts';
import { answerTokenRequest, TOKEN_SUBRESOURCE } from './token-requests.ts';
import { createObject, patchObject, replaceObject } from './writes.ts';

export interface RestRequest {
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly userName: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Answer {
  readonly code: number;
  readonly contentType: 'application/json' | 'application/jwk-set+json' | 'text/plain; charset=utf-8';
  readonly text: string;
}

/** What a path that nobody serves answers: no Status, which proves nothing about any object. */
export const PAGE_NOT_FOUND: Answer = {
  code: 404,
  contentType: 'text/plain; charset=utf-8',
  text: '404 page not found\n',
};

/** Undefined: the kind, or this part of it, is not served. */
export function servedBy({ notServed }: Machinery, info: RequestInfo): ServedResource | undefined {
  const resource = findServed(info.group, info.version, info.plural);
  if (!resource || notServed.has(resource.plural)) return undefined;
  if (info.subresource === undefined) return resource;
  const isServed = info.subresource === TOKEN_SUBRESOURCE ? resource.hasToken : resource.hasStatus;
  return isServed && [TOKEN_SUBRESOURCE, 'status'].includes(info.subresource) ? resource : undefined;
}

export function answerRest(machinery: Machinery, lists: Lists, resource: ServedResource, request: RestRequest): Answer {
  const { info } = request;
  const name = info.name ?? '';
  const call = callOf(resource, request);
  if (info.subresource === TOKEN_SUBRESOURCE && info.verb === 'create')
    return jsonAnswer(201, answerTokenRequest(machinery, call, name, parseBody(request.body)));
  switch (info.verb) {
    case 'get':
      return object(200, resource, getObject(machinery, resource, info, name));
    case 'list':
      return list(lists, resource, request);
    case 'create':
      return object(201, resource, createObject(machinery, call, parseBody(request.body)));
    case 'update':
      return replace(machinery, call, name, request);
    case 'patch':
      return object(200, resource, patchObject(machinery, call, name, patcher(resource, request)));
    case 'delete':
      return remove(machinery, call, name, request);
    default:
      throw new ApiError({
        code: 405,
        reason: 'MethodNotAllowed',
        message: `${info.verb} is not supported`,
        details: {},
      });
  }
}

/** Any JSON as an answer. */
export function jsonAnswer(code: number, body: Json): Answer {
  return { code, contentType: 'application/json', text: JSON.stringify(body) };
}

function object(code: number, resource: ServedResource, value: ApiObject): Answer {
  return { code, contentType: 'application/json', text: encodeObject(resource, value) };
}

function callOf(resource: ServedResource, { info, query, userName, userAgent }: RestRequest): WriteCall {
  const { namespace, subresource } = info;
  return {
    resource,
    userName,
    manager: query.get('fieldManager') ?? userAgent.split('/')[0] ?? '',
    isDryRun: isDryRun(query),
    isStrict: query.get('fieldValidation') === 'Strict',
    ...(namespace !== undefined && resource.namespaced ? { namespace } : {}),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function isDryRun(query: URLSearchParams): boolean {
  const value = query.get('dryRun');
  if (value === null || value === '') return false;
  if (value === 'All') return true;
  throw badRequest(`Unsupported value: "${value}": supported values: "All"`);
}

function getObject({ store }: Machinery, resource: ServedResource, info: RequestInfo, name: string): ApiObject {
  const found = store.get(resource.plural, resource.namespaced ? info.namespace : undefined, name);
  if (!found) throw notFound(resource, name);
  return found;
}

function list(lists: Lists, resource: ServedResource, { info, query }: RestRequest): Answer {
  const selection = selectionOf(query, resource.namespaced ? info.namespace : undefined);
  const { metadata, items } = lists.page(resource.plural, selection, query);
  const head = { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata };
  const body = items.map((item) => encodeItem(resource, item)).join(',');
  return {
    code: 200,
    contentType: 'application/json',
    text: `${JSON.stringify(head).slice(0, -1)},"items":[${body}]}`,
  };
}

function replace(machinery: Machinery, call: WriteCall, name: string, { body }: RestRequest): Answer {
  const isNew = !machinery.store.get(call.resource.plural, call.namespace, name);
  return object(isNew ? 201 : 200, call.resource, replaceObject(machinery, call, name, parseBody(body)));
}

function patcher(resource: ServedResource, { contentType, body }: RestRequest): (current: ApiObject) => unknown {
  const patch = parseBody(body);
  const shown = (current: ApiObject): Json => JSON.parse(encodeObject(resource, current)) as Json;
  if (contentType === 'application/merge-patch+json') return (current) => mergePatch(shown(current), patch);
  if (contentType === 'application/json-patch+json') return (current) => jsonPatch(shown(current), patch);
  const accepted = 'application/json-patch+json, application/merge-patch+json';
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  throw new ApiError({ code: 415, reason: 'UnsupportedMediaType', message, details: {} });
}

function remove(machinery: Machinery, call: WriteCall, name: string, { body }: RestRequest): Answer {
  const { resource } = call;
  const deletion = deleteObject(machinery, call, name, deleteOptions(body, call.isDryRun));
  if (!deletion.isGone) return object(200, resource, deletion.object);
  const { uid } = deletion.object.metadata;
  const details = { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid };
  return jsonAnswer(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function deleteOptions(body: Buffer, isDryRunQuery: boolean): DeleteOptions {
  const options = body.length > 0 ? parseBody(body) : {};
  if (!isJson(options)) throw badRequest('DeleteOptions must be an object');
  const preconditions = isJson(options['preconditions']) ? options['preconditions'] : {};
  const isDry = isDryRunQuery || (Array.isArray(options['dryRun']) && options['dryRun'].includes('All'));
  const { uid, resourceVersion } = preconditions;
  return {
    isDryRun: isDry,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}
