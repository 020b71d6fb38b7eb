// The story that `regcred demo` tells, step by step: what somebody does, and what must come of it. A new step is a new row.
import { randomUUID } from 'node:crypto';
import { API_GROUP, API_VERSION, DOCKER_CONFIG_TYPE, LABEL } from '../api/names.ts';
import { cloudSteps } from './demo-cloud-steps.ts';
import {
  CLUSTER_CREDENTIALS,
  conditionOf,
  configOf,
  createNamespace,
  CREDENTIALS,
  DEMO,
  expectEntry,
  expectNoPull,
  expectNothingLeft,
  expectPull,
  expectSecret,
  expectStatus,
  secretPath,
  summaryOf,
} from './demo-expect.ts';
import type { Stage } from './demo-world.ts';

export interface Step {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

const { registry, operatorNamespace, platformUser, tenantUser } = DEMO;
const INPUT = `/api/v1/namespaces/${operatorNamespace}/secrets/platform-login`;

export const steps: readonly Step[] = [
  {
    title: 'Two tenants, a guest, and a private registry',
    async play(stage) {
      stage.setPassword(platformUser, randomUUID());
      for (const name of ['team-red', 'team-blue', 'guest']) await createNamespace(stage, name);
      await expectNoPull(stage, 'team-red');
      await expectNoPull(stage, 'team-blue');
    },
  },
  {
    title: 'The platform team declares one ClusterRegistryCredential for all team-* namespaces',
    async play(stage) {
      await giveLogin(stage);
      await stage.create(CLUSTER_CREDENTIALS, {
        apiVersion: `${API_GROUP}/${API_VERSION}`,
        kind: 'ClusterRegistryCredential',
        metadata: { name: 'platform' },
        spec: {
          provider: { static: { auth: { dockerConfig: { secretRef: { name: 'platform-login' } } } } },
          namespaces: { names: ['team-*'] },
          verification: { mode: 'Off' }, // the registry's name is made up: nobody could ask it
        },
      });
      for (const namespace of ['team-red', 'team-blue']) {
        await expectSecret(stage, namespace);
        await expectEntry(stage, namespace);
        await expectPull(stage, namespace, platformUser);
      }
      await expectNoPull(stage, 'guest');
      await expectStatus(stage, 'the credential says that it is Ready in 2/2 namespaces', (status) => {
        return conditionOf(status, 'Ready') === 'True' && summaryOf(status) === '2/2';
      });
    },
  },
  {
    title: 'A namespace is created later',
    async play(stage) {
      await createNamespace(stage, 'team-green');
      await expectPull(stage, 'team-green', platformUser);
    },
  },
  {
    title: 'Somebody edits one Secret by hand, and deletes another',
    async play(stage) {
      const path = secretPath('team-red');
      const before = await stage.get(path);
      await stage.patch(path, { data: { '.dockerconfigjson': base64('{"auths":{}}') } });
      await stage.expect('team-red: the bytes are back, in the same Secret', async () => {
        const now = await stage.get(path);
        if (now?.metadata.uid !== before?.metadata.uid) return 'another Secret';
        return configOf(now) === configOf(before) ? undefined : 'other bytes';
      });
      await stage.delete(secretPath('team-blue'));
      await expectSecret(stage, 'team-blue');
      await expectPull(stage, 'team-red', platformUser);
      await expectPull(stage, 'team-blue', platformUser);
    },
  },
  {
    title: 'The password changes',
    async play(stage) {
      const before = await stage.get(secretPath('team-green'));
      const password = randomUUID();
      stage.setPassword(platformUser, password);
      stage.say('the registry takes the new password only; the old one is still in every Secret');
      await expectNoPull(stage, 'team-green');
      await stage.patch(INPUT, { data: { '.dockerconfigjson': base64(dockerConfig(platformUser, password)) } });
      stage.say('the platform team puts it into its one Secret');
      for (const namespace of ['team-red', 'team-blue', 'team-green']) {
        await expectPull(stage, namespace, platformUser);
      }
      await stage.expect('the Secrets were changed in place, not made anew', async () => {
        const now = await stage.get(secretPath('team-green'));
        return now?.metadata.uid === before?.metadata.uid ? undefined : 'another Secret';
      });
    },
  },
  {
    title: 'team-blue brings a login of its own for the same registry',
    async play(stage) {
      const password = randomUUID();
      stage.setPassword(tenantUser, password);
      stage.allowInputs('team-blue');
      await stage.create('/api/v1/namespaces/team-blue/secrets', {
        metadata: { name: 'own-login' },
        type: 'kubernetes.io/basic-auth',
        data: { username: base64(tenantUser), password: base64(password) },
      });
      await stage.create(`${CREDENTIALS}/namespaces/team-blue/registrycredentials`, {
        apiVersion: `${API_GROUP}/${API_VERSION}`,
        kind: 'RegistryCredential',
        metadata: { name: 'own' },
        spec: {
          provider: {
            static: { registries: [{ prefix: registry }], auth: { basic: { secretRef: { name: 'own-login' } } } },
          },
          verification: { mode: 'Off' },
        },
      });
      await expectPull(stage, 'team-blue', tenantUser);
      await expectPull(stage, 'team-red', platformUser);
      await expectStatus(stage, "the platform's credential says that it is Shadowed there", (status) => {
        return conditionOf(status, 'Shadowed') === 'True';
      });
    },
  },
  {
    title: 'team-blue deletes its credential',
    async play(stage) {
      await stage.delete(`${CREDENTIALS}/namespaces/team-blue/registrycredentials/own`);
      await expectPull(stage, 'team-blue', platformUser);
    },
  },
  {
    title: "The platform's credential is deleted",
    async play(stage) {
      await stage.delete(`${CLUSTER_CREDENTIALS}/platform`);
      stage.say('one made again within the grace (here 1 s, else 10 s) would lose nothing; then:');
      for (const namespace of ['team-red', 'team-blue', 'team-green']) {
        await expectNothingLeft(stage, namespace);
        await expectNoPull(stage, namespace);
      }
    },
  },
  ...cloudSteps,
];

/** A new password at the registry, and the Secret in the operator's namespace that the credential reads. */
async function giveLogin(stage: Stage): Promise<void> {
  const password = randomUUID();
  stage.setPassword(platformUser, password);
  await stage.create(`/api/v1/namespaces/${operatorNamespace}/secrets`, {
    metadata: { name: 'platform-login', labels: { [LABEL.input]: 'true' } },
    type: DOCKER_CONFIG_TYPE,
    data: { '.dockerconfigjson': base64(dockerConfig(platformUser, password)) },
  });
}

function dockerConfig(username: string, password: string): string {
  return JSON.stringify({ auths: { [registry]: { username, password } } });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
