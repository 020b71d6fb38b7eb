// The names that an install permits, through restarts: flags, RBAC and fence are widened together, and narrowed again.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../test/support/eventually.ts';
import { sourceBody, staticProvider } from '../../test/support/world.ts';
import { ok } from '../support/api.ts';
import type { ApiObject } from '../support/api.ts';
import { sharedCluster } from '../support/cluster.ts';
import type { AuditEvent, Cluster } from '../support/cluster.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER, install } from '../support/install.ts';
import { deleteNamespace, makeNamespace } from '../support/namespaces.ts';
import { startOperator } from '../support/operator.ts';
import type { Operator } from '../support/operator.ts';
import { openReal } from '../support/target.ts';

const CREDENTIALS = '/apis/regcred.dev/v1alpha1/clusterregistrycredentials';
const WIDER = { secretNames: ['regcred-managed', 'second'], serviceAccountNames: ['default', 'builder'] };
const FLAGS = ['--secret-names=regcred-managed,second', '--service-account-names=default,builder'];

describe('names that the install permits', () => {
  const name = `names-${randomUUID().slice(0, 8)}`;
  let cluster: Cluster;
  let namespace: string;
  let operator: Operator | undefined;

  before(async () => {
    cluster = sharedCluster();
    await install(cluster);
    namespace = await makeNamespace(cluster, 'names');
    await ok(cluster.admin.post(`${inside()}/serviceaccounts`, { metadata: { name: 'builder' } }));
    const source = sourceBody(name, { 'registry.example.com': { username: 'bot', password: randomUUID() } });
    await ok(cluster.admin.post(`/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets`, source));
    await ok(cluster.admin.post(CREDENTIALS, credential()));
  });
  after(async () => {
    await operator?.stop();
    await cluster.admin.delete(`${CREDENTIALS}/${name}`);
    await cluster.admin.delete(`/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets/${name}`);
    await deleteNamespace(cluster, namespace);
    cluster.admin.close();
  });

  it('F133: widened, a credential heals; F134: narrowed again, what exists stays, and nothing is asked for', async () => {
    operator = await startOperator(cluster);
    await untilNotPermitted();
    await operator.stop();

    const wider = await openReal(WIDER);
    try {
      operator = await startOperator(cluster, { flags: FLAGS });
      await untilServed();
      await operator.stop();
    } finally {
      await wider.stop();
    }
    const before = await state();
    const from = new Date().toISOString();

    operator = await startOperator(cluster);
    await untilNotPermitted();
    await ok(cluster.admin.patch(`${CREDENTIALS}/${name}`, { metadata: { annotations: { 'example.com/a': 'b' } } }));
    await untilNotPermitted();
    assert.deepEqual(await state(), before);
    if (cluster.access.auditFile === undefined) return;
    const asked = cluster.auditLog(OPERATOR_USER).filter((event) => event.requestReceivedTimestamp > from);
    assert.deepEqual(asked.filter(isAboutSecond), []);
    assert.deepEqual(
      asked.filter(({ responseStatus }) => responseStatus?.code === 403),
      [],
    );
  });

  function inside(): string {
    return `/api/v1/namespaces/${namespace}`;
  }

  function credential(): object {
    const metadata = { name };
    const spec = {
      provider: staticProvider(name),
      namespaces: { names: [namespace] },
      secretName: 'second',
      serviceAccounts: { names: ['default', 'builder'] },
      verification: { mode: 'Off' },
    };
    return { apiVersion: 'regcred.dev/v1alpha1', kind: 'ClusterRegistryCredential', metadata, spec };
  }

  async function untilNotPermitted(): Promise<void> {
    await untilConditions((reasons) => {
      assert.deepEqual([reasons.get('Ready'), reasons.get('Stalled')], ['NotPermitted', 'NotPermitted']);
    });
  }

  /** The Secret and the entries are there; the watches follow the same option. */
  async function untilServed(): Promise<void> {
    await untilConditions((reasons) => {
      assert.deepEqual(
        [reasons.get('Ready'), reasons.get('Synced'), reasons.get('Stalled')],
        ['Ready', 'Synced', undefined],
      );
    });
    const { accounts } = await state();
    for (const { imagePullSecrets } of accounts) assert.deepEqual(imagePullSecrets, [{ name: 'second' }]);
    if (cluster.access.auditFile === undefined) return;
    const watches = cluster.auditLog(OPERATOR_USER).filter(({ verb }) => verb === 'list' || verb === 'watch');
    assert.ok(watches.some(isAboutSecond), 'there is no watch of the second name');
  }

  async function untilConditions(check: (reasons: ReadonlyMap<string, string>) => void): Promise<void> {
    await eventually(
      async () => {
        const { status } = (await ok(cluster.admin.get(`${CREDENTIALS}/${name}`))) as {
          status?: { conditions?: readonly { type: string; reason: string }[] };
        };
        check(new Map((status?.conditions ?? []).map(({ type, reason }) => [type, reason])));
        return true;
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
  }

  async function state(): Promise<{ secret: ApiObject; accounts: readonly ApiObject[] }> {
    const read = (path: string): Promise<ApiObject> => ok(cluster.admin.get(`${inside()}/${path}`));
    const accounts = ['default', 'builder'].map((account) => read(`serviceaccounts/${account}`));
    return { secret: await read('secrets/second'), accounts: await Promise.all(accounts) };
  }
});

function isAboutSecond({ requestURI, objectRef }: AuditEvent): boolean {
  return (
    objectRef?.resource === 'secrets' &&
    (objectRef.name === 'second' || requestURI.includes('name%3Dsecond') || requestURI.includes('name=second'))
  );
}
