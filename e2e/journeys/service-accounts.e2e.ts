// "ServiceAccounts", played on the real control plane, and what only that one can do: server-side apply, Pods, the audit log.
import assert from 'node:assert/strict';
import { describeServiceAccounts } from '../../test/journeys/service-accounts.cases.ts';
import { eventually } from '../../test/support/eventually.ts';
import { skipBecause } from '../../test/support/skip.ts';
import { attached, pass, prepare, publish } from '../../test/support/steps.ts';
import { inWorld, PULL_SECRET } from '../../test/support/world.ts';
import type { World } from '../../test/support/world.ts';
import { sharedCluster } from '../support/cluster.ts';
import type { AuditEvent } from '../support/cluster.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER, kubectl } from '../support/install.ts';
import { openReal } from '../support/target.ts';

const INJECTION = 'manifests/optional/pod-injection.yaml';
const OURS = { name: PULL_SECRET };
const OWN = { name: 'own' };

describeServiceAccounts(openReal);

describe('a list that is set by forced server-side apply', () => {
  it('F187: is a slow fight, and the other field manager is named', () =>
    inWorld(openReal, {}, async (world) => {
      const namespace = await publish(world);

      const { message } = await world.inTime(async () => {
        await applyList(world, namespace);
        const condition = await world.condition('cluster', 'main', 'Synced');
        return condition?.reason === 'Contention' && condition;
      });
      await pass(world, 3_600_000, () => applyList(world, namespace));

      assert.match(message, /undone 3 times in 10 minutes by "?argocd/);
      const tries = world.proxy.count({ verb: 'patch', resource: 'serviceaccounts', namespace });
      const conflicts = /^regcred_conflicts_total (\d+)$/m.exec(await world.metrics())?.[1] ?? '0';
      const writes = tries - Number(conflicts); // who is refused has written nothing
      assert.ok(writes < 20, `${writes} writes an hour`);
      await eventually(async () => (await world.entries(namespace)).includes('from-git'));
    }));
});

describe('Pods', () => {
  it('F196: take the entry when they are made after it, and keep an own list', () =>
    inWorld(openReal, {}, async (world) => {
      const namespace = await world.namespace('a');
      await eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
      const before = await makePod(world, namespace, 'before');
      await prepare(world);
      await world.start();
      await attached(world, namespace);

      assert.equal(before, undefined);
      assert.deepEqual(await makePod(world, namespace, 'after'), [OURS]);
      assert.deepEqual(await makePod(world, namespace, 'own', [OWN]), [OWN]);
      assert.equal(await pullSecretsOf(world, namespace, 'before'), undefined);
    }));

  it('F196: all have ours with the optional policy', () =>
    inWorld(openReal, {}, async (world) => {
      const namespace = await world.namespace('a', { 'regcred.dev/inject': 'true' });
      await eventually(() => world.admin.get('ServiceAccount', 'default', namespace));
      kubectl(sharedCluster(), 'apply', '-f', INJECTION);
      try {
        const isInForce = async (): Promise<boolean> => (await makePod(world, namespace)) !== undefined;
        await eventually(isInForce, { timeoutMs: 60_000, everyMs: 200 });
        const before = await makePod(world, namespace);
        await prepare(world);
        await world.start();
        await attached(world, namespace);

        assert.deepEqual(before, [OURS]);
        assert.deepEqual(await makePod(world, namespace), [OURS]);
        assert.deepEqual(await makePod(world, namespace, undefined, [OWN]), [OWN, OURS]);
      } finally {
        kubectl(sharedCluster(), 'delete', '-f', INJECTION);
      }
    }));
});

describe("the operator's writes in the audit log", () => {
  it('F197: are a Secret before its entry, an entry off before its Secret, one object a request', function () {
    const cluster = sharedCluster();
    if (cluster.access.auditFile === undefined) return skipBecause(this, 'this cluster keeps its audit log to itself');
    const log = cluster.auditLog(OPERATOR_USER);
    const done = log.filter(({ responseStatus }) => (responseStatus?.code ?? 500) < 300);
    const places = Map.groupBy(done, ({ objectRef }) => objectRef?.namespace ?? OPERATOR_NAMESPACE);
    const journeys = [...places].filter(([namespace]) => isJourney(namespace));
    const verbs = log
      .filter(({ objectRef }) => isJourney(objectRef?.namespace ?? ''))
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}`);

    assert.ok(journeys.length > 10, 'the journeys have played before');
    for (const [namespace, events] of journeys) assertOrder(namespace, events);
    assert.deepEqual(
      verbs.filter((one) => /^(deletecollection|update (?!leases))/.test(one)),
      [],
    );
  });
});

/** Elsewhere tests try things with the operator's token. */
function isJourney(namespace: string): boolean {
  return /^j[0-9a-f]{6}-/.test(namespace);
}

/** Follows one namespace: the Secrets that stand there by the operator's hand, and the entries that it says it added. */
function assertOrder(namespace: string, events: readonly AuditEvent[]): void {
  const written = new Set<string>();
  let attached: readonly string[] = [];
  for (const { verb, objectRef, requestObject } of events) {
    const name = objectRef?.name ?? '';
    const step = `${verb} ${objectRef?.resource ?? ''}`;
    if (step === 'create secrets' || step === 'patch secrets') written.add(name);
    if (step === 'patch serviceaccounts') {
      attached = annotatedIn(requestObject);
      for (const entry of attached) assert.ok(written.has(entry), `${namespace}: entry "${entry}" before its Secret`);
    }
    if (step !== 'delete secrets') continue;
    assert.ok(!attached.includes(name), `${namespace}: Secret "${name}" went before its entry`);
    written.delete(name);
  }
}

function annotatedIn(patch: unknown): readonly string[] {
  const { metadata } = patch as { metadata: { annotations: Readonly<Record<string, string | null>> } };
  return JSON.parse(metadata.annotations['regcred.dev/pull-secrets'] ?? '[]') as string[];
}

/** As a GitOps tool that owns the whole list. */
async function applyList(world: World, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default?fieldManager=argocd&force=true`;
  const body = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
    imagePullSecrets: [{ name: 'from-git' }],
  };
  const contentType = 'application/apply-patch+yaml';
  const { code, text } = await world.admin.raw.request('PATCH', path, { body, contentType });
  assert.equal(code, 200, text);
}

/** The pull Secrets that admission gave it. Nothing runs it: it has no node. */
async function makePod(
  world: World,
  namespace: string,
  name?: string,
  imagePullSecrets?: readonly object[],
): Promise<unknown> {
  const metadata = name === undefined ? { generateName: 'pod-' } : { name };
  const containers = [{ name: 'app', image: 'registry.example.com/app' }];
  const spec = { containers, hostNetwork: true, ...(imagePullSecrets ? { imagePullSecrets } : {}) };
  const { code, text, body } = await world.admin.raw.post(`/api/v1/namespaces/${namespace}/pods`, { metadata, spec });
  assert.equal(code, 201, text);
  return body.spec['imagePullSecrets'];
}

async function pullSecretsOf(world: World, namespace: string, pod: string): Promise<unknown> {
  const { body } = await world.admin.raw.get(`/api/v1/namespaces/${namespace}/pods/${pod}`);
  return body.spec['imagePullSecrets'];
}
