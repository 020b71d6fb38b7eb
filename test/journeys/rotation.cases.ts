// The counts that the benchmark shows in seconds: what one new token costs the cloud and the API server, however many
// namespaces it goes to.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { underSky } from '../support/sky.ts';
import type { Sky } from '../support/sky.ts';
import type { OpenTarget } from '../support/target.ts';
import { PULL_SECRET } from '../support/world.ts';
import { aws, ecrModes } from './clouds/aws.ts';
import type { AwsCloud } from '../../src/sandbox/cloud/aws.ts';

/** The benchmark has 1000, on a real control plane. */
const NAMESPACES = 200;
const PATIENCE = { timeoutMs: 120_000, everyMs: 100 };

export function describeRotation(open: OpenTarget): void {
  describe('rotation', () => {
    it(`of one ECR token over ${NAMESPACES} namespaces: one call, one write for each`, () =>
      underSky(open, aws, {}, async (sky) => {
        const { world, cloud } = sky;
        const namespaces = await makeNamespaces(sky);
        await makeCredential(sky);
        await world.start();
        const first = await soleLogin(sky, namespaces, undefined);
        const asked = cloud.calls.length;
        world.writes();

        await world.admin.patch('ClusterRegistryCredential', world.name('main'), refreshNow());
        await soleLogin(sky, namespaces, first);

        assert.equal(asked, 1, 'calls for the first token');
        assert.equal(cloud.calls.length - asked, 1, 'calls for the second');
        const written = world.writes().filter((write) => write.endsWith(`/${PULL_SECRET}`));
        assert.deepEqual(written.map(namespaceOf).sort(), [...namespaces].sort());
      })).timeout(300_000);
  });
}

async function makeNamespaces({ world }: Sky<AwsCloud>): Promise<readonly string[]> {
  const names = Array.from({ length: NAMESPACES }, (_, index) => world.name(`n${index}`));
  const rest = names.values();
  const work = async (): Promise<void> => {
    for (const name of rest) await world.admin.create('Namespace', { metadata: { name } });
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return names;
}

async function makeCredential({ world, cloud }: Sky<AwsCloud>): Promise<void> {
  const mode = ecrModes.find(({ title }) => title === 'ecr with an access key')!;
  const metadata = { name: world.name('key'), labels: { 'regcred.dev/input': 'true' } };
  const stringData = mode.secret?.(cloud);
  await world.admin.create('Secret', { metadata, type: 'Opaque', stringData }, world.operatorNamespace);
  await world.cluster('main', { provider: mode.provider({ cloud, secret: world.name('key'), serviceAccount: '' }) });
}

/** The password in all of them, other than the former one, once each ServiceAccount has its entry. */
function soleLogin(
  { world }: Sky<AwsCloud>,
  namespaces: readonly string[],
  former: string | undefined,
): Promise<string> {
  return eventually(async () => {
    const secrets = (await world.admin.list('Secret')).filter(({ metadata }) => metadata.name === PULL_SECRET);
    const texts = new Set(secrets.map((secret) => JSON.stringify(secret['data'])));
    const accounts = (await world.admin.list('ServiceAccount')).filter((account) => 'imagePullSecrets' in account);
    const isWhole = secrets.length === namespaces.length && accounts.length >= namespaces.length && texts.size === 1;
    const [text] = texts;
    return isWhole && text !== former ? text : undefined;
  }, PATIENCE);
}

function refreshNow(): object {
  return { metadata: { annotations: { 'regcred.dev/refresh': '1' } } };
}

function namespaceOf(write: string): string | undefined {
  return write.split(' ').at(-1)?.split('/').at(-2);
}
