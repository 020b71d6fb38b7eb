// A cluster's issuer, a stub of AWS with a user and some roles, and issues of ecr against them.
import type { EcrAuth, EcrSpec } from '../../../src/api/registry-credential.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import { ecr } from '../../../src/providers/ecr/index.ts';
import type { EcrInput } from '../../../src/providers/ecr/index.ts';
import type { IssueFailure, IssueResult, ProviderContext, RegistryToken } from '../../../src/providers/provider.ts';
import { startAws } from '../../../src/sandbox/cloud/aws.ts';
import type { AwsCloud, AwsOptions } from '../../../src/sandbox/cloud/aws.ts';
import { createIssuer } from '../../../src/sandbox/cloud/issuer.ts';
import { providerContext } from '../../support/provider-context.ts';

export const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
export const ID = 'AKIAEXAMPLEEXAMPLE01';
export const OTHER_ID = 'AKIAEXAMPLEEXAMPLE02';
export const SECRET = 'CANARY-5up3rs3cr3tAccessKey';
export const USER = 'arn:aws:iam::111122223333:user/ci';
export const PULL = 'arn:aws:iam::999988887777:role/pull';
export const TENANT = 'arn:aws:iam::999988887777:role/tenant-a';
export const NODE = 'arn:aws:iam::111122223333:role/node';
export const issuer = createIssuer('https://oidc.example.com/id/1');

export const keys = { accessKeyID: 'id', secretAccessKey: 'secret', sessionToken: 'session' };
export const keyAuth: EcrAuth = { accessKey: { secretRef: { name: 'aws' }, keys } };
export const keyInputs = { accessKeyID: ID, secretAccessKey: SECRET };

export function keySpec(prefixes: readonly string[] = [HOST], parts: Partial<EcrSpec> = {}): EcrSpec {
  return { registries: prefixes.map((prefix) => ({ prefix })), auth: keyAuth, ...parts };
}

export function webSpec(parts: Partial<EcrSpec> = {}, roleARN?: string): EcrSpec {
  const workloadIdentity = { serviceAccountRef: { name: 'puller' }, ...(roleARN !== undefined && { roleARN }) };
  return { registries: [{ prefix: HOST }], auth: { workloadIdentity }, ...parts };
}

export function ambientSpec(source: 'Workload' | 'Node', parts: Partial<EcrSpec> = {}): EcrSpec {
  return { registries: [{ prefix: HOST }], auth: { ambient: { source } }, ...parts };
}

/** A token of ServiceAccount puller in team-a. */
export function accountToken(audience = 'sts.amazonaws.com'): string {
  return issuer.sign({ audience, namespace: 'team-a', serviceAccount: 'puller' });
}

export function startCloud(options: AwsOptions = {}): Promise<AwsCloud> {
  return startAws({
    issuer,
    users: [{ accessKeyId: ID, secretAccessKey: SECRET, arn: USER }],
    roles: [
      { arn: PULL, trustedCallers: [USER, TENANT, NODE], externalId: 'shared-with-acme' },
      { arn: TENANT, trustedSubjects: ['system:serviceaccount:team-a:puller'] },
      { arn: NODE },
    ],
    podIdentity: { authorization: 'pod-token', roleArn: NODE },
    nodeRole: 'node',
    ...options,
  });
}

export function issue(
  aws: { readonly url: string },
  spec: EcrSpec,
  texts: Readonly<Partial<Record<EcrInput, string>>> = {},
  parts: Partial<ProviderContext> = {},
): Promise<readonly IssueResult[]> {
  const inputs = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sensitive(text)]));
  const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'images' };
  const context = providerContext({ endpoint: () => new URL(aws.url), credential, ...parts });
  return ecr.issue({ spec, inputs, context });
}

export function tokensOf(results: readonly IssueResult[]): readonly RegistryToken[] {
  return results.filter((result) => result.kind === 'token');
}

export function failuresOf(results: readonly IssueResult[]): readonly IssueFailure[] {
  return results.filter((result) => result.kind === 'failure');
}
