// The stub of AWS, with its registry, and a credential that gets its tokens there.
import { ok } from '../../e2e/support/api.ts';
import { startAws } from '../../src/sandbox/cloud/aws.ts';
import { startRegistry } from '../../src/sandbox/cloud/registry.ts';
import { CREDENTIALS, SECRETS } from './credential.ts';
import type { Lab } from './lab.ts';
import { GROUP_LABEL } from './namespaces.ts';

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const USER = {
  accessKeyId: 'AKIAEXAMPLEEXAMPLE01',
  secretAccessKey: 'bench',
  arn: 'arn:aws:iam::111122223333:user/ci',
};
const NAME = 'ecr';

export interface StubAws {
  /** What the file of the operator's `--config` would say to lead here. */
  readonly configuration: object;
  /** How often it was called so far. */
  calls(): number;
  /** The one credential, for the namespaces of a group. */
  makeCredential(group: string): Promise<void>;
  /** What `kubectl annotate ... regcred.dev/refresh=$(date +%s)` does. */
  rotate(): Promise<void>;
  /** Ends it, and takes the credential away with all that is stored for it. No operator may run. */
  stop(): Promise<void>;
}

export async function startStubAws({ cluster: { admin } }: Pick<Lab, 'cluster'>): Promise<StubAws> {
  const aws = await startAws({ users: [USER] });
  const registry = await startRegistry({
    imitates: 'ecr',
    accepts: (username, password) => aws.accepts(username, password),
  });
  const configuration = { endpoints: { ecr: aws.url, sts: aws.url }, registries: { [HOST]: registry.url } };
  let rotations = 0;
  return {
    configuration,
    calls: () => aws.calls.length,
    async makeCredential(group) {
      await ok(admin.post(SECRETS, keySecret()));
      await ok(admin.post(CREDENTIALS, credential(group)));
    },
    async rotate() {
      const annotations = { 'regcred.dev/refresh': String((rotations += 1)) };
      await ok(admin.patch(`${CREDENTIALS}/${NAME}`, { metadata: { annotations } }));
    },
    async stop() {
      await Promise.all([aws.stop(), registry.stop()]);
      await admin.delete(`${CREDENTIALS}/${NAME}`);
      await admin.delete(`${SECRETS}/${NAME}`);
      await admin.delete(`${SECRETS}?fieldSelector=type%3Dregcred.dev%2Ftoken`);
    },
  };
}

function keySecret(): object {
  const { accessKeyId, secretAccessKey } = USER;
  return {
    metadata: { name: NAME, labels: { 'regcred.dev/input': 'true' } },
    stringData: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
}

function credential(group: string): object {
  const auth = { accessKey: { secretRef: { name: NAME } } };
  return {
    apiVersion: 'regcred.dev/v1alpha1',
    kind: 'ClusterRegistryCredential',
    metadata: { name: NAME },
    spec: {
      provider: { ecr: { registries: [{ prefix: HOST }], auth } },
      namespaces: { selector: { matchLabels: { [GROUP_LABEL]: group } } },
    },
  };
}
