// The few documents by which clients find out what is served: enough for kubectl and the official libraries.
import type { Json } from './api-object.ts';
import { apiVersionOf, SERVED, type ServedResource } from './resources.ts';

export const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3+sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** Undefined: no such document. */
export function discoveryDocument(path: string, notServed: ReadonlySet<string>): Json | undefined {
  const served = SERVED.filter(({ plural }) => !notServed.has(plural));
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'api' && parts.length === 1) return { kind: 'APIVersions', versions: ['v1'] };
  if (parts[0] === 'apis' && parts.length === 1) return groupList(served);
  if (parts[0] === 'apis' && parts.length === 2) return groupsOf(served).find(({ name }) => name === parts[1]);
  return resourceList(served, parts.slice(1).join('/'));
}

function groupList(served: readonly ServedResource[]): Json {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(served) };
}

function groupsOf(served: readonly ServedResource[]): Json[] {
  const names = new Set(served.map(({ group }) => group).filter((group) => group !== ''));
  return [...names].map((name) => {
    const version = served.find(({ group }) => group === name)?.version ?? '';
    const preferredVersion = { groupVersion: `${name}/${version}`, version };
    return { kind: 'APIGroup', apiVersion: 'v1', name, versions: [preferredVersion], preferredVersion };
  });
}

function resourceList(served: readonly ServedResource[], groupVersion: string): Json | undefined {
  const members = served.filter((one) => apiVersionOf(one) === groupVersion);
  if (members.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: members.flatMap(describe) };
}

function describe(resource: ServedResource): Json[] {
  const { plural, singular, kind, namespaced, shortNames, categories, hasStatus, hasToken } = resource;
  const base = { name: plural, singularName: singular, namespaced, kind, verbs: VERBS, shortNames, categories };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  const request = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] };
  const token = { name: `${plural}/token`, singularName: '', namespaced, ...request };
  return [base, ...(hasStatus ? [status] : []), ...(hasToken ? [token] : [])];
}
