import assert from 'node:assert/strict';
import type { EcrSpec } from '../../src/api/registry-credential.ts';
import { ecr } from '../../src/providers/ecr/index.ts';
import type { EcrInput } from '../../src/providers/ecr/index.ts';
import { parsePrefix } from '../../src/providers/ecr/hosts.ts';
import { json } from '../support/http-stub.ts';
import { HOST, ID, keySpec, OTHER_ID, SECRET } from './ecr/setting.ts';
import { readSample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';
import type { ProviderCase } from './conformance.ts';

function keysCase(id: string, host: string): ProviderCase<EcrSpec, EcrInput> {
  return {
    spec: keySpec([host, 'public.ecr.aws']),
    inputs: { accessKeyID: id, secretAccessKey: `${SECRET}${id}` },
    prefixes: [host, 'public.ecr.aws'],
  };
}

describeProvider('ecr', ecr, {
  one: keysCase(ID, HOST),
  other: keysCase(OTHER_ID, '444455556666.dkr.ecr.us-east-1.amazonaws.com/team-b'),
  cloud: {
    good({ headers }, response) {
      const key = /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1] ?? 'nobody';
      const isPublic = headers['x-amz-target'] === 'SpencerFrontendService.GetAuthorizationToken';
      const authorizationToken = Buffer.from(`AWS:token-of-${key.slice(-6)}`).toString('base64');
      const data = { authorizationToken, expiresAt: Date.now() / 1000 + 43_200 };
      json(response, 200, { authorizationData: isPublic ? data : [data] });
    },
    refuse: (response, status, headers) => json(response, status, { __type: 'SomeException', message: ID }, headers),
    essence: ({ method, path, body, headers }) => ({ method, path, body, target: headers['x-amz-target'] }),
  },
});

describe('sample of ecr', () => {
  it('fits the schemas, and names prefixes of ECR alone', () => {
    const specs = readSample('ecr').credentials.map(({ spec }) => spec.provider.ecr ?? assert.fail('not ecr'));
    const prefixes = specs.flatMap(({ registries }) => registries.map(({ prefix }) => prefix));
    assert.deepEqual(
      prefixes.filter((prefix) => !parsePrefix(prefix)),
      [],
    );
    assert.equal(specs.length, 3);
  }).timeout(30_000);
});
