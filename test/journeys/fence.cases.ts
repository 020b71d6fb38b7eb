// Journeys of a fence that is taken away while the operator runs, and put back: it works on, and says so until it is there again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { regcred } from '../cli/io.ts';
import type { Ran } from '../cli/io.ts';
import { eventually } from '../support/eventually.ts';
import { attached, prepare } from '../support/steps.ts';
import type { Access, Body } from '../support/raw-client.ts';
import type { OpenTarget } from '../support/target.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const POLICY = `${ADMISSION}/validatingadmissionpolicies/regcred-operator-pull-secrets`;
const BINDING = `${ADMISSION}/validatingadmissionpolicybindings/regcred-operator-pull-secrets`;
const PERIOD_MS = 30 * 60_000;
const WARNING = 'The fence is missing';

export function describeFenceReport(open: OpenTarget): void {
  describe('a fence that is missing', () => {
    for (const [what, path] of [
      ['policy', POLICY],
      ['binding', BINDING],
    ] as const)
      it(`F141: without its ${what} it is reported, once as a warning; put back, the report ends by itself`, () =>
        playFence(open, {
          path,
          breach: (world) => world.admin.raw.delete(path),
          report: async (world) => {
            const absent = await status(world);
            assert.match(
              absent.out,
              /Fence: absent \(no ValidatingAdmissionPolicy(Binding)? "regcred-operator-pull-secrets"/,
            );
            assert.notEqual(absent.code, 0);
          },
        }));

    it('F141: around another user it is reported too, with what to do; mended, the report ends by itself', () =>
      playFence(open, {
        path: POLICY,
        breach: putElsewhere,
        report: async (world) => {
          const absent = await status(world);
          assert.match(
            absent.out,
            /Fence: absent \(.* is around user "system:serviceaccount:elsewhere:regcred-operator"/,
          );
          assert.match(absent.out, /--namespace=elsewhere; else .* kubectl apply -k manifests$/m);
          assert.notEqual(absent.code, 0);
        },
      }));
  });
}

async function putElsewhere({ admin, operatorNamespace }: World): Promise<void> {
  const { text } = await admin.raw.get(POLICY);
  const elsewhere = text.replaceAll(
    `system:serviceaccount:${operatorNamespace}:regcred-operator`,
    'system:serviceaccount:elsewhere:regcred-operator',
  );
  const { code, text: answer } = await admin.raw.put(POLICY, JSON.parse(elsewhere));
  assert.equal(code, 200, answer);
}

interface Breach {
  /** Of the object that is put back as it was. */
  readonly path: string;
  readonly breach: (world: World) => Promise<unknown>;
  /** What else tells of it. */
  readonly report: (world: World) => Promise<void>;
}

function playFence(open: OpenTarget, { path, breach, report }: Breach): Promise<void> {
  return inWorld(open, { flags: { healthAddress: '127.0.0.1:0' } }, async (world) => {
    await prepare(world);
    const first = await world.namespace('a');
    const { health = '' } = (await world.start()).addresses();
    await attached(world, first);
    await untilReported(world, health, true);
    const told = (await warningsOf(world)).map(nameOf);
    const original = (await world.admin.raw.get(path)).body;
    try {
      await breach(world);
      await untilReported(world, health, false);
      await report(world);
      const event = await eventually(
        async () => {
          await world.passes(PERIOD_MS);
          const [warning] = (await newWarnings(world, told)) ?? [];
          return (seriesOf(warning)?.count ?? 1) >= 4 && warning;
        },
        { timeoutMs: 20_000 },
      );
      assert.equal(world.logs().split(WARNING).length - 1, 1);
      assert.equal(event['type'], 'Warning');
      assert.deepEqual(
        [event.metadata.namespace, regardedBy(event)],
        [world.operatorNamespace, world.operatorNamespace],
      );
      await attached(world, await world.namespace('b')); // it works on
    } finally {
      await putBack(world, path, original);
    }
    await untilReported(world, health, true);
    assert.match((await status(world)).out, /Fence: present/);
    assert.equal((await newWarnings(world, told))?.length, 1);
  });
}

/** The Events that tell of it; a cluster may keep those of other journeys. */
async function warningsOf({ admin }: World): Promise<readonly Body[]> {
  return (await admin.list('Event')).filter((event) => event['reason'] === 'FenceMissing');
}

/** Undefined: none yet. */
async function newWarnings(world: World, told: readonly string[]): Promise<readonly Body[] | undefined> {
  const news = (await warningsOf(world)).filter((event) => !told.includes(nameOf(event)));
  return news.length === 0 ? undefined : news;
}

function nameOf({ metadata }: Body): string {
  return metadata.name;
}

function seriesOf(event: Body | undefined): { readonly count: number } | undefined {
  return event?.['series'] as { readonly count: number } | undefined;
}

function regardedBy(event: Body): string {
  return (event['regarding'] as { readonly name: string }).name;
}

/** By the details of readiness and the metric. Time that ran on would end a look that is under way. */
async function untilReported(world: World, health: string, isPresent: boolean): Promise<void> {
  const isReported = async (): Promise<boolean> => {
    const answer = await fetch(`http://${health}/readyz?verbose`);
    const details = await answer.text();
    assert.equal(answer.status, 200, details);
    assert.equal(!details.includes('the fence (admission policies) is missing'), isPresent, details);
    assert.match(await world.metrics(), isPresent ? /^regcred_fence_present 1$/m : /^regcred_fence_present 0$/m);
    return true;
  };
  // a policy takes effect some time after its write
  await eventually(
    async () => {
      await world.passes(PERIOD_MS);
      return eventually(isReported, { timeoutMs: 2000, everyMs: 50 });
    },
    { timeoutMs: 20_000 },
  );
}

async function putBack(
  { admin }: World,
  path: string,
  { apiVersion, kind, metadata: { name }, ...rest }: Body,
): Promise<void> {
  const object = { apiVersion, kind, metadata: { name }, spec: rest['spec'] };
  await admin.raw.delete(path);
  const { code, text } = await admin.raw.post(path.slice(0, path.lastIndexOf('/')), object);
  assert.equal(code, 201, text);
}

/** `regcred status` of an admin. */
async function status({ admin, operatorNamespace }: World): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'regcred-test-'));
  const file = join(folder, 'config');
  writeFileSync(file, kubeconfigOf(admin.raw.access), { mode: 0o600 });
  const ran = await regcred(['status', `--kubeconfig=${file}`, `--namespace=${operatorNamespace}`]);
  rmSync(folder, { recursive: true });
  return ran;
}

/** JSON is YAML. */
function kubeconfigOf({ url, ca = '', token = '' }: Access): string {
  const authority = ca === '' ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
