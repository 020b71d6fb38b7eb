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
import { readIssuer } from './support/published-issuer.ts';
import type { Vendor } from './support/sky.ts';
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

      await makeCredential(admin, provider);

      assert.deepEqual(await loginOf(admin, prefix), { username: 'me', password: 'pw' });

      assert.deepEqual(cloudPackages(run), []);
    }));

  issues(aws, ecrModes, ['@aws-sdk/client-ecr']);
  issues(google, garModes.filter(hasSecret), ['google-auth-library']);
  issues(azure, acrModes, ['@azure/identity']);
  issues(ibm, icrModes.filter(hasSecret), []);
  issues(oracle, ocirModes, []);

  /** The modes that need nothing of the process: keys in a Secret, and ServiceAccounts. */
  function issues<Cloud extends CloudServer>(
    vendor: Vendor<Cloud>,
    modes: readonly Mode<Cloud>[],
    expected: readonly string[],
  ): void {
    for (const mode of modes.filter((one) => one.kind === 'tenant' || hasSecret(one))) {
      it(`issues, and loads then what it needs: ${mode.title}`, () => playMode(vendor, mode, expected));
    }
  }

  async function playMode<Cloud extends CloudServer>(
    vendor: Vendor<Cloud>,
    mode: Mode<Cloud>,
    expected: readonly string[],
  ): Promise<void> {
    const target = await openSandbox();
    const admin = testAdmin(target.admin);
    const cloud = await vendor.start({
      issuer: await readIssuer(admin.raw),
      subject: () => SUBJECT,
      now: () => new Date(),
    });
    const registry = await startRegistry({ imitates: vendor.imitates, accepts: vendor.accepts(cloud) });
    const configuration = { endpoints: vendor.endpoints(cloud.url), registries: { [vendor.host]: registry.url } };
    try {
      await withOperator(
        async (scene) => {
          assert.deepEqual(cloudPackages(scene.run), []);
          await arrange(scene, mode, cloud);
          const { username, password } = await loginOf(admin, mode.prefix);

          assert.ok(vendor.accepts(cloud)(username, password), 'the cloud does not take it');
          assert.equal(cloud.calls.length, mode.calls);
          assert.deepEqual(ownersOf(cloudPackages(scene.run)), ownersOf(expected));
        },
        configuration,
        target,
      );
    } finally {
      await Promise.all([cloud.stop(), registry.stop()]);
    }
  }

  /** In `team`, or in the operator's namespace for all. */
  async function arrange<Cloud extends CloudServer>(
    { admin, namespace, target }: Scene,
    mode: Mode<Cloud>,
    cloud: Cloud,
  ): Promise<void> {
    const metadata = { name: 'key', labels: { 'regcred.dev/input': 'true' } };
    const stringData = mode.secret?.(cloud);
    if (stringData) await admin.create('Secret', { metadata, type: 'Opaque', stringData }, namespace);
    const provider = mode.provider({ secret: 'key', serviceAccount: 'puller', cloud });
    if (mode.kind === 'cluster') return makeCredential(admin, provider);
    const annotations = mode.annotations ?? {};
    await target.grantInputs('team');
    await admin.create('ServiceAccount', { metadata: { name: 'puller', annotations } }, 'team');
    await admin.create('RegistryCredential', { metadata: { name: 'main' }, spec: { provider } }, 'team');
  }

  interface Scene {
    readonly admin: TestAdmin;
    /** The operator's own. */
    readonly namespace: string;
    readonly target: Target;
    readonly run: BundleRun;
  }

  /** The process leads, and a namespace `team` is there. */
  async function withOperator(
    play: (scene: Scene) => Promise<void>,
    configuration: object = {},
    opened?: Target,
  ): Promise<void> {
    const target = opened ?? (await openSandbox());
    const admin = testAdmin(target.admin);
    const run = bundle.start('run', ...flags(target, configuration));
    try {
      await eventually(() => /leading|Leading/.test(run.log()), { timeoutMs: 30_000 });
      await admin.create('Namespace', { metadata: { name: 'team' } });
      await play({ admin, namespace: target.namespace, target, run });
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

const SUBJECT = 'system:serviceaccount:team:puller';

/** For the namespace `team`. */
async function makeCredential(admin: TestAdmin, provider: object): Promise<void> {
  const spec = { provider, namespaces: { names: ['team'] } };
  await admin.create('ClusterRegistryCredential', { metadata: { name: 'main' }, spec });
}

/** What a credential brought into `team`. */
function loginOf(admin: TestAdmin, prefix: string): Promise<{ readonly username: string; readonly password: string }> {
  return eventually(async () => authsOf((await admin.get('Secret', PULL_SECRET, 'team'))!)[prefix], {
    timeoutMs: 30_000,
  });
}

function hasSecret({ secret }: { readonly secret?: unknown }): boolean {
  return secret !== undefined;
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
