import assert from 'node:assert/strict';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient, GetAuthorizationTokenCommand as GetPublicTokenCommand } from '@aws-sdk/client-ecr-public';
import { fromWebToken } from '@aws-sdk/credential-providers';
import { parsePrefix, stsUrl, tokenUrl } from '../../../src/providers/ecr/hosts.ts';
import type { EcrHost } from '../../../src/providers/ecr/hosts.ts';
import type { SdkHandler, SdkRequest } from '../../../src/providers/ecr/transport.ts';

const A = '111122223333';

// host -> region and partition
const GOOD: readonly (readonly [string, string, string])[] = [
  [`${A}.dkr.ecr.eu-west-1.amazonaws.com`, 'eu-west-1', 'aws'],
  [`${A}.dkr-ecr.eu-west-1.on.aws`, 'eu-west-1', 'aws'],
  [`${A}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'us-east-1', 'aws'],
  [`${A}.dkr-ecr-fips.us-east-1.on.aws`, 'us-east-1', 'aws'],
  [`${A}.dkr.ecr.us-gov-west-1.amazonaws.com`, 'us-gov-west-1', 'aws-us-gov'],
  [`${A}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`, 'us-gov-west-1', 'aws-us-gov'],
  [`${A}.dkr-ecr-fips.us-gov-west-1.on.aws`, 'us-gov-west-1', 'aws-us-gov'],
  [`${A}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'cn-north-1', 'aws-cn'],
  [`${A}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`, 'cn-north-1', 'aws-cn'],
  [`${A}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'eusc-de-east-1', 'aws-eusc'],
  [`${A}.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu`, 'eusc-de-east-1', 'aws-eusc'],
  [`${A}.dkr.ecr.us-iso-east-1.c2s.ic.gov`, 'us-iso-east-1', 'aws-iso'],
  [`${A}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`, 'us-isob-east-1', 'aws-iso-b'],
  [`${A}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`, 'eu-isoe-west-1', 'aws-iso-e'],
  [`${A}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`, 'us-isof-south-1', 'aws-iso-f'],
  ['*.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1', 'aws'],
  ['public.ecr.aws', 'us-east-1', 'aws'],
  ['ecr-public.aws.com', 'us-east-1', 'aws'],
];

const HOSTILE: readonly string[] = [
  '',
  'dkr.ecr.us-east-1.amazonaws.com',
  `${A}.dkr.ecr.us-east-1.amazonaws.com.evil.com`,
  'dkr.ecr.us-east-1.amazonaws.com.evil.com',
  `evil.com/${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `evil.com#${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `evil.com@${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `user@${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `x${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `${A}.dkr.ecr.us-east-1.amazonaws.comx`,
  `${A}.dkr.ecr.us-east-1.evil.amazonaws.com`,
  `${A}.dkr.ecr.us.east.amazonaws.com`,
  `${A}xdkr.ecr.us-east-1.amazonaws.com`,
  `${A}.dkr.ecr.us-east-1xamazonaws.com`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com:443`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com.`,
  `https://${A}.dkr.ecr.us-east-1.amazonaws.com`,
  `${A}.DKR.ECR.us-east-1.amazonaws.com`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com/`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com/Team`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com/../x`,
  `${A}.dkr.ecr.us-east-1.amazonaws.com\n`,
  `**.dkr.ecr.us-east-1.amazonaws.com`,
  '111122223333.dkr.ecr.*.amazonaws.com',
  'xpublic.ecr.aws',
  'public.ecr.aws.evil.com',
  'public.ecr.aws:443',
  `${A}.dkr.ecr.us-east-1.amazonaws.com/${'a'.repeat(511)}`,
];

function hostOf(prefix: string): EcrHost {
  return parsePrefix(prefix) ?? assert.fail(prefix);
}

/** The hosts that the SDK's own rules choose. */
async function sdkHosts({ region, isFips, isDualStack }: EcrHost): Promise<Record<string, string>> {
  const seen: string[] = [];
  const requestHandler: SdkHandler = {
    handle: ({ hostname }: SdkRequest) => {
      seen.push(hostname);
      return Promise.reject(new Error('seen'));
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' };
  const config = { region, useFipsEndpoint: isFips, useDualstackEndpoint: isDualStack, maxAttempts: 1, requestHandler };
  const ignore = (): void => undefined;
  await new ECRClient({ ...config, credentials }).send(new GetAuthorizationTokenCommand({})).catch(ignore);
  await new ECRPUBLICClient({ ...config, credentials }).send(new GetPublicTokenCommand({})).catch(ignore);
  const web = { roleArn: 'arn:aws:iam::111122223333:role/x', webIdentityToken: 'x', roleSessionName: 'test' };
  await fromWebToken({ ...web, clientConfig: config })().catch(ignore);
  const [ecr = '', ecrPublic = '', sts = ''] = seen;
  return { ecr, 'ecr-public': ecrPublic, sts };
}

describe('hosts of ecr', () => {
  for (const [host, region, partition] of GOOD) {
    it(`knows ${host}, with and without a path`, () => {
      for (const prefix of [host, `${host}/team-a/base`]) {
        const { region: found, partition: where } = hostOf(prefix);
        assert.deepEqual([found, where], [region, partition]);
      }
    });
  }

  it('takes the account of the host, and * for all', () => {
    assert.equal(hostOf(`${A}.dkr.ecr.eu-west-1.amazonaws.com`).account, A);
    assert.equal(hostOf('*.dkr.ecr.eu-west-1.amazonaws.com').account, '*');
  });

  for (const prefix of HOSTILE) {
    it(`refuses ${JSON.stringify(prefix).slice(0, 80)}`, () => {
      assert.equal(parsePrefix(prefix), undefined);
    });
  }

  it('asks where the rules of the SDK say', async () => {
    for (const [name] of GOOD) {
      const host = hostOf(name);
      const expected = await sdkHosts(host);
      assert.deepEqual([tokenUrl(host).host, stsUrl(host).host], [expected[host.service], expected['sts']], name);
    }
  });
});
