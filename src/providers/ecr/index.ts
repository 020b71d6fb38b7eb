// Amazon ECR: exchanges keys, a ServiceAccount or the operator's own identity for registry tokens.
import { issueFailure } from '../../api/reasons.ts';
import type { EcrSpec } from '../../api/registry-credential.ts';
import type { IssueFailure, IssueRequest, IssueResult, Provider, RegistryToken } from '../provider.ts';
import { groupsOf, tokenGroups } from './groups.ts';
import type { Group } from './groups.ts';
import { inputsOf } from './inputs.ts';
import type { EcrInput } from './inputs.ts';
import { createChain } from './chain.ts';
import type { Chain } from './chain.ts';
import { StepFailed, takeToken } from './steps.ts';
import type { Tools } from './steps.ts';

export type { EcrInput } from './inputs.ts';

type Request = IssueRequest<EcrSpec, EcrInput>;

export const ecr: Provider<EcrSpec, EcrInput> = {
  inputs: inputsOf,
  groups: tokenGroups,
  async issue(request): Promise<readonly IssueResult[]> {
    const { groups, failures } = groupsOf(request.spec);
    if (groups.length === 0) return failures;
    return [...failures, ...(await issueGroups(groups, request))];
  },
};

async function issueGroups(groups: readonly Group[], request: Request): Promise<readonly IssueResult[]> {
  const prefixes = groups.flatMap((group) => group.prefixes);
  const sdk = await import('./sdk.ts').catch(() => undefined);
  if (!sdk)
    return [issueFailure('ProviderNotAvailable', prefixes, { provider: 'ecr', hint: 'the AWS SDK does not load' })];
  const tools = { sdk, context: request.context };
  const chain = await createChain(request, tools);
  if ('reason' in chain) return [{ ...chain, prefixes }];
  return Promise.all(groups.map((group) => issueGroup(group, chain, { request, tools })));
}

interface Setting {
  readonly request: Request;
  readonly tools: Tools;
}

async function issueGroup(group: Group, chain: Chain, setting: Setting): Promise<RegistryToken | IssueFailure> {
  try {
    return await tokenFor(group, chain, setting.tools);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return error.isExpired ? issueAfresh(group, setting) : error.failureFor(group.prefixes);
  }
}

/** Something expired on its way: once more, from the start. */
async function issueAfresh(group: Group, { request, tools }: Setting): Promise<RegistryToken | IssueFailure> {
  try {
    const chain = await createChain(request, tools);
    return 'reason' in chain ? { ...chain, prefixes: group.prefixes } : await tokenFor(group, chain, tools);
  } catch (error) {
    if (error instanceof StepFailed) return error.failureFor(group.prefixes);
    throw error;
  }
}

async function tokenFor(group: Group, chain: Chain, tools: Tools): Promise<RegistryToken> {
  const identity = await chain.identityFor(group);
  const login = await takeToken(tools, group, identity);
  return { kind: 'token', prefixes: group.prefixes, ...login, principal: identity.principal };
}
