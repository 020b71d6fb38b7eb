// The RBAC rule that a refused request lacks, as text to paste into a Role or ClusterRole.
import { RESOURCE } from '../api/names.ts';

const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.values(RESOURCE).map(({ plural, group }) => [plural, group]),
);
/** Of these RBAC names the objects: nobody needs all of them. */
const BY_NAME: ReadonlySet<string> = new Set(['secrets', 'serviceaccounts']);
/** What a watched kind needs. */
export const READS: readonly string[] = ['get', 'list', 'watch'];

/**
 * `{apiGroups: [""], resources: ["secrets"], resourceNames: ["regcred-managed"], verbs: ["patch"]}`.
 * `request` is a KubeError's: it begins with the verb, the resource and the object's name, as in `patch secrets "regcred-managed"`.
 * `verbs`: in place of the one that was refused.
 */
export function ruleFor(request: string, verbs?: readonly string[]): string {
  const [, verb = '', resource = '', name] = /^(\S+) (\S+)(?: "([^"]*)")?/.exec(request) ?? [];
  const isByName = name !== undefined && BY_NAME.has(resource) && verb !== 'create'; // a create has no name yet
  const names = isByName ? `resourceNames: ["${name}"], ` : '';
  return `{apiGroups: ["${groupOf(request)}"], resources: ["${resource}"], ${names}verbs: [${list(verbs ?? [verb])}]}`;
}

/** The API group of what was asked for; the core group is "". */
export function groupOf(request: string): string {
  const plural = request.split(' ', 2)[1]?.split('/', 1)[0] ?? '';
  return GROUPS.get(plural) ?? '';
}

function list(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(', ');
}
