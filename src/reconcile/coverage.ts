// Pure: which credentials cover (namespace, secretName), and, separately, who wins a key. Coverage is not winning:
// entries follow coverage, only keys have winners.
import { LABEL } from '../api/names.ts';
import type { CredentialSpec } from '../api/registry-credential.ts';
import { isPermitted } from '../api/permitted-names.ts';
import type { PermittedNames } from '../api/permitted-names.ts';
import { matchesGlob } from '../lib/glob.ts';
import type { SlimNamespace } from '../kube/slim.ts';
import type { Credential } from './credential.ts';

/** What the install permits, and where the operator itself lives. */
export interface Permissions {
  readonly operatorNamespace: string;
  /** Tenants' input Secrets need the label as well: their consent is bound everywhere. */
  readonly labelledInputs?: boolean;
  readonly secretNames: PermittedNames;
  readonly serviceAccountNames: PermittedNames;
}

/** `active` publishes; `suspended`, `invalid` and `not-permitted` are frozen: they keep what they hold, and take nothing. */
export type Standing = 'active' | 'suspended' | 'invalid' | 'not-permitted';

export function standingOf(credential: Credential, permissions: Permissions): Standing {
  if (credential.problem !== undefined) return 'invalid';
  if (!isPermitted(permissions.secretNames, credential.spec.secretName)) return 'not-permitted';
  return credential.spec.suspend ? 'suspended' : 'active';
}

/** "true" alone opts out. */
export function isIgnored(namespace: SlimNamespace): boolean {
  return namespace.labels[LABEL.ignore] === 'true';
}

/** Does the spec choose this namespace? Terminating and ignored ones are chosen by nobody. */
export function selects(credential: Credential, namespace: SlimNamespace, operatorNamespace: string): boolean {
  if (namespace.terminating || isIgnored(namespace)) return false;
  if (credential.kind === 'RegistryCredential') return credential.namespace === namespace.name;
  const { namespaces } = credential.spec;
  if (namespaces === undefined || credential.problem !== undefined) return false;
  const { names = [], selector, exclude } = namespaces;
  const chosen = isSystem(namespace.name, operatorNamespace)
    ? names.includes(namespace.name)
    : names.some((glob) => matchesGlob(glob, namespace.name)) || matchesSelector(selector, namespace.labels);
  return chosen && !isExcluded(exclude, namespace);
}

/** Which of these ServiceAccounts get the entry. */
export function wantsServiceAccount(spec: CredentialSpec, name: string): boolean {
  const { policy, names, exclude = [] } = spec.serviceAccounts;
  if (policy === 'None') return false;
  return names.some((glob) => matchesGlob(glob, name)) && !exclude.some((glob) => matchesGlob(glob, name));
}

/** Names and globs in the spec that reach beyond the install option; they are skipped, the rest is served. */
export function forbiddenServiceAccounts(spec: CredentialSpec, permitted: PermittedNames): readonly string[] {
  const { policy, names } = spec.serviceAccounts;
  return policy === 'None' ? [] : names.filter((name) => !isPermitted(permitted, name));
}

/** Sorts the stronger credential first: Enforced, then namespaced before cluster, then older, then name, then UID. */
export function byPrecedence(a: Credential, b: Credential): number {
  return (
    Number(isEnforced(b)) - Number(isEnforced(a)) ||
    Number(a.kind === 'ClusterRegistryCredential') - Number(b.kind === 'ClusterRegistryCredential') ||
    compareText(a.createdAt, b.createdAt) ||
    compareText(a.name, b.name) ||
    compareText(a.uid, b.uid)
  );
}

export function isEnforced(credential: Credential): boolean {
  return credential.kind === 'ClusterRegistryCredential' && credential.spec.precedence === 'Enforced';
}

/** A claim: this credential has something to publish under this canonical key. */
export interface Claim {
  readonly credential: Credential;
  readonly key: string;
}

export interface Lost<C extends Claim> {
  readonly claim: C;
  readonly winner: Credential;
  readonly reason: 'Enforced' | 'HigherPrecedence';
}

/** Who wins each key. `claims` may come in any order; the result depends on their contents alone. */
export function decideKeys<C extends Claim>(
  claims: readonly C[],
): { readonly won: readonly C[]; readonly lost: readonly Lost<C>[] } {
  const won = new Map<string, C>();
  const enforced: C[] = []; // they come first, so this list is whole before anybody asks for it
  const lost: Lost<C>[] = [];
  for (const claim of claims.toSorted(
    (a, b) => byPrecedence(a.credential, b.credential) || compareText(a.key, b.key),
  )) {
    const winner = won.get(claim.key) ?? enforcedAbove(claim, enforced);
    if (winner === undefined) won.set(claim.key, claim);
    if (winner === undefined && isEnforced(claim.credential)) enforced.push(claim);
    if (winner !== undefined)
      lost.push({
        claim,
        winner: winner.credential,
        reason: isEnforced(winner.credential) ? 'Enforced' : 'HigherPrecedence',
      });
  }
  return { won: [...won.values()].sort((a, b) => compareText(a.key, b.key)), lost };
}

/** An Enforced key also holds the longer paths under it against namespaced credentials: the kubelet tries those first. */
function enforcedAbove<C extends Claim>(claim: C, enforced: readonly C[]): C | undefined {
  if (claim.credential.kind === 'ClusterRegistryCredential') return undefined;
  return enforced.find(({ key }) => isUnder(claim.key, key));
}

/** As the kubelet matches: the same host, and a path that begins with the other's as text. */
export function isUnder(key: string, above: string): boolean {
  const host = above.split('/', 1)[0] ?? '';
  return key.split('/', 1)[0] === host && key.startsWith(above);
}

/** `kube-*` and the operator's own namespace are chosen by their exact name only. */
function isSystem(name: string, operatorNamespace: string): boolean {
  return name.startsWith('kube-') || name === operatorNamespace;
}

type Selection = NonNullable<NonNullable<CredentialSpec['namespaces']>['exclude']>;

function isExcluded(exclude: Selection | undefined, { name, labels }: SlimNamespace): boolean {
  if (exclude === undefined) return false;
  return (exclude.names ?? []).some((glob) => matchesGlob(glob, name)) || matchesSelector(exclude.selector, labels);
}

/** An empty or absent selector selects nothing (the API's own semantics would be: everything). */
function matchesSelector(selector: Selection['selector'], labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  const expressions = selector?.matchExpressions ?? [];
  if (wanted.length === 0 && expressions.length === 0) return false;
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  return (
    wanted.every(([key, value]) => has(key) && labels[key] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      const isIn = has(key) && values.includes(labels[key] ?? '');
      return { In: isIn, NotIn: !isIn, Exists: has(key), DoesNotExist: !has(key) }[operator];
    })
  );
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
