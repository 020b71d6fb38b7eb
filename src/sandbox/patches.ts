// JSON merge patch (RFC 7386) and JSON patch (RFC 6902), without changing what they are applied to.
import { isDeepStrictEqual } from 'node:util';

import { isJson, type Json } from './api-object.ts';
import { badRequest, rejectedPatch } from './status.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const merged = new Map(Object.entries(isJson(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

export function jsonPatch(target: Json, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isOperation)) throw badRequest('cannot unmarshal the JSON patch');
  return patch.reduce<unknown>(applyOperation, structuredClone(target));
}

function isOperation(value: unknown): value is Operation {
  return isJson(value) && typeof value['op'] === 'string' && typeof value['path'] === 'string';
}

function applyOperation(document: unknown, { op, path, from, value }: Operation): unknown {
  switch (op) {
    case 'add':
      return add(document, path, structuredClone(value));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return add(remove(document, path), path, structuredClone(value));
    case 'test':
      return test(document, path, value);
    case 'copy':
      return add(document, path, structuredClone(read(document, from ?? '')));
    case 'move':
      return move(document, from ?? '', path);
    default:
      throw badRequest(`Unexpected kind: ${op}`);
  }
}

// The server's library takes a missing member for null in a test: a safe way to say "still absent".
function test(document: unknown, path: string, value: unknown): unknown {
  const found = optional(() => read(document, path));
  if (!isDeepStrictEqual(found ?? null, value ?? null)) throw rejectedPatch();
  return document;
}

function optional(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function read(document: unknown, path: string): unknown {
  return segments(path).reduce<unknown>((at, segment) => {
    if (Array.isArray(at)) return at[indexIn(at, segment)] as unknown;
    if (!isJson(at) || !Object.hasOwn(at, segment)) throw rejectedPatch();
    return at[segment];
  }, document);
}

function add(document: unknown, path: string, value: unknown): unknown {
  const [parent, last] = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexIn(parent, last, 1), 0, value);
  else if (isJson(parent))
    Object.defineProperty(parent, last, { value, enumerable: true, writable: true, configurable: true });
  else throw rejectedPatch();
  return document;
}

function move(document: unknown, from: string, path: string): unknown {
  const value = read(document, from);
  return add(remove(document, from), path, value);
}

function remove(document: unknown, path: string): unknown {
  const [parent, last] = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last), 1);
  else if (isJson(parent) && Object.hasOwn(parent, last)) Reflect.deleteProperty(parent, last);
  else throw rejectedPatch();
  return document;
}

function parentOf(document: unknown, path: string): [unknown, string] {
  const cut = path.lastIndexOf('/');
  return [read(document, path.slice(0, cut)), segments(path.slice(cut)).join('')];
}

function segments(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw rejectedPatch();
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function indexIn(list: readonly unknown[], segment: string, beyond = 0): number {
  const index = /^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1;
  if (index < 0 || index >= list.length + beyond) throw rejectedPatch();
  return index;
}
