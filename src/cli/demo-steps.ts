// The story that `regcred demo` tells, step by step: what somebody does, and what must come of it. A new step is a new row.
import { randomUUID } from 'node:crypto';
import { ANNOTATION, API_GROUP, API_VERSION, DEFAULT_SECRET_NAME, DOCKER_CONFIG_TYPE, LABEL } from '../api/names.ts';
import { isJsonObject } from '../lib/json.ts';
import type { DemoObject, Stage } from './demo-world.ts';

export interface Step {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

export const DEMO = {
  registry: 'registry.example',
  image: 'registry.example/shop/api:1',
  operatorNamespace: 'regcred-system',
  platformUser: 'platform',
  tenantUser: 'team-blue-robot',
} as const;

const { registry, image, operatorNamespace, platformUser, tenantUser } = DEMO;
const CREDENTIALS = `/apis/${API_GROUP}/${API_VERSION}`;
const CLUSTER_CREDENTIALS = `${CREDENTIALS}/clusterregistrycredentials`;
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
];

async function createNamespace(stage: Stage, name: string): Promise<void> {
  await stage.create('/api/v1/namespaces', { metadata: { name } });
  await stage.expect(`namespace ${name} is there, with its ServiceAccount`, async () => {
    return (await stage.get(accountPath(name))) ? undefined : 'no ServiceAccount "default"';
  });
}

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

async function expectPull(stage: Stage, namespace: string, username: string): Promise<void> {
  await stage.expect(`${namespace} pulls ${image} as "${username}"`, async () => {
    const result = await stage.pull(namespace);
    if (!result.pulled) return result.reason;
    return result.via === username ? undefined : `a pull as "${result.via}"`;
  });
}

async function expectNoPull(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace} can not pull ${image}`, async () => {
    const result = await stage.pull(namespace);
    return result.pulled ? `a pull as "${result.via}"` : undefined;
  });
}

async function expectSecret(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace} has the pull Secret ${DEFAULT_SECRET_NAME}`, async () => {
    return (await stage.get(secretPath(namespace))) ? undefined : 'no such Secret';
  });
}

async function expectEntry(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace}: its ServiceAccount "default" names that Secret`, async () => {
    const entries = entriesOf(await stage.get(accountPath(namespace)));
    return entries.includes(DEFAULT_SECRET_NAME) ? undefined : `imagePullSecrets: [${entries.join(', ')}]`;
  });
}

async function expectNothingLeft(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace}: no Secret, no entry and no annotation is left`, async () => {
    if (await stage.get(secretPath(namespace))) return `Secret ${DEFAULT_SECRET_NAME}`;
    const account = await stage.get(accountPath(namespace));
    if (entriesOf(account).length > 0) return 'an entry in imagePullSecrets';
    return account?.metadata.annotations?.[ANNOTATION.pullSecrets] === undefined ? undefined : 'our annotation';
  });
}

type Status = Readonly<Record<string, unknown>>;

async function expectStatus(stage: Stage, what: string, isSo: (status: Status) => boolean): Promise<void> {
  await stage.expect(what, async () => {
    const status = (await stage.get(`${CLUSTER_CREDENTIALS}/platform`))?.['status'];
    if (isJsonObject(status) && isSo(status)) return undefined;
    return `status ${JSON.stringify(status)}`; // a status holds no secrets
  });
}

function conditionOf(status: Status, type: string): unknown {
  const conditions: unknown = status['conditions'];
  const all = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  return all.find((condition) => condition['type'] === type)?.['status'];
}

function summaryOf({ namespaces }: Status): unknown {
  return isJsonObject(namespaces) ? namespaces['summary'] : undefined;
}

function entriesOf(account: DemoObject | undefined): readonly string[] {
  const entries: unknown = account?.['imagePullSecrets'];
  return Array.isArray(entries) ? entries.filter(isJsonObject).map(({ name }) => String(name)) : [];
}

function configOf(secret: DemoObject | undefined): unknown {
  const data = secret?.['data'];
  return isJsonObject(data) ? data['.dockerconfigjson'] : undefined;
}

function dockerConfig(username: string, password: string): string {
  return JSON.stringify({ auths: { [registry]: { username, password } } });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function secretPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${DEFAULT_SECRET_NAME}`;
}

function accountPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
}
