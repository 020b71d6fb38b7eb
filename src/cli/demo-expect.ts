// What the demo's steps expect of their world: Secrets, entries, statuses, and pulls above all.
import { ANNOTATION, API_GROUP, API_VERSION, DEFAULT_SECRET_NAME } from '../api/names.ts';
import { isJsonObject } from '../lib/json.ts';
import type { DemoObject, Stage } from './demo-world.ts';

/** Who and what appears in the demo. */
export const DEMO = {
  registry: 'registry.example',
  image: 'registry.example/shop/api:1',
  operatorNamespace: 'regcred-system',
  platformUser: 'platform',
  tenantUser: 'team-blue-robot',
} as const;

/** The cloud of the demo: one account, one key. */
export const DEMO_CLOUD = {
  host: '111122223333.dkr.ecr.eu-west-1.amazonaws.com',
  image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1',
  username: 'AWS',
  accessKeyId: 'AKIADEMODEMODEMODEMO',
  secretAccessKey: 'demo-secret-access-key',
} as const;

/** Paths of the two kinds at the API server. */
export const CREDENTIALS = `/apis/${API_GROUP}/${API_VERSION}`;
export const CLUSTER_CREDENTIALS = `${CREDENTIALS}/clusterregistrycredentials`;

export async function createNamespace(stage: Stage, name: string): Promise<void> {
  await stage.create('/api/v1/namespaces', { metadata: { name } });
  await stage.expect(`namespace ${name} is there, with its ServiceAccount`, async () => {
    return (await stage.get(accountPath(name))) ? undefined : 'no ServiceAccount "default"';
  });
}

export async function expectPull(
  stage: Stage,
  namespace: string,
  username: string,
  image: string = DEMO.image,
): Promise<void> {
  await stage.expect(`${namespace} pulls ${image} as "${username}"`, async () => {
    const result = await stage.pull(namespace, image);
    if (!result.pulled) return result.reason;
    return result.via === username ? undefined : `a pull as "${result.via}"`;
  });
}

export async function expectNoPull(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace} can not pull ${DEMO.image}`, async () => {
    const result = await stage.pull(namespace, DEMO.image);
    return result.pulled ? `a pull as "${result.via}"` : undefined;
  });
}

export async function expectSecret(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace} has the pull Secret ${DEFAULT_SECRET_NAME}`, async () => {
    return (await stage.get(secretPath(namespace))) ? undefined : 'no such Secret';
  });
}

export async function expectEntry(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace}: its ServiceAccount "default" names that Secret`, async () => {
    const entries = entriesOf(await stage.get(accountPath(namespace)));
    return entries.includes(DEFAULT_SECRET_NAME) ? undefined : `imagePullSecrets: [${entries.join(', ')}]`;
  });
}

export async function expectNothingLeft(stage: Stage, namespace: string): Promise<void> {
  await stage.expect(`${namespace}: no Secret, no entry and no annotation is left`, async () => {
    if (await stage.get(secretPath(namespace))) return `Secret ${DEFAULT_SECRET_NAME}`;
    const account = await stage.get(accountPath(namespace));
    if (entriesOf(account).length > 0) return 'an entry in imagePullSecrets';
    return account?.metadata.annotations?.[ANNOTATION.pullSecrets] === undefined ? undefined : 'our annotation';
  });
}

type Status = Readonly<Record<string, unknown>>;

export async function expectStatus(
  stage: Stage,
  what: string,
  isSo: (status: Status) => boolean,
  name = 'platform',
): Promise<void> {
  await stage.expect(what, async () => {
    const status = (await stage.get(`${CLUSTER_CREDENTIALS}/${name}`))?.['status'];
    if (isJsonObject(status) && isSo(status)) return undefined;
    return `status ${JSON.stringify(status)}`; // a status holds no secrets
  });
}

export function conditionOf(status: Status, type: string): unknown {
  return conditionIn(status, type)?.['status'];
}

export function reasonOf(status: Status, type: string): unknown {
  return conditionIn(status, type)?.['reason'];
}

function conditionIn(status: Status, type: string): Status | undefined {
  const conditions: unknown = status['conditions'];
  const all = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  return all.find((condition) => condition['type'] === type);
}

export function summaryOf({ namespaces }: Status): unknown {
  return isJsonObject(namespaces) ? namespaces['summary'] : undefined;
}

function entriesOf(account: DemoObject | undefined): readonly string[] {
  const entries: unknown = account?.['imagePullSecrets'];
  return Array.isArray(entries) ? entries.filter(isJsonObject).map(({ name }) => String(name)) : [];
}

export function configOf(secret: DemoObject | undefined): unknown {
  const data = secret?.['data'];
  return isJsonObject(data) ? data['.dockerconfigjson'] : undefined;
}

export function secretPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${DEFAULT_SECRET_NAME}`;
}

function accountPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
}
