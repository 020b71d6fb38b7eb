// Runs every command of the documentation on a real API server, as a reader would, in the order of the page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../test/support/eventually.ts';
import { blocksOf, isObject, pastePage } from '../test/support/pages.ts';
import { sharedCluster } from './support/cluster.ts';
import type { Cluster } from './support/cluster.ts';
import { install } from './support/install.ts';
import { startOperator } from './support/operator.ts';
import type { Operator } from './support/operator.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Commands of the ```sh blocks, one a line (a trailing backslash joins lines), and whole objects of the ```yaml blocks. */
function commandsOf(page: string): readonly string[] {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```(sh|yaml)\n([\s\S]*?)```/g)].flatMap(([, kind, block = '']) =>
    kind === 'sh' ? linesOf(block) : applied(block),
  );
}

function linesOf(block: string): readonly string[] {
  const lines = block.replaceAll('\\\n', ' ').split('\n');
  return lines.map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Parts of objects explain a field: they can not be applied. */
function applied(block: string): readonly string[] {
  return block.startsWith('apiVersion:') ? [`kubectl apply -f - <<'EOF'\n${block}EOF`] : [];
}

/** Run by other suites: the demo and the bundle by npm test, the operator by startOperator() below. */
const ELSEWHERE = /^(npm ci|npm run (demo|check|e2e|dev|build|bench)|npm test|npm run -s regcred -- run )/;

/** The pages of the clouds, and the Secret that each makes in the operator's namespace. */
const PASTED = { ecr: 'ecr-key', gar: 'gar-puller', acr: 'acr-puller', icr: 'icr-puller', ocir: 'oci-puller' };
const PRETENDED = ['aws', 'az', 'gcloud', 'ibmcloud', 'oci', 'openssl', 'jq'];
/** Annotations of the operator's own ServiceAccount that those pages set. */
const IDENTITIES = [
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'azure.workload.identity/client-id',
  'azure.workload.identity/tenant-id',
];

/** kubectl refuses a second restart within a second; who pastes by hand is slower than that. */
const ONE_RESTART_A_SECOND = `kubectl() { case " $* " in *" rollout restart "*) sleep 1.1 ;; esac; command kubectl "$@"; }\n`;

describe('The commands of the documentation', () => {
  let cluster: Cluster;
  let operator: Operator;

  before(() => {
    cluster = sharedCluster();
  });
  beforeEach(async () => {
    await install(cluster);
    operator = await startOperator(cluster);
  });
  afterEach(async () => {
    if (process.env['TEST_VERBOSE']) console.log(operator.log());
    if (operator.isRunning()) await operator.stop();
    await install(cluster); // the README ends with an uninstallation
  });
  after(() => cluster.admin.close());

  /** The environment of a cluster-admin's shell. */
  function shell(): Readonly<Record<string, string | undefined>> {
    return {
      ...process.env,
      KUBECONFIG: cluster.kubeconfig(cluster.adminToken),
      PATH: [dirname(cluster.access.kubectl), dirname(process.execPath), process.env['PATH']].join(delimiter),
    };
  }

  /** True, so that it can be waited for. */
  function run(command: string, values: Readonly<Record<string, string>> = {}): true {
    const line = Object.entries(values).reduce(
      (text, [word, value]) => text.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), value),
      command,
    );
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8', env: shell() });
    assert.equal(status, 0, `${line}\n${stdout}${stderr}`);
    return true;
  }

  async function runAll(page: string, values: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const command of commandsOf(page).filter((line) => !ELSEWHERE.test(line))) {
      if (command.endsWith('cleanup')) {
        await operator.stop(); // here no Deployment runs that could be scaled down
        run(`${command} --yes`); // nobody is there to be asked
      } else if (/^(npm|kubectl).*\b(status|get|describe)\b/.test(command)) {
        await eventually(() => run(command, values), { timeoutMs: 30_000, everyMs: 500 });
      } else {
        run(command, values);
      }
    }
  }

  async function untilUninstalled(): Promise<void> {
    const paths = [
      '/api/v1/namespaces/regcred-system',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/registrycredentials.regcred.dev',
    ];
    await eventually(
      async () =>
        (await Promise.all(paths.map((path) => cluster.admin.get(path)))).every(({ status }) => status === 404),
      { timeoutMs: 60_000, everyMs: 200 },
    );
  }

  /** Other suites look at that namespace: the operator has cleaned up before it is stopped. */
  async function untilCleaned(): Promise<void> {
    const path = '/api/v1/namespaces/default/secrets/regcred-managed';
    await eventually(async () => (await cluster.admin.get(path)).status === 404, { timeoutMs: 60_000, everyMs: 200 });
  }

  it('README.md: installs, serves, and leaves nothing behind', async () => {
    const file = `${cluster.access.folder}/operator.kubeconfig`;
    await runAll('README.md', { FILE: file });

    const login = readFileSync(file, 'utf8');
    assert.match(login, /\bname: operator\n\s+user:\n\s+token: ey/);
    assert.ok(!login.includes(cluster.adminToken), 'the file of the operator holds the login of the admin');
    await untilUninstalled();
    const secret = await cluster.admin.get('/api/v1/namespaces/team-a/secrets/regcred-managed');
    assert.equal(secret.status, 404);
    await cluster.admin.delete('/api/v1/namespaces/team-a');
    await eventually(async () => (await cluster.admin.get('/api/v1/namespaces/team-a')).status === 404, {
      timeoutMs: 30_000,
    });
  });

  it('docs/operations.md: can be pasted', async () => {
    run('kubectl apply -f manifests/samples/static.yaml');
    run('kubectl create namespace docs-operations');

    await runAll('docs/operations.md', { NAME: 'public-logins', NAMESPACE: 'docs-operations' });

    run('kubectl delete clusterregistrycredential public-logins');
    await untilCleaned();
    run('kubectl -n regcred-system delete secret hub-and-ghcr');
    run('kubectl delete namespace docs-operations team-a');
  });

  it('docs/providers/static.md: can be pasted', async () => {
    run('kubectl create namespace team-a');
    run(
      `printf '{"auths":{"ghcr.io":{"username":"example","password":"example"}}}' > ${cluster.access.folder}/config.json`,
    );

    await runAll('docs/providers/static.md', { 'config.json': `${cluster.access.folder}/config.json` });

    run('kubectl delete namespace team-a');
    run('kubectl delete clusterregistrycredential public-logins');
    await untilCleaned();
    run('kubectl -n regcred-system delete secret hub hub-and-ghcr');
  });

  for (const [name, secret] of Object.entries(PASTED)) {
    it(`docs/providers/${name}.md: can be pasted, where the cloud's own command only pretends`, async () => {
      await operator.stop(); // it would ask that cloud
      const page = `docs/providers/${name}.md`;
      run('kubectl create namespace team-a');

      const { status, output } = pastePage(page, {
        pretended: PRETENDED,
        environment: shell(),
        prelude: ONE_RESTART_A_SECOND,
      });

      assert.equal(status, 0, output);
      for (const { text } of blocksOf(page).filter(isObject)) run(`kubectl delete -f - <<'EOF'\n${text}EOF`);
      run(`kubectl -n regcred-system delete secret ${secret}`);
      run(`kubectl -n regcred-system annotate serviceaccount regcred-operator ${IDENTITIES.join('- ')}-`);
      run('kubectl -n regcred-system delete deployment regcred-operator'); // install() makes it as it was
      run('kubectl delete namespace team-a');
    });
  }
});
