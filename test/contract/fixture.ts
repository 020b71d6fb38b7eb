// What each contract case gets: an admin's raw client, namespaces of its own, users with few rights.
import { randomUUID } from 'node:crypto';

import {
  rawClient,
  type Access,
  type Body,
  type RawAnswer,
  type RawClient,
  type RawWatch,
} from '../support/raw-client.ts';

/** As in a ClusterRole; with `namespaces`, as in a Role in each of them. */
export interface ContractRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly namespaces?: readonly string[];
}

export interface ContractUser {
  readonly access: Access;
  /** As it stands in refusals. */
  readonly name: string;
}

/** An API server under test. What is optional is skipped where it is absent: a real cluster may not allow it. */
export interface ContractCluster {
  /** As cluster-admin. */
  readonly access: Access;
  /** A user with these rights and no others, in force when the promise resolves. */
  addUser?(rules: readonly ContractRule[]): Promise<ContractUser>;
  /** A quota of so many Secrets, in force when the promise resolves. */
  setSecretQuota?(namespace: string, limit: number): Promise<void>;
  /** Returns a resourceVersion of Secrets that the server can not watch from any more (a real one: "1" will do). */
  tooOldVersion?(): Promise<string>;
  /** Makes continue tokens that were handed out before too old (a real one: compaction). */
  expireContinueTokens?(): Promise<void>;
  /** The operator's own user as the manifests install it, with the fence active. */
  readonly operator?: ContractUser & { readonly namespace: string };
  close(): Promise<void>;
}

export interface Fixture {
  readonly cluster: ContractCluster;
  readonly admin: RawClient;
  /** A new, empty namespace. */
  readonly namespace: () => Promise<string>;
  /** A client of a user with these rights; the client is closed at the end. */
  readonly user: (rules: readonly ContractRule[]) => Promise<RawClient & { readonly userName: string }>;
  readonly as: (access: Access) => RawClient;
  /** A watch that is closed at the end. */
  readonly watch: (client: RawClient, path: string) => Promise<RawWatch>;
  readonly close: () => Promise<void>;
}

export async function newFixture(open: () => Promise<ContractCluster>): Promise<Fixture> {
  const cluster = await open();
  const admin = rawClient(cluster.access);
  const namespaces: string[] = [];
  const clients = [admin];
  const watches: RawWatch[] = [];
  const as = (access: Access): RawClient => {
    const client = rawClient(access);
    clients.push(client);
    return client;
  };
  return {
    cluster,
    admin,
    as,
    namespace: async () => {
      const name = unique('contract');
      expectCode(await admin.post('/api/v1/namespaces', { metadata: { name } }), 201);
      namespaces.push(name);
      return name;
    },
    user: async (rules) => {
      const user = await cluster.addUser?.(rules);
      if (!user) throw new Error('This cluster adds no users');
      return { ...as(user.access), userName: user.name };
    },
    watch: async (client, path) => {
      const watch = await client.watch(path);
      watches.push(watch);
      return watch;
    },
    close: async () => {
      for (const watch of watches) watch.close();
      for (const name of namespaces) await admin.delete(`/api/v1/namespaces/${name}`);
      for (const client of clients) client.close();
      await cluster.close();
    },
  };
}

export function unique(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** The body of an answer that must have this code. */
export function expectCode(answer: RawAnswer, code: number): Body {
  if (answer.code === code) return answer.body;
  throw new Error(`Expected HTTP ${code}, got ${answer.code}: ${answer.text.slice(0, 500)}`);
}

/** The fields that the causes of a refusal name. */
export function causeFields(answer: RawAnswer): string[] {
  const { causes = [] } = answer.body.details as Partial<Body['details']>;
  return causes.flatMap(({ field }) => (field === undefined ? [] : [field]));
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function secretsOf(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/secrets${name === undefined ? '' : `/${name}`}`;
}

export function accountsOf(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts${name === undefined ? '' : `/${name}`}`;
}

/** An Opaque Secret. */
export function secret(name: string, fields: object = {}): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { key: base64('value') }, ...fields };
}
