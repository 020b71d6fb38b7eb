// The process around the commands: exit codes, signals, a pipe that closes, a bug that nobody caught.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RESOURCE } from '../src/api/names.ts';
import { eventually } from './support/eventually.ts';
import { startCluster } from './cli/cluster.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

function start(words: readonly string[], nodeOptions: readonly string[] = []): Running {
  const child = spawn(process.execPath, [...nodeOptions, MAIN, ...words]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended };
}

describe('the process', () => {
  it('prints the help and exits 0, and a mistake in one line and exits 2', async () => {
    const help = await start(['--help']).ended;
    const mistake = await start(['stauts']).ended;

    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: regcred /);
    assert.equal(mistake.code, 2);
    assert.match(mistake.err, /^[^\n]+\n$/);
  });

  it('loads no package of a command for --help', async () => {
    const listing =
      'data:text/javascript,import{registerHooks as h}from"node:module";h({resolve(s,c,n){const r=n(s,c);process.stderr.write(r.url+"\\n");return r}})';

    const { err } = await start(['--help'], ['--import', listing]).ended;

    assert.match(err, /commander/);
    assert.doesNotMatch(
      err,
      /winston|prom-client|client-node|ajv|node_modules\/yaml|src\/kube|src\/reconcile|src\/sandbox/,
    );
  });

  it('F254: ends quietly when nobody reads its output any more', async () => {
    const { child, ended } = start(['demo']);
    await once(child.stdout, 'data');
    child.stdout.destroy();

    const { code, err } = await ended;

    assert.equal(err, '');
    assert.notEqual(code, null);
  });

  it('shows of a rejection that nobody handled its class and place, not its value, and exits 1', async () => {
    const bug = 'data:text/javascript,setTimeout(()=>Promise.reject(new RangeError("CAN"+"ARY")),400)';
    const cluster = await startCluster();

    const { code, err } = await start(
      [
        'run',
        '--kubeconfig',
        cluster.kubeconfig(),
        '--metrics-address',
        '0',
        '--health-address',
        '0',
        '--log-level',
        'error',
      ],
      ['--import', bug],
    ).ended;
    await cluster.stop();

    assert.equal(code, 1);
    assert.match(err, /^regcred: unhandled rejection \(RangeError [^\n]*\); this is a bug, please report it$/m);
    assert.doesNotMatch(err, /CANARY/);
  });

  it('stops the operator at SIGTERM: the Lease is free, exit code 0', async () => {
    const cluster = await startCluster();
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
    const holder = async (): Promise<string | undefined> => {
      const { body } = await cluster.get(RESOURCE.leases, 'regcred-system', 'regcred-operator');
      return (body as { spec?: { holderIdentity?: string } }).spec?.holderIdentity;
    };
    const { child, ended } = start([
      'run',
      '--kubeconfig',
      cluster.kubeconfig(),
      '--metrics-address',
      '0',
      '--health-address',
      '0',
    ]);
    await eventually(async () => ((await holder()) ?? '') !== '', { timeoutMs: 25_000 });

    child.kill('SIGTERM');
    const { code } = await ended;

    assert.equal(code, 0);
    assert.equal((await holder()) ?? '', '');
    await cluster.stop();
  });
});
