// Keeps the map true: who may import what, the mirror of src/ in test/, complete plug-ins, the traps that a tool can see.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('src/**/*.ts', { cwd: root }).sort();

interface Import {
  readonly from: string;
  /** A path such as "src/lib/clock.ts", a package, or "node:...". */
  readonly to: string;
  readonly isType: boolean;
  readonly isLazy: boolean;
}

function importsOf(from: string): readonly Import[] {
  const text = readFileSync(join(root, from), 'utf8');
  const statics = [...text.matchAll(/^(?:import|export)\s(type\s)?(?:[^'";]*?\sfrom\s)?'([^']+)';/gm)];
  const lazy = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  const resolve = (to: string): string => (to.startsWith('.') ? normalize(join(dirname(from), to)) : to);
  return [
    ...statics.map(([, type, to = '']) => ({ from, to: resolve(to), isType: type !== undefined, isLazy: false })),
    ...lazy.map(([, to = '']) => ({ from, to: resolve(to), isType: false, isLazy: true })),
  ];
}

interface Rule {
  /** Files of src/ that the rule is for; the first rule that fits counts. */
  readonly files: RegExp;
  /** What may be imported from src/; `types` as types only. */
  readonly may: RegExp;
  readonly types?: RegExp;
  readonly packages?: readonly string[];
}

/** The import table. Arrows point from main to api: providers do not know Kubernetes, the engine does not know credentials. */
const TABLE: readonly Rule[] = [
  { files: /^src\/api\//, may: /^src\/api\// },
  { files: /^src\/lib\/logger\.ts/, may: /^src\/lib\//, packages: ['winston'] },
  { files: /^src\/lib\/(http|tunnel)\.ts/, may: /^src\/lib\//, packages: ['undici'] },
  { files: /^src\/kube\/(connections|connection-pool|wire)\.ts/, may: /^src\/(api|lib|kube)\//, packages: ['undici'] },
  { files: /^src\/lib\/metrics\.ts/, may: /^src\/lib\//, packages: ['prom-client'] },
  { files: /^src\/lib\/yaml\.ts/, may: /^src\/lib\//, packages: ['yaml'] },
  { files: /^src\/lib\/crd-validation\.ts/, may: /^src\/lib\//, packages: ['ajv', '@marcbachmann/cel-js'] },
  { files: /^src\/lib\/structural-schema\.ts|^src\/lib\/schema-errors\.ts/, may: /^src\/lib\//, packages: ['ajv'] },
  { files: /^src\/lib\//, may: /^src\/lib\// },
  { files: /^src\/providers\/index\.ts/, may: /^src\/(providers\/[^/]+\.ts|providers\/[^/]+\/index\.ts|api\/)/ },
  {
    files: /^src\/providers\/ecr\/sdk\.ts/,
    may: /^src\/(providers\/ecr|lib)\//,
    packages: ['@aws-sdk/client-ecr', '@aws-sdk/client-ecr-public', '@aws-sdk/credential-providers'],
  },
  {
    files: /^src\/providers\/gar\/sdk\.ts/,
    may: /^src\/(providers\/|api\/|lib\/)/,
    packages: ['google-auth-library'],
  },
  {
    files: /^src\/providers\/acr\/sdk\.ts/,
    may: /^src\/(providers\/|api\/|lib\/)/,
    packages: ['@azure/identity'],
  },
  { files: /^src\/providers\//, may: /^src\/(providers\/|api\/|lib\/)/ },
  { files: /^src\/kube\/kubeconfig-sdk\.ts/, may: /^src\/(kube|api|lib)\//, packages: ['@kubernetes/client-node'] },
  { files: /^src\/kube\//, may: /^src\/(kube|api|lib)\// },
  { files: /^src\/controller\//, may: /^src\/(controller|lib)\//, types: /^src\/kube\/client\.ts/ },
  // kube/client.ts is a port without implementation: its KubeError may be recognised, nothing else of kube/ is called but
  // kube/token-request.ts, a function over that port
  {
    files: /^src\/reconcile\/credential\//,
    may: /^src\/(reconcile\/(credential\/|[^/]+\.ts)|api\/|lib\/|kube\/(client|token-request)\.ts)/,
    types: /^src\/(kube|controller|verification|providers)\//,
  },
  {
    files: /^src\/reconcile\/namespace\//,
    may: /^src\/(reconcile\/(namespace\/|[^/]+\.ts)|api\/|lib\/|kube\/client\.ts)/,
    types: /^src\/(kube|controller|verification|providers)\//,
  },
  {
    files: /^src\/reconcile\//,
    may: /^src\/(reconcile\/[^/]+\.ts|api\/|lib\/|controller\/result\.ts)/,
    types: /^src\/(kube|controller|verification|providers)\//,
  },
  { files: /^src\/operator-config\.ts/, may: /^src\/(api\/|lib\/|config\.ts|providers\/endpoints\.ts)/ },
  { files: /^src\/config\.ts/, may: /^src\/(api|lib)\// },
  { files: /^src\/verification\//, may: /^src\/(verification|api|lib)\//, types: /^src\/providers\/provider\.ts/ },
  {
    files: /^src\/(operator|watched|credential-ports|lifecycle|probes|fence-watch|outside|permitted-providers)\.ts/,
    may: /^src\/(?!cli\/|sandbox\/|main\.ts)/,
  },
  { files: /^src\/sandbox\//, may: /^src\/(sandbox|api|lib)\//, types: /^src\/config\.ts/ },
  { files: /^src\/cli\/program\.ts/, may: /^src\/(cli\/|config\.ts|lib\/|api\/)/, packages: ['commander'] },
  { files: /^src\/cli\/demo/, may: /^src\/(?!main\.ts)/ },
  { files: /^src\/cli\//, may: /^src\/(?!main\.ts|sandbox\/)/ },
  { files: /^src\/main\.ts/, may: /^src\/(cli\/|lib\/)/ },
];

const NETWORK = ['node:http', 'node:https', 'node:net', 'node:tls'];
const MAY_CALL_OUT = /^src\/(kube\/|lib\/(http|tunnel|proxy|addresses)\.ts|lib\/health\.ts|sandbox\/)/;

/** Files without a test of their own, each with its reason. */
const WITHOUT_TEST: Readonly<Record<string, string>> = {
  'src/operator.ts': 'the wiring; every journey runs it',
  'src/watched.ts': 'the wiring of stores and reflectors; every journey runs it',
  'src/credential-ports.ts': 'the wiring of the credential story; every journey runs it',
  'src/lifecycle.ts': 'the order of start and end; every journey runs it, those of process life look at it',
  'src/outside.ts': 'the wiring of clients and verifier; the journeys of clouds and verification use it',
  'src/probes.ts': 'the wiring of probes; test/cli and the journeys ask them',
  'src/api/names.ts': 'names only',
  'src/api/permitted-names.ts': 'one comparison, tested with the configuration and the journeys',
  'src/api/registry-credential.ts': 'generated types',
  'src/lib/undici-parts.d.ts': 'types',
  'src/lib/call-error.ts': 'one class; the tests of what throws it look at it',
  'src/lib/metrics-port.ts': 'types, and a double that does nothing',
  'src/controller/result.ts': 'types and two constants',
  'src/reconcile/ports.ts': 'types',
  'src/reconcile/namespace/ports.ts': 'types',
  'src/reconcile/credential/status-facts.ts': 'types',
  'src/reconcile/credential/ports.ts': 'types',
  'src/reconcile/credential/story.ts': 'the order of tested steps; the journeys of credentials tell it whole',
  'src/providers/provider.ts': 'types',
  'src/providers/endpoints.ts': 'types',
  'src/kube/token-request.ts': 'one request; the journeys of consent make it on the API server',
  'src/reconcile/credential/verify.ts': 'calls the verifier; the journeys of clouds run it',
  'src/reconcile/namespace/story.ts': 'the steps in order; every journey runs it',
  'src/reconcile/namespace/converge.ts': 'talks to the API server; the journeys of conflicts and graces run it',
  'src/reconcile/namespace/situation.ts': 'gathers from stores; the journeys run it',
  'src/kube/kubeconfig-sdk.ts': 'the import of client-node; kubeconfig.test.ts covers it',
};

describe('architecture', () => {
  it('imports only what the table allows', () => {
    const broken = sources.flatMap(importsOf).filter((one) => !isAllowed(one));

    assert.deepEqual(
      broken.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  it('leaves the network to few files', () => {
    const broken = sources
      .flatMap(importsOf)
      .filter(({ from, to }) => NETWORK.includes(to) && !MAY_CALL_OUT.test(from));

    assert.deepEqual(
      broken.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  it('mirrors src/ in test/', () => {
    const missing = sources.filter(
      (file) => !hasTest(file) && !Object.hasOwn(WITHOUT_TEST, file) && !isSharedTest(file),
    );
    const stale = Object.keys(WITHOUT_TEST).filter((file) => !sources.includes(file));

    assert.deepEqual({ missing, stale }, { missing: [], stale: [] });
  });

  it('lets few files reveal a secret', () => {
    const allowed =
      /^src\/(lib\/(docker-config|sensitive)\.ts|providers\/|sandbox\/|verification\/|reconcile\/credential\/(inputs|issue|examine|saved-tokens)\.ts)/;
    const broken = sources.filter(
      (file) => readFileSync(join(root, file), 'utf8').includes('.reveal()') && !allowed.test(file),
    );

    assert.deepEqual(broken, []);
  });

  it('never turns a write into an upsert: no server-side apply, no strategic merge, PUT for the Lease alone', () => {
    const kube = sources.filter((file) => file.startsWith('src/kube/') || file.startsWith('src/reconcile/'));
    const text = kube.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');

    assert.doesNotMatch(text, /apply-patch|strategic-merge-patch|json-patch/);
    const replacing = sources.filter((file) => /\.replace\(ref\b/.test(readFileSync(join(root, file), 'utf8')));
    assert.deepEqual(replacing, ['src/controller/leader-election.ts']);
  });

  it('has one sample and one page for each provider that has code', () => {
    const providers = globSync('src/providers/*', { cwd: root })
      .map((path) => path.replace(/^src\/providers\//, '').replace(/\.ts$/, ''))
      .filter((name) => !['index', 'provider', 'endpoints', 'answers', 'bind'].includes(name));

    for (const name of providers) {
      assert.ok(existsSync(join(root, `manifests/samples/${name}.yaml`)), `no sample for ${name}`);
      assert.ok(existsSync(join(root, `docs/providers/${name}.md`)), `no page for ${name}`);
    }
  });

  it('has every file of the reading order in README.md', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const order = readme.slice(
      readme.indexOf('## Reading order'),
      readme.indexOf('\n## ', readme.indexOf('## Reading order') + 5),
    );
    const paths = [...order.matchAll(/`([\w./-]+\.(?:ts|yaml|md))`/g)].map(([, path = '']) => path);

    assert.ok(paths.length >= 10, 'a reading order of ten files or more');
    for (const path of paths) assert.ok(existsSync(join(root, path)), `${path} is missing`);
  });
});

function isAllowed({ from, to, isType }: Import): boolean {
  const rule = TABLE.find(({ files }) => files.test(from));
  if (!rule || to.startsWith('node:')) return rule !== undefined;
  if (!to.startsWith('src/'))
    return rule.packages?.some((name) => to === name || to.startsWith(`${name}/lib/`)) ?? false;
  return rule.may.test(to) || (isType && (rule.types?.test(to) ?? false));
}

function hasTest(file: string): boolean {
  return existsSync(join(root, file.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')));
}

/** Parts of the sandbox are held by the contract suite, on both API servers; parts of a provider by the provider's test. */
function isSharedTest(file: string): boolean {
  return (
    file.startsWith('src/sandbox/') || /^src\/providers\/[^/]+\/[^/]+\.ts$/.test(file) || file === 'src/api/schemas.ts'
  );
}
