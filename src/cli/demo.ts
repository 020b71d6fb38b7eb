// `regcred demo`: the whole operator against an embedded API server and registry, in this process. Every step is proven by a
// pull; an expectation that does not come true ends it with exit code 1.
import { readConfig } from '../config.ts';
import type { ClusterConfig } from '../kube/cluster-config.ts';
import { createLogger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createOperator } from '../operator.ts';
import { defaultInstall } from '../sandbox/default-install.ts';
import { pull } from '../sandbox/kubelet.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { movableClock } from './demo-clock.ts';
import type { MovableClock } from './demo-clock.ts';
import { startDemoCloud } from './demo-cloud.ts';
import type { DemoCloud } from './demo-cloud.ts';
import { DEMO, DEMO_CLOUD } from './demo-expect.ts';
import { steps } from './demo-steps.ts';
import type { Step } from './demo-steps.ts';
import { createStage, ExpectationError } from './demo-world.ts';
import type { World } from './demo-world.ts';
import { reportFailures } from './failures.ts';
import { EXIT } from './io.ts';
import type { Io } from './io.ts';
import type { Flags } from './program.ts';

// Not waited for as long as by default, so that the deletion at the end is no test of patience.
const DELETION_GRACE = '1s';
const INTRODUCTION = `The operator, an API server, a private registry and a cloud, all in this process. Each ✓ was looked up;
each pull is a real one: the Secrets of the namespace, by the kubelet's rules, against the registry.
`;

/** Exit code: 0 all came true, 1 something did not. */
export async function demo(_flags: Flags, io: Io, story: readonly Step[] = steps): Promise<number> {
  return reportFailures(io, async () => {
    const sandbox = await startSandbox({ operatorNamespace: DEMO.operatorNamespace });
    const clock = movableClock(io.clock);
    const cloud = await startDemoCloud(() => clock.now());
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, io.stopSignal()]);
    const operator = runOperator({ sandbox, cloud, clock }, io, signal);
    try {
      return await tell(story, worldOf({ sandbox, cloud, clock }, operator), io);
    } finally {
      stop.abort();
      await operator.ended;
      await Promise.all([sandbox.stop(), cloud.stop()]);
    }
  });
}

async function tell(story: readonly Step[], world: World, io: Io): Promise<number> {
  const print = (line: string): void => io.out(`${line}\n`);
  const stage = createStage(world, { clock: io.clock, print, signal: io.stopSignal() });
  const startMs = io.clock.monotonicMs();
  print(INTRODUCTION);
  for (const [index, { title, play }] of story.entries()) {
    print(`${index + 1}. ${title}`);
    try {
      await play(stage);
    } catch (thrown) {
      if (!(thrown instanceof ExpectationError)) throw thrown;
      print(`   ✗ ${thrown.message}`);
      return EXIT.failed;
    }
    print('');
  }
  const seconds = ((io.clock.monotonicMs() - startMs) / 1000).toFixed(1);
  print(`All ${story.length} steps came true in ${seconds} s. In a cluster: kubectl apply -k manifests`);
  return EXIT.ok;
}

interface Setting {
  readonly sandbox: Sandbox;
  readonly cloud: DemoCloud;
  readonly clock: MovableClock;
}

interface RunningOperator {
  readonly ended: Promise<unknown>;
  readonly end: () => string | undefined;
}

function runOperator({ sandbox, cloud, clock }: Setting, io: Io, signal: AbortSignal): RunningOperator {
  // alone, and hours pass at once: no Lease outlives that
  const flags = { namespace: DEMO.operatorNamespace, deletionGrace: DELETION_GRACE, leaderElect: 'false' };
  const config = readConfig({ ...flags, metricsAddress: '0', healthAddress: '0' }, {});
  const logger = createLogger({ level: 'error', format: 'text', write: io.err });
  const cluster = clusterOf(sandbox);
  const { operatorConfig } = cloud;
  const operator = createOperator({ config, cluster, clock, logger, metrics: createMetrics(), operatorConfig });
  let end: string | undefined;
  const ended = operator.run(signal).then(
    (code) => (end = `the operator ended (exit code ${code})`),
    (thrown: unknown) => {
      end = 'the operator failed';
      throw thrown;
    },
  );
  ended.catch(() => undefined); // told by whoever waits for it
  return { ended, end: () => end };
}

function clusterOf({ operator: { url, token, namespace } }: Sandbox): ClusterConfig {
  const credentials = { headers: { Authorization: `Bearer ${token}` }, tls: {} };
  return { server: new URL(url), credentials: () => Promise.resolve(credentials), namespace };
}

function worldOf({ sandbox, cloud, clock }: Setting, operator: RunningOperator): World {
  const { admin, adminAccess, registry } = sandbox;
  const registries = { [DEMO.registry]: registry, [DEMO_CLOUD.host]: cloud.registry };
  return {
    ...admin,
    pull: (namespace, image) => pull({ apiServer: adminAccess, namespace, image, registries }),
    pass: (ms) => clock.advance(ms),
    setOutage: (isDown) => cloud.setOutage(isDown),
    setPassword: (username, password) => registry.setPassword(username, password),
    allowInputs: (namespace) => bindInputs(sandbox, namespace),
    operatorEnd: operator.end,
  };
}

/** The ClusterRole regcred-operator-inputs, bound in one namespace. */
function bindInputs({ apiServer, operator }: Sandbox, namespace: string): void {
  const { userName, rules } = defaultInstall({ operatorNamespace: operator.namespace });
  const inputs = { apiGroups: [''], resources: ['secrets'], verbs: ['get'], namespaces: [namespace] };
  apiServer.addUser({ token: operator.token, name: userName, rules: [...rules, inputs] });
}
