// Journeys of every way to log in to a cloud, through the whole operator: the login that appears is one that the cloud takes, a
// refresh is one call and one write for each namespace, a restart is none of either.
import assert from 'node:assert/strict';
import { readOperatorConfig } from '../../src/operator-config.ts';
import { startAzure } from '../../src/sandbox/cloud/azure.ts';
import type { CloudServer } from '../../src/sandbox/cloud/cloud-server.ts';
import { becomes } from '../support/cloud-steps.ts';
import { eventually } from '../support/eventually.ts';
import { underSky } from '../support/sky.ts';
import type { Sky, Vendor } from '../support/sky.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { acrModes, azure } from './clouds/azure.ts';
import { aws, ecrModes } from './clouds/aws.ts';
import { garModes, google } from './clouds/google.ts';
import { ibm, icrModes } from './clouds/ibm.ts';
import { ocirModes, oracle } from './clouds/oracle.ts';
import type { Mode } from './clouds/mode.ts';
import { stored } from './stored-tokens.cases.ts';

const ACCOUNT = 'puller';
const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '33333333-4444-5555-6666-777777777777';

type ModeKind = Pick<Mode<unknown>, 'title' | 'kind'>;

/** Those that are chosen; all unless told otherwise. */
export function describeClouds(open: OpenTarget, isChosen: (mode: ModeKind) => boolean = () => true): void {
  describe('clouds', () => {
    const modes = <Cloud extends CloudServer>(vendor: Vendor<Cloud>, list: readonly Mode<Cloud>[]): void => {
      for (const mode of list.filter(isChosen)) it(mode.title, () => playMode(open, vendor, mode)).timeout(60_000);
    };
    modes(aws, ecrModes);
    modes(google, garModes);
    modes(azure, acrModes);
    modes(ibm, icrModes);
    modes(oracle, ocirModes);
  });
}

export function describeCloudsSandboxOnly(open: OpenTarget): void {
  describe('one identity of acr with twenty registries', () => {
    it('asks Entra once, and each registry once', async () => {
      const hosts = Array.from({ length: 20 }, (_, index) => `registry${index}.azurecr.io`);
      const roles = Object.fromEntries(hosts.map((host) => [host, '*' as const]));
      const application = { tenantId: TENANT, clientId: APP, secret: 'CANARY~client~secret', roles };
      const issuer = { url: '', verify: () => ({ ok: false, problem: 'issuer' }) as const };
      const cloud = await startAzure({ issuer, applications: [application], identities: [] });
      const operatorConfig = readOperatorConfig({ endpoints: { entra: cloud.url, acr: cloud.url } });
      try {
        await inWorld(open, { parts: { operatorConfig } }, async (world) => {
          const name = world.name('puller');
          const metadata = { name, labels: { 'regcred.dev/input': 'true' } };
          const stringData = { AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: application.secret };
          await world.admin.create('Secret', { metadata, type: 'Opaque', stringData }, world.operatorNamespace);
          const registries = hosts.map((prefix) => ({ prefix }));
          const auth = { servicePrincipal: { tenantID: TENANT, secretRef: { name } } };
          await world.cluster('main', { verification: { mode: 'Off' }, provider: { acr: { registries, auth } } });
          await world.start();
          await becomes(world, 'Issued');

          const calls = Map.groupBy(cloud.calls, ({ url }) => url.pathname.split('/').at(-1));
          assert.deepEqual([calls.get('token')?.length, calls.get('exchange')?.length], [1, 20]);
        });
      } finally {
        await cloud.stop();
      }
    });
  });
}

function playMode<Cloud extends CloudServer>(
  open: OpenTarget,
  vendor: Vendor<Cloud>,
  mode: Mode<Cloud>,
): Promise<void> {
  return underSky(open, vendor, mode, async (sky) => {
    const { world, cloud } = sky;
    const namespaces = await arrange(sky, mode);
    await world.start();
    const first = await loginIn(sky, vendor, mode, namespaces, undefined);
    await settled(world, mode, namespaces);
    assert.equal(cloud.calls.length, mode.calls, pathsOf(cloud));
    const tries = sky.registry.logins.length;
    assert.ok(tries > 0, 'the login was not tried');

    const before = await statusOf(world, mode, namespaces);
    await world.stop();
    world.writes();
    await world.start();
    await ready(world, mode, namespaces);
    assert.deepEqual((await statusOf(world, mode, namespaces)).conditions, before.conditions);
    assert.equal(cloud.calls.length, mode.calls, 'a restart asked the cloud');
    assert.equal(sky.registry.logins.length, tries, 'a restart tried the login again');
    assert.deepEqual(pullSecretWrites(world), []);

    const { nextRefreshTime = '' } = await statusOf(world, mode, namespaces);
    await world.passes(Date.parse(nextRefreshTime) - world.clock.now().getTime() + 1000);
    await loginIn(sky, vendor, mode, namespaces, first);
    await settled(world, mode, namespaces);
    assert.equal(cloud.calls.length, 2 * mode.calls, pathsOf(cloud));
    assert.deepEqual(
      pullSecretWrites(world).map((write) => write.split(' ').at(-1)),
      namespaces.map((namespace) => `${namespace}/${PULL_SECRET}`),
    );
    await showsNothing(world, mode, namespaces);
  });
}

/** A tenant's credential serves its own namespace, a cluster's two. */
async function arrange<Cloud extends CloudServer>(sky: Sky<Cloud>, mode: Mode<Cloud>): Promise<readonly string[]> {
  const { world, cloud } = sky;
  const first = await world.namespace('a');
  const home = mode.kind === 'tenant' ? first : world.operatorNamespace;
  if (mode.kind === 'tenant') {
    await world.grantInputs(first);
    const metadata = { name: ACCOUNT, annotations: mode.annotations ?? {} };
    await world.admin.create('ServiceAccount', { metadata }, first);
    sky.trust(`system:serviceaccount:${first}:${ACCOUNT}`);
  } else sky.trust(`system:serviceaccount:${first}:default`); // stands for the operator's own
  const data = mode.secret?.(cloud);
  if (data) {
    const metadata = { name: world.name('key'), labels: { 'regcred.dev/input': 'true' } };
    await world.admin.create('Secret', { metadata, type: 'Opaque', stringData: data }, home);
  }
  const provider = mode.provider({ secret: world.name('key'), serviceAccount: ACCOUNT, cloud });
  if (mode.kind === 'tenant') {
    await world.tenant(first, 'main', { provider });
    return [first];
  }
  const second = await world.namespace('b');
  await world.cluster('main', { provider });
  return [first, second];
}

/** One login in all namespaces, other than `former`, that the cloud takes. */
async function loginIn<Cloud extends CloudServer>(
  { world, cloud }: Sky<Cloud>,
  vendor: Vendor<Cloud>,
  { prefix }: Mode<Cloud>,
  namespaces: readonly string[],
  former: string | undefined,
): Promise<string> {
  return eventually(async () => {
    const logins = await Promise.all(namespaces.map(async (one) => (await world.auths(one))?.[prefix]));
    const { username, password } = logins[0] ?? {};
    if (username === undefined || password === undefined || password === former) return undefined;
    if (!logins.every((login) => login?.password === password)) return undefined;
    assert.ok(vendor.accepts(cloud)(username, password), 'the cloud does not take it');
    return password;
  });
}

/** All is written and said: the entries, the stored token, the status. */
async function settled<Cloud extends CloudServer>(
  world: World,
  mode: Mode<Cloud>,
  namespaces: readonly string[],
): Promise<void> {
  await ready(world, mode, namespaces);
  for (const namespace of namespaces)
    await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
  if (mode.kind !== 'tenant') await eventually(async () => (await stored(world)) !== undefined);
}

/** Also after a restart: a verdict is kept with its token, or in status. */
async function ready<Cloud extends CloudServer>(
  world: World,
  mode: Mode<Cloud>,
  namespaces: readonly string[],
): Promise<void> {
  const expected = { TokenIssued: 'Issued', Verified: mode.verified ?? 'LoginProven' };
  await eventually(async () => {
    const { conditions = [], nextRefreshTime = '' } = await statusOf(world, mode, namespaces);
    const isReady = ['Ready', 'Synced'].every((type) => conditions.find((one) => one.type === type)?.status === 'True');
    const isSo = Object.entries(expected).every(
      ([type, reason]) => conditions.find((one) => one.type === type)?.reason === reason,
    );
    return isReady && isSo && Date.parse(nextRefreshTime) > world.clock.now().getTime();
  });
}

function statusOf<Cloud>(
  world: World,
  { kind }: Pick<Mode<Cloud>, 'kind'>,
  [home]: readonly string[],
): ReturnType<World['status']> {
  return kind === 'tenant' ? world.status('tenant', 'main', home) : world.status('cluster', 'main');
}

function pullSecretWrites(world: World): readonly string[] {
  return world
    .writes()
    .filter((write) => write.endsWith(`/${PULL_SECRET}`))
    .sort();
}

/** Every secret of the stubs has this word in it. */
async function showsNothing<Cloud>(
  world: World,
  mode: Pick<Mode<Cloud>, 'kind'>,
  namespaces: readonly string[],
): Promise<void> {
  const events = await world.admin.list('Event');
  const shown = [world.logs(), JSON.stringify(events), JSON.stringify(await statusOf(world, mode, namespaces))];
  for (const text of shown) assert.doesNotMatch(text, /CANARY/);
}

function pathsOf({ calls }: CloudServer): string {
  return calls.map(({ method, path, form }) => `${method} ${path} ${form.get('Action') ?? ''}`).join('\n');
}
