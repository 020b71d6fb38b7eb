// What a request asks for, read from method and path alone (k8s.io/apiserver/pkg/endpoints/request: RequestInfo).

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export interface RequestInfo {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Undefined for paths that name no resource: discovery, health, unknown ones. */
export function requestInfo(method: string, url: URL): RequestInfo | undefined {
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = parts[0] === 'api' ? '' : parts[0] === 'apis' ? parts[1] : undefined;
  if (group === undefined) return undefined;
  const [version, ...rest] = parts.slice(group === '' ? 1 : 2);
  if (version === undefined || rest[0] === undefined) return undefined;
  const target = targetOf(rest);
  const name = target.name ?? nameSelected(method, url);
  return { verb: verbOf(method, target.name !== undefined, url), group, version, ...target, ...(name ? { name } : {}) };
}

type Target = Pick<RequestInfo, 'plural' | 'namespace' | 'name' | 'subresource'>;

function targetOf(rest: readonly string[]): Target {
  const [first = '', second, third, ...more] = rest;
  const insideNamespace = first === 'namespaces' && third !== undefined && !['status', 'finalize'].includes(third);
  if (insideNamespace) return { ...named(third, more), ...(second === undefined ? {} : { namespace: second }) };
  const target = named(first, rest.slice(1));
  // A namespace counts as inside itself, so that a RoleBinding there can grant it.
  return first === 'namespaces' && second !== undefined ? { ...target, namespace: second } : target;
}

function named(plural: string, [name, subresource]: readonly string[]): Target {
  return { plural, ...(name === undefined ? {} : { name }), ...(subresource === undefined ? {} : { subresource }) };
}

function verbOf(method: string, isNamed: boolean, url: URL): Verb {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return isNamed ? 'delete' : 'deletecollection';
  if (isWatch(url)) return 'watch';
  return isNamed ? 'get' : 'list';
}

function isWatch(url: URL): boolean {
  return ['1', 'true'].includes(url.searchParams.get('watch') ?? '');
}

// What lets RBAC limit list and watch by resourceNames.
function nameSelected(method: string, url: URL): string | undefined {
  if (method !== 'GET') return undefined;
  const terms = (url.searchParams.get('fieldSelector') ?? '').split(',');
  const found = terms.map((term) => /^metadata\.name={1,2}([^=]+)$/.exec(term)?.[1]);
  return found.find((name) => name !== undefined);
}
