// The demo's steps about a cloud: a token comes, is changed in time, and outlives an outage of who gives it.
import { API_GROUP, API_VERSION, LABEL } from '../api/names.ts';
import {
  CLUSTER_CREDENTIALS,
  conditionOf,
  configOf,
  DEMO,
  DEMO_CLOUD,
  expectPull,
  expectStatus,
  reasonOf,
  secretPath,
} from './demo-expect.ts';
import type { Step } from './demo-steps.ts';
import type { Stage } from './demo-world.ts';

const { host, image, username, accessKeyId, secretAccessKey } = DEMO_CLOUD;
const HOUR_MS = 3_600_000;
const TEAMS = ['team-red', 'team-blue', 'team-green'];

export const cloudSteps: readonly Step[] = [
  {
    title: 'A credential names a key of AWS; the operator gets the token of ECR with it, which lives 12 hours',
    async play(stage) {
      await stage.create(`/api/v1/namespaces/${DEMO.operatorNamespace}/secrets`, {
        metadata: { name: 'aws-key', labels: { [LABEL.input]: 'true' } },
        stringData: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      });
      await stage.create(CLUSTER_CREDENTIALS, {
        apiVersion: `${API_GROUP}/${API_VERSION}`,
        kind: 'ClusterRegistryCredential',
        metadata: { name: 'cloud' },
        spec: {
          provider: {
            ecr: { registries: [{ prefix: host }], auth: { accessKey: { secretRef: { name: 'aws-key' } } } },
          },
          namespaces: { names: ['team-*'] },
        },
      });
      await expectPulls(stage);
      await expectCloud(stage, 'the token was tried at the registry before it went out', (status) => {
        return conditionOf(status, 'Verified') === 'True';
      });
    },
  },
  {
    title: 'Time passes: by half of its life the token is changed',
    async play(stage) {
      const former = await secretOf(stage);
      pass(stage, 6);
      await expectAnotherToken(stage, former);
      await expectPulls(stage);
    },
  },
  {
    title: 'The cloud is down when the next token is due',
    async play(stage) {
      stage.setOutage(true);
      const former = await secretOf(stage);
      stage.say('AWS answers HTTP 503');
      pass(stage, 6);
      await expectCloud(
        stage,
        'the credential says that it keeps the last good token, and is still Ready',
        (status) => {
          return reasonOf(status, 'TokenIssued') === 'LastGood' && conditionOf(status, 'Ready') === 'True';
        },
      );
      await stage.expect('no Secret was touched', async () => {
        return (await secretOf(stage)) === former ? undefined : 'other bytes';
      });
      await expectPulls(stage);
      stage.setOutage(false);
      stage.say('AWS is back');
      pass(stage, 1);
      await expectAnotherToken(stage, former);
      pass(stage, 5);
      stage.say('the token that bridged the outage has ended');
      await expectPulls(stage);
    },
  },
];

function pass(stage: Stage, hours: number): void {
  stage.say(`${hours} ${hours === 1 ? 'hour passes' : 'hours pass'} (the demo's clock is moved ahead)`);
  stage.pass(hours * HOUR_MS);
}

async function expectPulls(stage: Stage): Promise<void> {
  for (const namespace of TEAMS) await expectPull(stage, namespace, username, image);
}

async function expectAnotherToken(stage: Stage, former: unknown): Promise<void> {
  await stage.expect('the pull Secrets hold another token', async () => {
    const now = await secretOf(stage);
    return now === undefined || now === former ? 'the same bytes' : undefined;
  });
}

function expectCloud(stage: Stage, what: string, isSo: Parameters<typeof expectStatus>[2]): Promise<void> {
  return expectStatus(stage, what, isSo, 'cloud');
}

async function secretOf(stage: Stage): Promise<unknown> {
  return configOf(await stage.get(secretPath('team-red')));
}
