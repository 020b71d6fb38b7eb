// A registry that asks for a password, with one small image in it.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/control-plane.ts';
import { startDaemon, untilReady } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

export interface Registry {
  /** HOST:PORT on loopback, where containerd takes plain http. */
  readonly host: string;
  /** An image that sleeps. */
  readonly image: string;
  readonly username: string;
  password: string;
  /** The same image as an archive for the runtime's own store, under the name of `SANDBOX_IMAGE`. */
  readonly sandboxArchive: string;
  /** From now on only this password is taken. */
  rotate(): Promise<string>;
  /** The kubelet's way of writing a login. */
  dockerConfig(): string;
  stop(): Promise<void>;
}

/** The container that holds a Pod's namespaces; never pulled. */
export const SANDBOX_IMAGE = 'localhost/sandbox:1';

const USERNAME = 'puller';

/** Starts it in `folder` and pushes the image. */
export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const password = randomUUID();
  let daemon = await serve(folder, host, password);
  const archive = makeImage(folder);
  run(
    'skopeo',
    'copy',
    '--quiet',
    '--dest-tls-verify=false',
    `--dest-creds=${USERNAME}:${password}`,
    ...pushOf(folder, host),
  );
  const registry: Registry = {
    host,
    image: `${host}/team/app:1`,
    username: USERNAME,
    password,
    sandboxArchive: archive,
    rotate: async () => {
      await daemon.stop();
      registry.password = randomUUID();
      daemon = await serve(folder, host, registry.password);
      return registry.password;
    },
    dockerConfig: () => dockerConfig(host, registry.password),
    stop: async () => {
      await daemon.stop();
    },
  };
  return registry;
}

async function serve(folder: string, host: string, password: string): Promise<Daemon> {
  const [config, users] = [join(folder, 'config.json'), join(folder, 'htpasswd')];
  writeFileSync(users, run('htpasswd', '-Bbn', USERNAME, password), { mode: 0o600 });
  const settings = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'blobs') } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'e2e', path: users } },
  };
  writeFileSync(config, JSON.stringify(settings)); // JSON is YAML
  const daemon = startDaemon('docker-registry', ['docker-registry', 'serve', config], { logFile: join(folder, 'log') });
  await untilReady(daemon, async () => (await fetch(`http://${host}/v2/`)).status === 401);
  return daemon;
}

function makeImage(folder: string): string {
  const [layout, archive] = [join(folder, 'image'), join(folder, 'sandbox.tar')];
  const busybox = run('sh', '-c', 'command -v busybox').trim();
  run('umoci', 'init', '--layout', layout);
  run('umoci', 'new', '--image', `${layout}:1`);
  run('umoci', 'insert', '--image', `${layout}:1`, busybox, '/bin/busybox');
  run(
    'umoci',
    'config',
    '--image',
    `${layout}:1`,
    '--config.entrypoint',
    '/bin/busybox',
    ...command('sleep', '1000000'),
  );
  run('skopeo', 'copy', '--quiet', `oci:${layout}:1`, `docker-archive:${archive}:${SANDBOX_IMAGE}`);
  return archive;
}

function command(...words: readonly string[]): string[] {
  return words.flatMap((word) => ['--config.cmd', word]);
}

function pushOf(folder: string, host: string): [string, string] {
  return [`oci:${join(folder, 'image')}:1`, `docker://${host}/team/app:1`];
}

function dockerConfig(host: string, password: string): string {
  const auth = Buffer.from(`${USERNAME}:${password}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { username: USERNAME, password, auth } } });
}

function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ended with ${String(status)}: ${error?.message ?? stderr}`);
}
