// "Consent and permissions", played on the real control plane, and what only that one can tell: who may be read by which Role, and
// what the audit log says the operator has read.
import assert from 'node:assert/strict';
import { describeConsent, describeRefusedTokenRequests, tenantIssued } from '../../test/journeys/consent.cases.ts';
import { eventually } from '../../test/support/eventually.ts';
import { key, passwordIn } from '../../test/journeys/stored-tokens.cases.ts';
import { byKey, byServiceAccount, withCloud } from '../../test/support/scripted-cloud.ts';
import { skipBecause } from '../../test/support/skip.ts';
import { PULL_SECRET } from '../../test/support/world.ts';
import type { World } from '../../test/support/world.ts';
import { sharedCluster } from '../support/cluster.ts';
import {
  OPERATOR_NAMESPACE,
  OPERATOR_SERVICE_ACCOUNT,
  OPERATOR_USER,
  kubectl,
  operatorToken,
} from '../support/install.ts';
import { openReal } from '../support/target.ts';

const HOST = 'de.icr.io';
const BINDING = 'regcred-operator-inputs';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describeConsent(openReal);
describeRefusedTokenRequests(openReal);

describe('consent by RBAC', () => {
  it('F123: granted, an edit of the credential is enough', () =>
    withCloud(openReal, async (world) => {
      const namespace = await tenantWithKey(world);
      await world.start();
      await untilReason(world, namespace, 'ConsentMissing');

      await world.grantInputs(namespace);
      kubectl(sharedCluster(), `-n${namespace}`, 'annotate', 'regcred', world.name('main'), 'example.com/edited=yes');

      await untilReason(world, namespace, 'Issued');
    }));

  it('F124: revoked, the last good login stays to its end and the input is read no more; granted again, it heals', () =>
    withCloud(openReal, async (world, cloud) => {
      const namespace = await tenantWithKey(world);
      await world.grantInputs(namespace);
      await world.start();
      await untilReason(world, namespace, 'Issued');
      const [first = ''] = cloud.tokens;
      await eventually(async () => (await passwordIn(world, namespace)) === first);
      const { nextRefreshTime, expirationTime } = await world.status('tenant', 'main', namespace);

      await revoke(world, namespace);
      advanceTo(world, nextRefreshTime);
      await untilReason(world, namespace, 'LastGood');
      assert.match((await tenantIssued(world, namespace))?.message ?? '', /kubectl -n .* create rolebinding/);
      assert.equal(await passwordIn(world, namespace), first);
      advanceTo(world, expirationTime);
      await untilReason(world, namespace, 'Expired');
      assert.match((await tenantIssued(world, namespace))?.message ?? '', /may not get Secret/);
      assert.equal(cloud.calls.length, 1, 'the input was kept');

      await world.grantInputs(namespace);
      await world.inTime(async () => (await tenantIssued(world, namespace))?.reason === 'Issued');
      assert.equal(cloud.calls.length, 2);
    }));

  for (const [what, rules, provider] of [
    [
      'one Secret',
      [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['$key'], verbs: ['get'] }],
      (world: World) => byKey(world.name('key'), HOST),
    ],
    [
      'one ServiceAccount and its tokens',
      [
        { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['puller'], verbs: ['get'] },
        { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['puller'], verbs: ['create'] },
      ],
      () => byServiceAccount('puller', HOST),
    ],
  ] as const)
    it(`F125: for ${what} is enough, and nothing else is read`, function () {
      if (sharedCluster().access.auditFile === undefined)
        return skipBecause(this, 'this cluster keeps its audit log to itself');
      return withCloud(openReal, async (world) => {
        const namespace = await world.namespace('a');
        await key(world, 'key', namespace);
        await key(world, 'other', namespace);
        await world.admin.create('ServiceAccount', { metadata: { name: 'puller' } }, namespace);
        await grantRole(namespace, JSON.parse(JSON.stringify(rules).replace('$key', world.name('key'))) as object[]);
        await world.tenant(namespace, 'main', { provider: provider(world) });
        await world.start();

        await world.inTime(async () => (await tenantIssued(world, namespace))?.reason === 'Issued');

        await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
        const named = rules.flatMap(({ resources, verbs }) => {
          const name = resources[0] === 'secrets' ? world.name('key') : 'puller';
          return `${verbs[0]} ${resources[0]} ${name}`;
        });
        assert.deepEqual(readsIn(namespace), named.sort());
      });
    });

  it('F125: in another namespace it has no effect', () =>
    withCloud(openReal, async (world, cloud) => {
      const [namespace, other] = [await tenantWithKey(world), await world.namespace('b')];
      await world.grantInputs(other);
      await world.start();
      await untilReason(world, namespace, 'ConsentMissing');

      world.clock.advance(3_600_000);
      await world.inTime(() => world.proxy.count({ resource: 'secrets', namespace, name: world.name('key') }) > 1);

      await untilReason(world, namespace, 'ConsentMissing');
      assert.equal(cloud.calls.length, 0);
    }));
});

async function tenantWithKey(world: World): Promise<string> {
  const namespace = await world.namespace('a');
  await key(world, 'key', namespace);
  await world.tenant(namespace, 'main', { provider: byKey(world.name('key'), HOST) });
  return namespace;
}

async function untilReason(world: World, namespace: string, expected: string): Promise<void> {
  await eventually(
    async () => {
      const { reason, message } = (await tenantIssued(world, namespace)) ?? {};
      assert.equal(reason, expected, message);
      return true;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
}

function advanceTo(world: World, time = ''): void {
  world.clock.advance(Date.parse(time) - world.clock.now().getTime() + 1000);
}

/** In force when this returns. */
async function revoke(world: World, namespace: string): Promise<void> {
  const cluster = sharedCluster();
  await cluster.admin.delete(`${RBAC}/namespaces/${namespace}/rolebindings/${BINDING}`);
  const operator = cluster.as(await operatorToken(cluster));
  const path = `/api/v1/namespaces/${namespace}/secrets/${world.name('key')}`;
  await eventually(async () => (await operator.get(path)).status === 403);
  operator.close();
  cluster.admin.close();
}

/** A Role of the tenant's own making. */
async function grantRole(namespace: string, rules: readonly object[]): Promise<void> {
  const { admin } = sharedCluster();
  const home = `${RBAC}/namespaces/${namespace}`;
  const metadata = { name: 'own' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'own' };
  const subjects = [{ kind: 'ServiceAccount', name: OPERATOR_SERVICE_ACCOUNT, namespace: OPERATOR_NAMESPACE }];
  await admin.post(`${home}/roles`, { metadata, rules });
  await admin.post(`${home}/rolebindings`, { metadata, roleRef, subjects });
  admin.close();
}

/** What the operator has read or asked for in the namespace, its own outputs apart. */
function readsIn(namespace: string): readonly string[] {
  const events = sharedCluster()
    .auditLog(OPERATOR_USER)
    .filter(({ verb, objectRef }) => objectRef?.namespace === namespace && (verb === 'get' || verb === 'create'))
    .map(({ verb, objectRef: { resource = '', subresource, name = '' } = {} }) =>
      [verb, subresource === undefined ? resource : `${resource}/${subresource}`, name].join(' '),
    );
  return [...new Set(events)].filter((one) => !one.includes(PULL_SECRET) && !one.includes(' events')).sort();
}
