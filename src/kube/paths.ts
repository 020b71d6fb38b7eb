// How requests are spelled: paths with every segment escaped, queries, and the words in which errors name them.
import type { Resource } from '../api/names.ts';
import type { ObjectRef } from './client.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Target {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of a collection, an object or a subresource under the API server's root. */
export function pathOf(target: Target, query: Query = {}): string {
  const { resource, namespace, name, subresource } = target;
  const group = resource.group === '' ? ['api'] : ['apis', resource.group];
  const scope = namespace === undefined ? [] : ['namespaces', namespace];
  const segments = [...group, resource.version, ...scope, resource.plural];
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  return `/${segments.map(escapeSegment).join('/')}${queryOf(query)}`;
}

export function targetOf({ resource, namespace, name }: ObjectRef, subresource?: string): Target {
  return { resource, namespace, name, subresource };
}

/** `patch secrets "regcred-managed" in namespace "team-a"`. */
export function describeRequest(verb: string, { resource, namespace, name, subresource }: Target): string {
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const which = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `${verb} ${what}${which}${where}`;
}

function escapeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..')
    throw new RangeError('Cannot build a path: empty or dotted name');
  return /^[a-z0-9.-]+$/.test(segment) ? segment : encodeURIComponent(segment);
}

function queryOf(query: Query): string {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') pairs.push(`${key}=${encodeURIComponent(value)}`);
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
