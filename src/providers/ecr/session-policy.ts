// The inline session policy that narrows a role to pulls of some repositories.
import type { EcrHost } from './hosts.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const LONGEST_POLICY = 2048;

const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];

/** May ask for a token, and pull what the globs name. Anybody may pull from the public registry: there it is the token alone. */
export function sessionPolicy(host: EcrHost, repositories: readonly string[]): string {
  if (host.service === 'ecr-public') {
    return policyOf([allow(['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'], '*')]);
  }
  const { partition, region, account } = host;
  const resources = [...repositories]
    .sort()
    .map((glob) => `arn:${partition}:ecr:${region}:${account}:repository/${glob}`);
  return policyOf([allow('ecr:GetAuthorizationToken', '*'), allow(PULL, resources)]);
}

function policyOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function allow(actions: string | readonly string[], resources: string | readonly string[]): object {
  return { Effect: 'Allow', Action: actions, Resource: resources };
}
