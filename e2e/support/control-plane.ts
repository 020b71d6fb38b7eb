// Starts etcd, kube-apiserver and kube-controller-manager on loopback, and stops them without a trace.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { openApi } from './api.ts';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { openCluster, writeKubeconfig } from './cluster.ts';
import type { ClusterAccess } from './cluster.ts';
import { startDaemon, untilReady } from './daemon.ts';
import type { Daemon } from './daemon.ts';
import { openExistingCluster } from './existing-cluster.ts';

/** Users of the token file: each has its own name in the audit log. */
const USERS = {
  admin: { name: 'e2e-admin', groups: 'system:masters' },
  controllerManager: { name: 'system:kube-controller-manager', groups: '' },
  node: { name: 'system:node:node1', groups: 'system:nodes' },
} as const;

const CONTROLLERS = [
  'serviceaccount-controller',
  'serviceaccount-token-controller', // the fence is proven against the controller that fills token Secrets
  'namespace-controller',
  'garbage-collector-controller', // it runs to prove that it takes nothing of ours
  'root-ca-certificate-publisher-controller',
  'resourcequota-controller',
  'clusterrole-aggregation-controller', // fills "view" and its like
];

/** Off by default, on in some distributions: refuses owner references to objects one may not finalize. */
const EXTRA_ADMISSION = 'OwnerReferencesPermissionEnforcement';

export interface ControlPlaneOptions {
  /** Bodies of the operator's requests go to the audit log, but never those of Secrets and tokens. Default true. */
  readonly auditBodies?: boolean;
  readonly apiServerFlags?: readonly string[];
}

export interface ControlPlane {
  readonly access: ClusterAccess;
  /** Ends every process and removes every file; an existing cluster only loses what we made there. */
  stop(): Promise<void>;
}

/** Takes, in this order: KUBECONFIG_E2E (an existing cluster), KUBEBUILDER_ASSETS (binaries), Go (builds them, once). */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const existing = process.env['KUBECONFIG_E2E'];
  if (existing !== undefined) return openExistingCluster(existing);
  const binaries = await findBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'regcred-e2e-'));
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { access: await start({ binaries, folder, daemons, options }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Setup {
  readonly binaries: Binaries;
  readonly folder: string;
  /** In the order of starting. */
  readonly daemons: Daemon[];
  readonly options: ControlPlaneOptions;
}

async function start(setup: Setup): Promise<ClusterAccess> {
  const tokens = writeFiles(setup);
  const etcd = await startEtcd(setup);
  const access = await startApiServer(setup, etcd, tokens);
  await startControllerManager(setup, access);
  return access;
}

type Tokens = Record<keyof typeof USERS, string>;

function writeFiles({ folder, options }: Setup): Tokens {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const write = (name: string, content: string | Buffer): void =>
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  write('service-account.key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write('service-account.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }));
  write('audit-policy.json', JSON.stringify(auditPolicy(options.auditBodies ?? true)));
  const users = Object.entries(USERS).map(([id, user]) => ({ id, ...user, token: randomUUID() }));
  write('tokens.csv', users.map(({ token, name, id, groups }) => `${token},${name},${id},"${groups}"\n`).join(''));
  return Object.fromEntries(users.map(({ id, token }) => [id, token])) as Tokens;
}

function auditPolicy(bodies: boolean): object {
  const secret = [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }];
  const operators = { level: 'RequestResponse', userGroups: ['system:serviceaccounts:regcred-system'] };
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata', resources: secret }, ...(bodies ? [operators] : []), { level: 'Metadata' }],
  };
}

async function startEtcd(setup: Setup): Promise<string> {
  const [clients, peers] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const flags = [
    `--data-dir=${join(setup.folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync', // nobody needs this data after a crash
    '--log-level=error',
  ];
  const etcd = run(setup, 'etcd', flags);
  await untilReady(etcd, async () => (await fetch(`${clients}/readyz`)).ok);
  await age(clients);
  return clients;
}

/** A cluster with a past: version 1 is older than what the API server has seen, so that a watch from there is refused. */
async function age(etcd: string): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from('past').toString('base64') });
  for (let revision = 0; revision < 10; revision += 1) await fetch(`${etcd}/v3/kv/put`, { method: 'POST', body });
}

async function startApiServer(setup: Setup, etcd: string, tokens: Tokens): Promise<ClusterAccess> {
  const { folder, binaries, options } = setup;
  const port = await freePort();
  const auditFile = join(folder, 'audit.log');
  const flags = [
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=192.0.2.1', // of the documentation range: loopback is refused here, and nobody connects to it
    '--endpoint-reconciler-type=none',
    `--cert-dir=${folder}`, // makes its own certificate and authority
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    `--enable-admission-plugins=${EXTRA_ADMISSION}`,
    `--audit-policy-file=${join(folder, 'audit-policy.json')}`,
    `--audit-log-path=${auditFile}`,
    ...(options.apiServerFlags ?? []),
  ];
  const server = run(setup, 'kube-apiserver', flags);
  const url = `https://127.0.0.1:${port}`;
  await untilReady(server, () => isReady(url, folder, tokens.admin));
  const ca = certificate(folder);
  const [kubectl, kubelet] = [binaries('kubectl'), findOptional(binaries, 'kubelet')];
  return { server: url, ca, tokens, auditFile, etcd, folder, kubectl, ...(kubelet !== undefined && { kubelet }) };
}

async function isReady(server: string, folder: string, token: string): Promise<boolean> {
  const api = openApi({ server, ca: certificate(folder), token });
  try {
    return (await api.get('/readyz')).status === 200;
  } finally {
    api.close();
  }
}

/** The server's certificate with its authority behind it. */
function certificate(folder: string): string {
  return readFileSync(join(folder, 'apiserver.crt'), 'utf8');
}

async function startControllerManager(setup: Setup, access: ClusterAccess): Promise<void> {
  const { folder } = setup;
  const flags = [
    `--kubeconfig=${writeKubeconfig(access, access.tokens['controllerManager']!, folder)}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    `--root-ca-file=${join(folder, 'apiserver.crt')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=2000',
    '--kube-api-burst=4000',
    '--concurrent-namespace-syncs=50',
  ];
  const manager = run(setup, 'kube-controller-manager', flags);
  const { admin } = openCluster(access);
  const hasDefault = async (): Promise<boolean> =>
    (await admin.get('/api/v1/namespaces/default/serviceaccounts/default')).status === 200;
  await untilReady(manager, hasDefault);
  admin.close();
}

function run({ binaries, folder, daemons }: Setup, name: Parameters<Binaries>[0], flags: readonly string[]): Daemon {
  const daemon = startDaemon(name, [binaries(name), ...flags], { logFile: join(folder, `${name}.log`) });
  daemons.push(daemon);
  return daemon;
}

function findOptional(binaries: Binaries, name: Parameters<Binaries>[0]): string | undefined {
  try {
    return binaries(name);
  } catch {
    return undefined;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await eventually(() => server.listening);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
