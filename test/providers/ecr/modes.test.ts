import assert from 'node:assert/strict';
import { ecr } from '../../../src/providers/ecr/index.ts';
import type { AwsCloud } from '../../../src/sandbox/cloud/aws.ts';
import {
  accountToken,
  ambientSpec,
  failuresOf,
  HOST,
  ID,
  issue,
  keyAuth,
  keyInputs,
  keySpec,
  NODE,
  PULL,
  SECRET,
  startCloud,
  TENANT,
  tokensOf,
  webSpec,
} from './setting.ts';

const HOP = { roleARN: PULL, externalID: 'shared-with-acme' };
const IRSA = { AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token', AWS_ROLE_ARN: TENANT };
const POD_IDENTITY = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/var/run/pod-token',
};

describe('modes of ecr', () => {
  let aws: AwsCloud;
  beforeEach(async () => {
    aws = await startCloud();
  });
  afterEach(() => aws.stop());

  /** Actions of STS, and targets of ECR, in order. */
  const calls = (): readonly string[] =>
    aws.calls.map(({ form, headers, method, path }) => {
      const target = String(headers['x-amz-target'] ?? '').split('.')[0];
      return form.get('Action') ?? (target === '' ? `${method} ${path}` : (target ?? ''));
    });
  const assertAccepted = (results: Awaited<ReturnType<typeof issue>>, principal: string): void => {
    assert.deepEqual(failuresOf(results), []);
    for (const token of tokensOf(results)) {
      assert.ok(aws.accepts(token.username, token.password.reveal()));
      assert.equal(token.principal, principal);
    }
  };
  const podIdentityAt = (url: string) => (name: string) =>
    new URL(name === 'aws-pod-identity' ? `${url}/v1/credentials` : url);

  describe('keys in a Secret', () => {
    it('reads three keys of one Secret, the third may be absent', () => {
      assert.deepEqual(ecr.inputs(keySpec()), {
        accessKeyID: { kind: 'SecretKey', name: 'aws', key: 'id' },
        secretAccessKey: { kind: 'SecretKey', name: 'aws', key: 'secret' },
        sessionToken: { kind: 'SecretKey', name: 'aws', key: 'session', optional: true },
      });
    });

    it('asks ECR, signed by the key', async () => {
      const results = await issue(aws, keySpec(), { accessKeyID: `${ID}\n`, secretAccessKey: ` ${SECRET}\n` });

      assertAccepted(results, 'access key AKIA...LE01');
      const [call] = aws.calls;
      assert.equal(aws.calls.length, 1);
      assert.deepEqual([call!.method, call!.path, call!.body], ['POST', '/', '{}']);
      assert.equal(call!.headers['content-type'], 'application/x-amz-json-1.1');
      const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
      assert.equal(call!.headers['x-amz-target'], target);
      assert.match(call!.headers.authorization ?? '', new RegExp(`Credential=${ID}/\\d{8}/eu-west-1/ecr/aws4_request`));
    });

    it('asks ECR Public in us-east-1', async () => {
      assertAccepted(await issue(aws, keySpec(['public.ecr.aws/team-a']), keyInputs), 'access key AKIA...LE01');
      const [call] = aws.calls;
      assert.equal(call!.headers['x-amz-target'], 'SpencerFrontendService.GetAuthorizationToken');
      assert.match(call!.headers.authorization ?? '', /\/us-east-1\/ecr-public\/aws4_request/);
    });

    it('says which key of the Secret is no key', async () => {
      const broken = [
        { ...keyInputs, accessKeyID: 'x y' },
        { accessKeyID: ID },
        { ...keyInputs, sessionToken: 'a\nb' },
      ];
      const results = await Promise.all(broken.map((inputs) => issue(aws, keySpec(), inputs)));
      assert.deepEqual(
        results.flatMap(failuresOf).map(({ reason, facts, prefixes }) => [reason, facts['key'], prefixes]),
        [
          ['InputInvalid', 'id', [HOST]],
          ['InputInvalid', 'secret', [HOST]],
          ['InputInvalid', 'session', [HOST]],
        ],
      );
      assert.deepEqual(aws.calls, []);
    });
  });

  describe('web identity of a ServiceAccount', () => {
    it('reads the annotation only where the spec names no role', () => {
      const token = { kind: 'ServiceAccountToken', name: 'puller', audience: 'sts.amazonaws.com' };
      const annotation = { kind: 'ServiceAccountAnnotation', name: 'puller', annotation: 'eks.amazonaws.com/role-arn' };
      assert.deepEqual(ecr.inputs(webSpec({}, TENANT)), { token });
      assert.deepEqual(ecr.inputs(webSpec()), { token, roleARN: annotation });
    });

    it('exchanges the token for the role, unsigned, and asks ECR with its keys', async () => {
      const token = accountToken();
      assertAccepted(await issue(aws, webSpec({}, TENANT), { token }), TENANT);

      const [sts, get] = aws.calls;
      assert.equal(sts?.headers.authorization, undefined);
      assert.deepEqual(Object.fromEntries(sts?.form ?? []), {
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: TENANT,
        RoleSessionName: 'team-a.puller',
        WebIdentityToken: token,
        DurationSeconds: '900',
      });
      assert.match(get?.headers.authorization ?? '', /Credential=ASIA/);
    });

    it('takes the role of the annotation', async () => {
      assertAccepted(await issue(aws, webSpec(), { token: accountToken(), roleARN: ` ${TENANT}\n` }), TENANT);
    });

    it('refuses an annotation that is no role', async () => {
      const [failure] = failuresOf(await issue(aws, webSpec(), { token: accountToken(), roleARN: 'CANARY-nonsense' }));
      assert.equal(failure?.reason, 'InputInvalid');
      assert.doesNotMatch(JSON.stringify(failure), /CANARY/);
    });
  });

  describe('the operator itself', () => {
    it('exchanges the IRSA file', async () => {
      const readFile = (path: string): Promise<string> =>
        Promise.resolve(path === '/var/run/token' ? `${accountToken()}\n` : '');
      const results = await issue(aws, ambientSpec('Workload'), {}, { environment: IRSA, readFile });

      assertAccepted(results, TENANT);
      assert.equal(aws.calls[0]?.form.get('RoleSessionName'), 'RegistryCredential.team-a.images');
      assert.deepEqual(calls(), ['AssumeRoleWithWebIdentity', 'AmazonEC2ContainerRegistry_V20150921']);
    });

    it('asks the Pod Identity agent with the file of the pod', async () => {
      const readFile = (): Promise<string> => Promise.resolve('pod-token\n');
      const context = { environment: POD_IDENTITY, readFile, endpoint: podIdentityAt(aws.url) };
      const results = await issue(aws, ambientSpec('Workload'), {}, context);

      assertAccepted(results, 'EKS Pod Identity of account 111122223333');
      assert.deepEqual(calls(), ['GET /v1/credentials', 'AmazonEC2ContainerRegistry_V20150921']);
    });

    it('opens a session with the instance metadata', async () => {
      assertAccepted(await issue(aws, ambientSpec('Node')), 'node role node');
      assert.deepEqual(calls(), [
        'PUT /latest/api/token',
        'GET /latest/meta-data/iam/security-credentials/',
        'GET /latest/meta-data/iam/security-credentials/node',
        'AmazonEC2ContainerRegistry_V20150921',
      ]);
    });

    it('never falls back: not to the node, not to the workload, not to keys of the environment', async () => {
      const environment = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_PROFILE: 'default' };
      const workload = await issue(aws, ambientSpec('Workload'), {}, { environment });
      const disabled = { ...environment, ...IRSA, AWS_EC2_METADATA_DISABLED: 'true' };
      const node = await issue(aws, ambientSpec('Node'), {}, { environment: disabled });

      assert.deepEqual(
        [...failuresOf(workload), ...failuresOf(node)].map(({ reason, facts }) => [reason, facts['source']]),
        [
          ['AmbientUnavailable', 'Workload'],
          ['AmbientUnavailable', 'Node'],
        ],
      );
      assert.deepEqual(aws.calls, []);
    });

    it('stays with IRSA where its file can not be read, though Pod Identity is there', async () => {
      const environment = { ...IRSA, ...POD_IDENTITY };
      const readFile = (path: string): Promise<string> =>
        path === '/var/run/token' ? Promise.reject(new Error('no')) : Promise.resolve('pod-token');
      const [failure] = failuresOf(await issue(aws, ambientSpec('Workload'), {}, { environment, readFile }));
      assert.equal(failure?.reason, 'AmbientUnavailable');
      assert.deepEqual(aws.calls, []);
    });

    it('sends the token of the pod to nobody but the agent', async () => {
      const environment = { ...POD_IDENTITY, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/v1/credentials' };
      const context = { environment, endpoint: () => undefined, readFile: () => Promise.resolve('pod-token') };
      const metadata = (): never => assert.fail('it was sent');
      const [failure] = failuresOf(await issue(aws, ambientSpec('Workload'), {}, { ...context, metadata }));
      assert.equal(failure?.reason, 'AmbientUnavailable');
    });

    it('says that the node has no role, or no metadata', async () => {
      const bare = await startCloud({ nodeRole: undefined as never });
      try {
        const [noRole] = failuresOf(await issue(bare, ambientSpec('Node')));
        assert.match(noRole?.facts['hint'] ?? '', /instance profile/);
      } finally {
        await bare.stop();
      }
      const [gone] = failuresOf(await issue(bare, ambientSpec('Node')));
      assert.equal(gone?.reason, 'AmbientUnavailable');
      assert.match(gone.facts['hint'] ?? '', /can not be reached; pods need a hop limit of 2/);
    });
  });

  describe('assumeRole', () => {
    it('takes on a role after keys, with external id and a session name of its own', async () => {
      const assumeRole = { ...HOP, sessionName: 'pulls@acme' };
      assertAccepted(await issue(aws, keySpec([HOST], { assumeRole }), keyInputs), PULL);

      const [sts] = aws.calls;
      assert.match(sts?.headers.authorization ?? '', /\/eu-west-1\/sts\/aws4_request/);
      assert.deepEqual(Object.fromEntries(sts?.form ?? []), {
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: PULL,
        RoleSessionName: 'pulls@acme',
        DurationSeconds: '900',
        ExternalId: 'shared-with-acme',
      });
    });

    it('takes it on after a web identity', async () => {
      assertAccepted(await issue(aws, webSpec({ assumeRole: HOP }, TENANT), { token: accountToken() }), PULL);
      assert.deepEqual(calls(), ['AssumeRoleWithWebIdentity', 'AssumeRole', 'AmazonEC2ContainerRegistry_V20150921']);
      assert.equal(aws.calls[1]?.form.get('RoleSessionName'), 'team-a.puller');
    });

    it('takes it on after each identity of the operator', async () => {
      const readFile = (path: string): Promise<string> =>
        Promise.resolve(path.endsWith('pod-token') ? 'pod-token' : accountToken());
      const endpoint = podIdentityAt(aws.url);
      const spec = { assumeRole: HOP };
      assertAccepted(await issue(aws, ambientSpec('Node', spec)), PULL);
      assertAccepted(await issue(aws, ambientSpec('Workload', spec), {}, { environment: IRSA, readFile }), PULL);
      const podIdentity = { environment: POD_IDENTITY, readFile, endpoint };
      assertAccepted(await issue(aws, ambientSpec('Workload', spec), {}, podIdentity), PULL);
      assert.equal(calls().filter((call) => call === 'AssumeRole').length, 3);
    });

    it('lets a prefix name another role: one credential, many accounts', async () => {
      aws.setRole({ arn: NODE, trustedCallers: ['*'] });
      const registries = [{ prefix: HOST }, { prefix: `${HOST}/team-b`, assumeRole: { roleARN: NODE } }];
      const results = tokensOf(await issue(aws, { registries, auth: keyAuth, assumeRole: HOP }, keyInputs));
      assert.deepEqual(
        results.map(({ prefixes, principal }) => [prefixes, principal]),
        [
          [[HOST], PULL],
          [[`${HOST}/team-b`], NODE],
        ],
      );
    });
  });

  describe('groups', () => {
    it('makes one call for all accounts and forms of hosts of a region', async () => {
      const prefixes = [
        HOST,
        `${HOST}/team-a`,
        '*.dkr.ecr.eu-west-1.amazonaws.com',
        '444455556666.dkr-ecr.eu-west-1.on.aws',
      ];
      const [token, ...more] = tokensOf(await issue(aws, keySpec(prefixes), keyInputs));
      assert.deepEqual([token?.prefixes, more.length, aws.calls.length], [prefixes, 0, 1]);
    });

    it('shares the web identity of a region between roles', async () => {
      aws.setRole({ arn: NODE, trustedCallers: ['*'] });
      const registries = [
        { prefix: HOST, assumeRole: HOP },
        { prefix: `${HOST}/b`, assumeRole: { roleARN: NODE } },
      ];
      await issue(aws, webSpec({ registries }, TENANT), { token: accountToken() });
      assert.equal(calls().filter((call) => call === 'AssumeRoleWithWebIdentity').length, 1);
    });

    it('fails for the prefixes of a bad group alone', async () => {
      const other = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
      const registries = [
        { prefix: HOST },
        { prefix: other, assumeRole: { roleARN: TENANT } },
        { prefix: 'evil.example' },
      ];
      const results = await issue(aws, { registries, auth: keyAuth }, keyInputs);
      assert.deepEqual(
        tokensOf(results).map(({ prefixes }) => prefixes),
        [[HOST]],
      );
      assert.deepEqual(
        failuresOf(results).map(({ reason, prefixes }) => [reason, prefixes]),
        [
          ['RegistryNotAllowed', ['evil.example']],
          ['AssumeRoleDenied', [other]],
        ],
      );
    });

    it('F93, F232: publishes under prefixes of the spec alone, and sends nothing for a foreign host', async () => {
      const evil = [
        'dkr.ecr.us-east-1.amazonaws.com.evil.com',
        `https://${HOST}`,
        `${HOST}:443`,
        HOST.toUpperCase(),
        `${HOST}.`,
      ];
      const results = await issue(aws, keySpec(evil), keyInputs);
      assert.deepEqual(
        results.map((result) => 'reason' in result && result.reason),
        evil.map(() => 'RegistryNotAllowed'),
      );
      assert.deepEqual(aws.calls, []);
    });
  });

  describe('repositories', () => {
    const narrowed = (repositories: readonly string[]) => [{ prefix: HOST, repositories }];

    it('narrows the web identity, or else the role that is assumed last', async () => {
      const registries = narrowed(['team-a/*', 'base']);
      await issue(aws, webSpec({ registries }, TENANT), { token: accountToken() });
      assertAccepted(
        await issue(aws, webSpec({ registries, assumeRole: HOP }, TENANT), { token: accountToken() }),
        PULL,
      );

      const policies = aws.calls.map(({ form }) => form.get('Policy') !== null);
      assert.deepEqual(policies, [true, false, false, true, false]);
      assert.deepEqual(JSON.parse(aws.sessionPolicies[0] ?? ''), {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
          {
            Effect: 'Allow',
            Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
            Resource: [
              'arn:aws:ecr:eu-west-1:111122223333:repository/base',
              'arn:aws:ecr:eu-west-1:111122223333:repository/team-a/*',
            ],
          },
        ],
      });
    });

    it('issues one token for each session policy', async () => {
      const registries = [
        { prefix: HOST },
        { prefix: `${HOST}/a`, repositories: ['a'] },
        { prefix: `${HOST}/b`, repositories: ['a'] },
      ];
      const tokens = tokensOf(await issue(aws, webSpec({ registries }, TENANT), { token: accountToken() }));
      assert.deepEqual(
        tokens.map(({ prefixes }) => prefixes),
        [[HOST], [`${HOST}/a`, `${HOST}/b`]],
      );
    });

    it('fails before the call where AWS takes no policy of that length, or there is no role', async () => {
      const long = Array.from({ length: 50 }, (_, index) => `team-a/some/long/name/of/a/repository-${index}`);
      const tooLong = failuresOf(
        await issue(aws, webSpec({ registries: narrowed(long) }, TENANT), { token: accountToken() }),
      );
      const noRole = failuresOf(await issue(aws, keySpec([], { registries: narrowed(['a']) }), keyInputs));
      assert.deepEqual(
        [...tooLong, ...noRole].map(({ reason }) => reason),
        ['InputInvalid', 'InputInvalid'],
      );
      assert.match(tooLong[0]?.facts['problem'] ?? '', /AWS takes 2048/);
      assert.deepEqual(aws.calls, []);
    });
  });
});
