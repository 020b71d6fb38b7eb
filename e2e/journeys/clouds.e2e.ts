// The ways to log in to a cloud by a ServiceAccount: a real API server signs the tokens, the stub clouds check signature, issuer,
// audience and subject by the keys that it publishes. Without the tenant's RoleBinding there is no token.
import assert from 'node:assert/strict';
import type { CloudServer } from '../../src/sandbox/cloud/cloud-server.ts';
import { describeClouds } from '../../test/journeys/clouds.cases.ts';
import { aws, ecrModes } from '../../test/journeys/clouds/aws.ts';
import { acrModes, azure } from '../../test/journeys/clouds/azure.ts';
import { garModes, google } from '../../test/journeys/clouds/google.ts';
import { ibm, icrModes } from '../../test/journeys/clouds/ibm.ts';
import type { Mode } from '../../test/journeys/clouds/mode.ts';
import { eventually } from '../../test/support/eventually.ts';
import { underSky } from '../../test/support/sky.ts';
import type { Vendor } from '../../test/support/sky.ts';
import type { World } from '../../test/support/world.ts';
import { sharedCluster } from '../support/cluster.ts';
import { kubectl } from '../support/install.ts';
import { openReal } from '../support/target.ts';

const ACCOUNT = 'puller';

describeClouds(openReal, ({ kind, title }) => kind === 'tenant' || /IRSA|acr with the operator itself/.test(title));

describe('tenants of a cloud', () => {
  const journey = <Cloud extends CloudServer>(vendor: Vendor<Cloud>, modes: readonly Mode<Cloud>[]): void => {
    const mode = modes.find(({ kind }) => kind === 'tenant') ?? assert.fail('no way for tenants');
    it(`F123: ${mode.title}: no token without the RoleBinding, one when its command was run`, () => play(vendor, mode));
  };
  journey(aws, ecrModes);
  journey(google, garModes);
  journey(azure, acrModes);
  journey(ibm, icrModes);
});

/** Two tenants, of whom one has consented. The cloud trusts nobody at first, then the one, then the other. */
function play<Cloud extends CloudServer>(vendor: Vendor<Cloud>, mode: Mode<Cloud>): Promise<void> {
  return underSky(openReal, vendor, mode, async (sky) => {
    const { world, cloud } = sky;
    const provider = mode.provider({ secret: '', serviceAccount: ACCOUNT, cloud });
    const [silent, consenting] = [await tenant(world, 'silent', mode), await tenant(world, 'consenting', mode)];
    for (const namespace of [silent, consenting]) await world.tenant(namespace, 'main', { provider });
    await world.grantInputs(consenting);
    await world.start();

    const command = await inMinutes(world, async () => {
      const { status, reason, message = '' } = (await issued(world, silent)) ?? {};
      return status === 'False' && reason === 'ConsentMissing' && /; run (kubectl .+)$/.exec(message)?.[1];
    });
    await inMinutes(world, () => isRefused(world, consenting));
    assert.equal((await world.auths(consenting))?.[mode.prefix], undefined);

    sky.trust(subjectIn(consenting));
    await inMinutes(world, () => hasLogin(world, consenting));
    assert.equal((await issued(world, silent))?.reason, 'ConsentMissing');
    assert.equal((await world.auths(silent))?.[mode.prefix], undefined);
    const calls = cloud.calls.length;

    sky.trust(subjectIn(silent));
    kubectl(sharedCluster(), ...command.split(' ').slice(1));
    await inMinutes(world, () => hasLogin(world, silent));
    assert.equal(cloud.calls.length, calls + mode.calls, 'the cloud was asked before there was a consent');
  });

  async function hasLogin(world: World, namespace: string): Promise<boolean> {
    const { username = '', password = '' } = (await world.auths(namespace))?.[mode.prefix] ?? {};
    return password !== '' && (await issued(world, namespace))?.reason === 'Issued' && username !== '';
  }
}

async function tenant(
  world: World,
  name: string,
  { annotations = {} }: Pick<Mode<unknown>, 'annotations'>,
): Promise<string> {
  const namespace = await world.namespace(name);
  await world.admin.create('ServiceAccount', { metadata: { name: ACCOUNT, annotations } }, namespace);
  return namespace;
}

function issued(world: World, namespace: string): ReturnType<World['condition']> {
  return world.condition('tenant', 'main', 'TokenIssued', namespace);
}

/** The cloud has looked at the token, and does not know its subject. */
async function isRefused(world: World, namespace: string): Promise<boolean> {
  const { reason = '', message } = (await issued(world, namespace)) ?? {};
  assert.equal(reason, 'SubjectNotTrusted', message);
  return true;
}

function subjectIn(namespace: string): string {
  return `system:serviceaccount:${namespace}:${ACCOUNT}`;
}

/** Within the time after which a refusal is tried again. */
function inMinutes<T>(world: World, probe: () => Promise<T>): Promise<Exclude<T, false | undefined>> {
  return eventually(
    () => {
      world.clock.advance(10_000);
      return probe();
    },
    { everyMs: 50, timeoutMs: 30_000 },
  );
}
