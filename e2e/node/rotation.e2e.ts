// A token of ECR lives twelve hours: the operator rotates it, the old one dies, and a real kubelet goes on pulling. The tenant's
// ServiceAccount logs in by a token of the real API server; the hours pass on the clock of the operator and of the cloud.
import assert from 'node:assert/strict';
import type { AwsCloud } from '../../src/sandbox/cloud/aws.ts';
import { aws, ecrModes } from '../../test/journeys/clouds/aws.ts';
import { eventually } from '../../test/support/eventually.ts';
import { underSky } from '../../test/support/sky.ts';
import { PULL_SECRET, sourceBody } from '../../test/support/world.ts';
import type { World } from '../../test/support/world.ts';
import { openReal } from '../support/target.ts';
import { leadTo, startEcrGate } from './ecr-gate.ts';
import type { EcrGate } from './ecr-gate.ts';
import { describeOnNode } from './fixture.ts';
import type { NodeFixture } from './fixture.ts';
import { makePod, removePods, untilPod } from './pods.ts';

const IMAGE = `${aws.host}/team/app:1`;
const ACCOUNT = 'puller';
const MODE = ecrModes.find(({ kind }) => kind === 'tenant') ?? assert.fail('ecr has no way for tenants');

describeOnNode('A rotated token of ECR and a real node', (start) => {
  let fixture: NodeFixture;

  before(async () => {
    fixture = await start();
  });
  after(() => fixture.stop());

  it('runs Pods with the new token when the old one is dead', () =>
    underSky(openReal, aws, MODE, async (sky) => {
      const { world, cloud } = sky;
      const gate = await startEcrGate(fixture.registry, (username, password) => cloud.accepts(username, password));
      leadTo(fixture.certificates, aws.host, gate.url);
      const [tenant, late] = [await world.namespace('tenant'), await world.namespace('late')];
      try {
        sky.trust(`system:serviceaccount:${tenant}:${ACCOUNT}`);
        await arrange(world, tenant, cloud);
        await world.start();
        const first = await login(world, tenant);
        await untilPulled(tenant, gate, first);

        const { nextRefreshTime, expirationTime } = await world.status('tenant', 'main', tenant);
        advanceTo(world, nextRefreshTime);
        const second = await login(world, tenant, first);
        advanceTo(world, expirationTime);
        const third = await login(world, tenant, second);
        assert.deepEqual([await statusAt(gate, first), await statusAt(gate, third)], [403, 200]);

        await untilPulled(tenant, gate, third);
        await giveByHand(world, late, first);
        const pod = await makePod(fixture.cluster.admin, late, IMAGE);
        await untilPod(fixture.cluster.admin, late, pod, 'ErrImagePull', 'ImagePullBackOff');
      } finally {
        for (const namespace of [tenant, late]) await removePods(fixture.cluster.admin, namespace);
        await gate.stop();
      }
    }));

  /** A new Pod runs, and its node logged in by this password. */
  async function untilPulled(namespace: string, gate: EcrGate, password: string): Promise<void> {
    const pod = await makePod(fixture.cluster.admin, namespace, IMAGE);
    await untilPod(fixture.cluster.admin, namespace, pod, 'Running');
    assert.equal(gate.passwords.at(-1), password);
  }
});

async function arrange(world: World, namespace: string, cloud: AwsCloud): Promise<void> {
  const metadata = { name: ACCOUNT, annotations: MODE.annotations ?? {} };
  await world.admin.create('ServiceAccount', { metadata }, namespace);
  await world.grantInputs(namespace);
  await world.tenant(namespace, 'main', { provider: MODE.provider({ secret: '', serviceAccount: ACCOUNT, cloud }) });
}

/** The password that Pods are given, once it is another than `former`. */
function login(world: World, namespace: string, former?: string): Promise<string> {
  return eventually(async () => {
    const password = (await world.auths(namespace))?.[aws.host]?.password;
    const isAttached = (await world.entries(namespace)).includes(PULL_SECRET);
    return isAttached && password !== former && password;
  });
}

function advanceTo(world: World, time = ''): void {
  world.clock.advance(Date.parse(time) - world.clock.now().getTime() + 1000);
}

/** What the registry says to who logs in by this password. */
async function statusAt({ url }: EcrGate, password: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  return (await fetch(`${url}/v2/`, { headers: { authorization } })).status;
}

/** As somebody who copied a token into a Secret once, and forgot it. */
async function giveByHand(world: World, namespace: string, password: string): Promise<void> {
  const { metadata: _metadata, ...secret } = sourceBody('by-hand', { [aws.host]: { username: 'AWS', password } });
  await world.admin.create('Secret', { ...secret, metadata: { name: 'by-hand' } }, namespace);
  await world.admin.patch('ServiceAccount', 'default', { imagePullSecrets: [{ name: 'by-hand' }] }, namespace);
}
