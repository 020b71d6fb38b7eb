// Who may do what: users by token, rules as RBAC has them, and the words of a refusal.
import type { RequestInfo } from './request-info.ts';
import { ApiError, forbidden, type Qualified } from './status.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  /** Granted by a RoleBinding in these namespaces only; absent: a ClusterRoleBinding. */
  readonly namespaces?: readonly string[];
}

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly rules: readonly Rule[];
}

/** Members may do anything. */
export const MASTERS_GROUP = 'system:masters';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], rules: [] };

export function authorize(user: User, info: RequestInfo): void {
  if (user.groups.includes(MASTERS_GROUP) || user.rules.some((rule) => allows(rule, info))) return;
  const resource: Qualified = { group: info.group, plural: info.plural, kind: '' };
  throw forbidden(resource, info.name ?? '', sentence(user, info));
}

export function authorizePath(user: User, path: string): void {
  if (user !== ANONYMOUS || ['/healthz', '/livez', '/readyz', '/version'].includes(path)) return;
  const message = `forbidden: User "${user.name}" cannot get path "${path}"`;
  throw new ApiError({ code: 403, reason: 'Forbidden', message, details: {} });
}

function allows(rule: Rule, info: RequestInfo): boolean {
  return (
    holds(rule.verbs, info.verb) &&
    holds(rule.apiGroups, info.group) &&
    holds(rule.resources, resourceOf(info)) &&
    (!rule.resourceNames || (info.name !== undefined && rule.resourceNames.includes(info.name))) &&
    (!rule.namespaces || (info.namespace !== undefined && rule.namespaces.includes(info.namespace)))
  );
}

function holds(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes('*');
}

function resourceOf({ plural, subresource }: RequestInfo): string {
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}

function sentence(user: User, info: RequestInfo): string {
  const where = info.namespace === undefined ? 'at the cluster scope' : `in the namespace "${info.namespace}"`;
  const what = `resource "${resourceOf(info)}" in API group "${info.group}" ${where}`;
  return `User "${user.name}" cannot ${info.verb} ${what}`;
}
