// Which calls a spec needs: one for each identity, region and session policy, whatever the number of prefixes.
import { issueFailure } from '../../api/reasons.ts';
import type { EcrAssumeRole, EcrRegistry, EcrSpec } from '../../api/registry-credential.ts';
import { canonicalJson } from '../../lib/json.ts';
import type { IssueFailure, TokenGroup } from '../provider.ts';
import { parsePrefix, tokenUrl } from './hosts.ts';
import type { EcrHost, Location } from './hosts.ts';
import { LONGEST_POLICY, sessionPolicy } from './session-policy.ts';

/** One token, for all of its prefixes. */
export interface Group extends Location {
  readonly prefixes: readonly string[];
  readonly role?: EcrAssumeRole;
  readonly policy?: string;
}

interface Member extends Group {
  readonly host: EcrHost;
}

export function groupsOf(spec: EcrSpec): { groups: readonly Group[]; failures: readonly IssueFailure[] } {
  const members = spec.registries.map((registry) => memberFor(registry, spec));
  const good = members.filter((member) => 'host' in member);
  const sets = Map.groupBy(good, ({ service, region, domains, role, policy }) =>
    canonicalJson([service, region, domains.ipv4, role ?? null, policy ?? null]),
  );
  return { groups: [...sets.values()].map(merge), failures: members.filter((member) => 'reason' in member) };
}

/** The same for who shares calls between specs; a prefix that is refused concerns nobody else. */
export function tokenGroups(spec: EcrSpec): readonly TokenGroup[] {
  const { groups, failures } = groupsOf(spec);
  const refused = failures.map((failure) => ({ prefixes: failure.prefixes, scope: canonicalJson(failure) }));
  return [...refused, ...groups.map(tokenGroup)];
}

/** Its API is part of it: who names a FIPS host never gets a token that was asked for elsewhere. */
function tokenGroup(group: Group): TokenGroup {
  const { prefixes, service, region, role, policy } = group;
  const { host } = tokenUrl(group);
  const scope = canonicalJson([service, region, host, role ?? null, policy ?? null]);
  return { prefixes, scope, endpoint: host };
}

function memberFor({ prefix, assumeRole, repositories }: EcrRegistry, spec: EcrSpec): Member | IssueFailure {
  const host = parsePrefix(prefix);
  if (!host) return issueFailure('RegistryNotAllowed', [prefix], { host: prefix, provider: 'ECR' });
  const role = assumeRole ?? spec.assumeRole;
  const policy = repositories && sessionPolicy(host, repositories);
  const problem = policy === undefined ? undefined : problemOf(policy, role !== undefined || isWebIdentity(spec));
  if (problem !== undefined) return issueFailure('InputInvalid', [prefix], { policyOf: prefix, problem });
  const { service, region, isFips, isDualStack, domains } = host;
  const place = { service, region, isFips, isDualStack, domains };
  return { ...place, prefixes: [prefix], host, ...(role && { role }), ...(policy !== undefined && { policy }) };
}

/** Never left out silently: a token that can do more than was asked for is worse than none. */
function problemOf({ length }: string, hasRole: boolean): string | undefined {
  if (!hasRole) return 'no role to narrow; set assumeRole';
  return length > LONGEST_POLICY
    ? `it has ${length} characters, AWS takes ${LONGEST_POLICY}; name fewer repositories`
    : undefined;
}

function isWebIdentity({ auth }: EcrSpec): boolean {
  return auth.workloadIdentity !== undefined;
}

/** One token is good for every form of the region's hosts: a FIPS host asks for the FIPS API, for all of the group. */
function merge(members: readonly Member[]): Group {
  const [first] = members;
  if (!first) throw new Error('no member');
  const { host: _, ...group } = first;
  return {
    ...group,
    prefixes: members.flatMap(({ prefixes }) => prefixes),
    isFips: members.some(({ isFips }) => isFips),
    isDualStack: members.every(({ isDualStack }) => isDualStack),
  };
}
