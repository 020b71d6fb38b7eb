// The ways of ecr.
import { startAws } from '../../../src/sandbox/cloud/aws.ts';
import type { AwsCloud } from '../../../src/sandbox/cloud/aws.ts';
import { operatorToken } from '../../support/sky.ts';
import type { Vendor } from '../../support/sky.ts';
import type { Mode } from './mode.ts';

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const USER = 'arn:aws:iam::111122223333:user/ci';
const WORKLOAD = 'arn:aws:iam::111122223333:role/workload';
const NODE = 'arn:aws:iam::111122223333:role/node';
const PULL = 'arn:aws:iam::999988887777:role/pull';
const ID = 'AKIAEXAMPLEEXAMPLE01';
const SECRET = 'CANARY-secret-access-key';
const POD_TOKEN = 'CANARY-token-of-the-pod';

export const aws: Vendor<AwsCloud> = {
  host: HOST,
  imitates: 'ecr',
  start: ({ issuer, subject, now }) =>
    startAws({
      now,
      issuer,
      users: [{ accessKeyId: ID, secretAccessKey: SECRET, arn: USER }],
      roles: [
        {
          arn: WORKLOAD,
          get trustedSubjects() {
            return [subject()];
          },
        },
        { arn: NODE },
        { arn: PULL, trustedCallers: [USER, WORKLOAD, NODE], externalId: 'plat-7f3' },
      ],
      podIdentity: { authorization: POD_TOKEN, roleArn: NODE },
      nodeRole: 'node',
    }),
  endpoints: (url) => ({
    ecr: url,
    sts: url,
    'aws-metadata': url,
    'aws-pod-identity': `${url}/v1/credentials`,
  }),
  accepts: (cloud) => (username, password) => cloud.accepts(username, password),
};

const registries = [{ prefix: HOST }];
const assumeRole = { roleARN: PULL, externalID: 'plat-7f3' };
const irsa = {
  environment: { AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token', AWS_ROLE_ARN: WORKLOAD },
  file: operatorToken('sts.amazonaws.com'),
};
const podIdentity = {
  environment: {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/var/run/pod-token',
  },
  file: () => Promise.resolve(POD_TOKEN),
};

type Way = Omit<Mode<AwsCloud>, 'provider' | 'prefix' | 'title'> & { readonly auth: (given: Given) => object };
interface Given {
  readonly secret: string;
  readonly serviceAccount: string;
}

const WAYS: Readonly<Record<string, Way>> = {
  'an access key': {
    kind: 'cluster',
    auth: ({ secret }) => ({ accessKey: { secretRef: { name: secret } } }),
    secret: () => ({ AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET }),
    calls: 1,
  },
  'the web identity of a ServiceAccount': {
    kind: 'tenant',
    auth: ({ serviceAccount }) => ({ workloadIdentity: { serviceAccountRef: { name: serviceAccount } } }),
    annotations: { 'eks.amazonaws.com/role-arn': WORKLOAD },
    calls: 2,
  },
  'the operator itself, by IRSA': { kind: 'cluster', auth: () => ({ ambient: {} }), ...irsa, calls: 2 },
  'the operator itself, by Pod Identity': { kind: 'cluster', auth: () => ({ ambient: {} }), ...podIdentity, calls: 2 },
  'the role of the node': { kind: 'cluster', auth: () => ({ ambient: { source: 'Node' } }), calls: 4 },
};

/** Each way, and each with a role on top. */
export const ecrModes: readonly Mode<AwsCloud>[] = Object.entries(WAYS).flatMap(([name, { auth, ...way }]) => [
  {
    ...way,
    title: `ecr with ${name}`,
    prefix: HOST,
    provider: (given) => ({ ecr: { registries, auth: auth(given) } }),
  },
  {
    ...way,
    title: `ecr with a role, taken on by ${name}`,
    prefix: HOST,
    provider: (given) => ({ ecr: { registries, auth: auth(given), assumeRole } }),
    calls: way.calls + 1,
  },
]);
