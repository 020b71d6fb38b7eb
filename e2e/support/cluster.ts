// What a suite needs of a cluster, whoever started it: users, kubeconfigs, ServiceAccount tokens and the audit log.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApi, ok } from './api.ts';
import type { Api } from './api.ts';

/** Plain data, so that one process starts the control plane and others use it. */
export interface ClusterAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Tokens of the users that exist from the start; an existing cluster has only `admin`. */
  readonly tokens: Readonly<Record<string, string>> & { readonly admin: string };
  /** Absent: an existing cluster, whose audit log is out of reach. */
  readonly auditFile?: string;
  /** For files that go when the cluster is stopped. */
  readonly folder: string;
  readonly kubectl: string;
  /** The address of etcd; absent: an existing cluster. */
  readonly etcd?: string;
  /** Absent: an existing cluster, which a kubelet of ours can not join. */
  readonly kubelet?: string;
}

/** One line of the audit log: who did which verb on what, and what came of it. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  /** Bodies are there for the operator's user, never of Secrets and tokens. */
  readonly requestObject?: unknown;
}

export interface Cluster {
  readonly access: ClusterAccess;
  readonly server: string;
  readonly ca: string;
  readonly adminToken: string;
  /** The API as cluster-admin. */
  readonly admin: Api;
  /** The API as the user of a token. */
  as(token: string): Api;
  /** A TokenRequest: one hour, for the API server. */
  tokenFor(namespace: string, serviceAccount: string): Promise<string>;
  /** Writes a kubeconfig for a token, of a proxy before the server if one is given, and returns its path. */
  kubeconfig(token: string, server?: string): string;
  /** Events of one user (all users without a name), oldest first. Throws where there is no audit log: ask `access.auditFile`. */
  auditLog(username?: string): readonly AuditEvent[];
}

/** The environment variable by which `npm run e2e` hands its control plane to the suites. */
export const CLUSTER_VARIABLE = 'REGCRED_E2E_CLUSTER';

/** The control plane that `npm run e2e` started. */
export function sharedCluster(): Cluster {
  const access = process.env[CLUSTER_VARIABLE];
  if (access === undefined) throw new Error('Cannot find the control plane: run this suite by "npm run e2e -- FILE"');
  return openCluster(JSON.parse(access) as ClusterAccess);
}

export function openCluster(access: ClusterAccess): Cluster {
  const { server, ca, tokens } = access;
  const as = (token: string): Api => openApi({ server, ca, token });
  const admin = as(tokens.admin);
  return {
    access,
    server,
    ca,
    adminToken: tokens.admin,
    admin,
    as,
    tokenFor: (namespace, serviceAccount) => requestToken(admin, namespace, serviceAccount),
    kubeconfig: (token, otherServer = server) => writeKubeconfig({ ca, server: otherServer }, token, access.folder),
    auditLog: (username) => readAuditLog(access, username),
  };
}

async function requestToken(admin: Api, namespace: string, serviceAccount: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
  const answer = await ok(admin.post(path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }));
  return (answer['status'] as { token: string }).token;
}

/** JSON is YAML. Readable by its owner alone: it holds a token. */
export function writeKubeconfig(
  access: Pick<ClusterAccess, 'server' | 'ca'>,
  token: string,
  folder = tmpdir(),
): string {
  const cluster = { server: access.server, 'certificate-authority-data': Buffer.from(access.ca).toString('base64') };
  const file = join(mkdtempSync(join(folder, 'regcred-kubeconfig-')), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: 'e2e', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

function readAuditLog({ auditFile }: ClusterAccess, username: string | undefined): readonly AuditEvent[] {
  if (auditFile === undefined) throw new Error('Cannot read the audit log: an existing cluster keeps it to itself');
  const lines = readFileSync(auditFile, 'utf8').split('\n').slice(0, -1); // the last line may be half written
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  return username === undefined ? events : events.filter(({ user }) => user.username === username);
}
