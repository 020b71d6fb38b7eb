// The bundle at work: what it loads and when, and that each provider issues from it. Splitting turns an import of a CommonJS
// package into its default alone, which shows nowhere but here.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudServer } from '../src/sandbox/cloud/cloud-server.ts';
import { startRegistry } from '../src/sandbox/cloud/registry.ts';
import { writeKubeconfig } from './cli/cluster.ts';
import { acrModes, azure } from './journeys/clouds/azure.ts';
import { aws, ecrModes } from './journeys/clouds/aws.ts';
import { garModes, google } from './journeys/clouds/google.ts';
import { ibm, icrModes } from './journeys/clouds/ibm.ts';
import { ocirModes, oracle } from './journeys/clouds/oracle.ts';
import type { Mode } from './journeys/clouds/mode.ts';
import { makeBundle } from './support/bundle.ts';
import type { BundleRun, TestBundle } from './support/bundle.ts';
import { eventually } from './support/eventually.ts';
import { testAdmin } from './support/sandbox-harness.ts';
import type { TestAdmin } from './support/sandbox-harness.ts';
import type { Ground, Vendor } from './support/sky.ts';
import { openSandbox } from './support/target.ts';
import type { Target } from './support/target.ts';
import { authsOf, PULL_SECRET, sourceBody } from './support/world.ts';

/** What no start may load: the clouds' packages. */
const CLOUDS = /^(@aws-sdk|@aws|@smithy|@azure|@typespec|google-auth-library|gaxios)\b/;

describe('The bundle at work', function () {
  this.timeout(60_000);
  let bundle: TestBundle;
  before(async () => {
    bundle = await makeBundle();
  });
  after(() => bundle.remove());

  it('loads commander and nothing else for --help', async () => {
    const help = bundle.start('--help');

    assert.equal(await help.ended, 0);
    assert.deepEqual(help.packages(), ['commander']);
  });

  it('loads no package of a cloud at the start of the operator, nor for a login that needs none', () =>
    withOperator(async ({ admin, namespace, run }) => {
      const prefix = 'registry.example.com';
      await admin.create('Secret', sourceBody('login', { [prefix]: { username: 'me', password: 'pw' } }), namespace);
      const provider = { static: { auth: { dockerConfig: { secretRef: { name: 'login' } } } } };

      assert.deepEqual(await issued(admin, provider, prefix), { username: 'me', password: 'pw' });

      assert.deepEqual(cloudPackages(run), []);
    }));

  issues(aws, ecrModes, ['@aws-sdk/client-ecr']);
  issues(google, garModes, ['google-auth-library']);
  issues(azure, acrModes, ['@azure/identity']);
  issues(ibm, icrModes, []);
  issues(oracle, ocirModes, []);

  /** By the key in a Secret: there the package does all the work that it does. */
  function issues<Cloud extends CloudServer>(
    vendor: Vendor<Cloud>,
    modes: readonly Mode<Cloud>[],
    expected: readonly string[],
  ): void {
    const mode = modes.find(({ secret }) => secret !== undefined)!;
    it(`issues, and loads then what it needs: ${mode.title}`, async () => {
      const cloud = await vendor.start(GROUND);
      const registry = await startRegistry({ imitates: vendor.imitates, accepts: vendor.accepts(cloud) });
      const configuration = { endpoints: vendor.endpoints(cloud.url), registries: { [vendor.host]: registry.url } };
      try {
        await withOperator(async ({ admin, namespace, run }) => {
          assert.deepEqual(cloudPackages(run), []);
          const metadata = { name: 'key', labels: { 'regcred.dev/input': 'true' } };
          await admin.create('Secret', { metadata, type: 'Opaque', stringData: mode.secret?.(cloud) }, namespace);
          const provider = mode.provider({ secret: 'key', serviceAccount: 'none', cloud });

          const { username, password } = await issued(admin, provider, mode.prefix);

          assert.ok(vendor.accepts(cloud)(username, password), 'the cloud does not take it');
          assert.equal(cloud.calls.length, mode.calls);
          assert.deepEqual(ownersOf(cloudPackages(run)), ownersOf(expected));
          assert.ok(expected.every((name) => cloudPackages(run).includes(name)));
        }, configuration);
      } finally {
        await Promise.all([cloud.stop(), registry.stop()]);
      }
    });
  }

  interface Scene {
    readonly admin: TestAdmin;
    /** The operator's own. */
    readonly namespace: string;
    readonly run: BundleRun;
  }

  /** The process leads, and a namespace `team` is there. */
  async function withOperator(play: (scene: Scene) => Promise<void>, configuration: object = {}): Promise<void> {
    const target = await openSandbox();
    const admin = testAdmin(target.admin);
    const run = bundle.start('run', ...flags(target, configuration));
    try {
      await eventually(() => /leading|Leading/.test(run.log()), { timeoutMs: 30_000 });
      await admin.create('Namespace', { metadata: { name: 'team' } });
      await play({ admin, namespace: target.namespace, run });
      assert.equal(await run.stop(), 0, run.log());
    } finally {
      await run.stop();
      admin.close();
      await target.stop();
    }
  }

  function flags({ operator, namespace }: Target, configuration: object): readonly string[] {
    const file = join(bundle.folder, 'config.json'); // JSON is YAML
    writeFileSync(file, JSON.stringify(configuration));
    const kubeconfig = writeKubeconfig(bundle.folder, operator.url, operator.token ?? '');
    const off = ['--metrics-address=0', '--health-address=0'];
    return [`--kubeconfig=${kubeconfig}`, `--config=${file}`, `--namespace=${namespace}`, ...off];
  }
});

/** These modes ask for no ServiceAccount's token, and the process has the time of the machine. */
const GROUND: Ground = {
  issuer: { url: '', verify: () => ({ ok: false, problem: 'issuer' }) },
  subject: () => 'nobody',
  now: () => new Date(),
};

/** The login that a credential for all namespaces brings into `team`. */
async function issued(
  admin: TestAdmin,
  provider: object,
  prefix: string,
): Promise<{ readonly username: string; readonly password: string }> {
  const spec = { provider, namespaces: { names: ['team'] } };
  await admin.create('ClusterRegistryCredential', { metadata: { name: 'main' }, spec });
  return eventually(async () => authsOf((await admin.get('Secret', PULL_SECRET, 'team'))!)[prefix], {
    timeoutMs: 30_000,
  });
}

function cloudPackages(run: BundleRun): readonly string[] {
  return run.packages().filter((name) => CLOUDS.test(name));
}

/** The clouds behind packages. */
function ownersOf(packages: readonly string[]): readonly string[] {
  const owners = packages.map((name) =>
    /aws|smithy/.test(name) ? 'aws' : /azure|typespec/.test(name) ? 'azure' : 'google',
  );
  return [...new Set(owners)];
}
