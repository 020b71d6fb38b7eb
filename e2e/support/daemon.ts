// Starts long-running programs so that none outlives the tests, however these end.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from '../../test/support/eventually.ts';

/**
 * Runs "$@" and ends it when its own standard input closes: that happens when the parent dies, even by SIGKILL.
 * Background jobs of a shell read /dev/null, hence descriptor 3.
 */
const GUARD = `
exec 3<&0 </dev/null
"$@" 3<&- 4>&- &
child=$!
echo "$child" >&4
exec 4>&-
trap 'kill -TERM "$child" 2>/dev/null' TERM INT
{
  read -r _ <&3
  kill -TERM "$child" 2>/dev/null
  i=0
  while kill -0 "$child" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
  kill -KILL "$child" 2>/dev/null
} &
watcher=$!
exec 3<&-
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
exit $code
`;

export interface DaemonOptions {
  /** Where standard output and standard error go. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A running program. */
export interface Daemon {
  readonly name: string;
  /** True until it has ended. */
  isRunning(): boolean;
  /** The last lines of its log, for messages. */
  lastLines(count?: number): string;
  /** The whole log so far. */
  log(): string;
  /** Sends a signal to the program itself, such as SIGKILL. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Asks it to end (SIGTERM, after 10 s SIGKILL) and waits until it has; its exit code. */
  stop(): Promise<number>;
  /** Waits until it has ended by itself; its exit code. */
  ended(): Promise<number>;
}

/** Starts `command` under the guard, in a process group of its own: Ctrl-C in a terminal reaches the tests first. */
export function startDaemon(name: string, command: readonly string[], options: DaemonOptions): Daemon {
  const output = openSync(options.logFile, 'a');
  const guard = spawn('sh', ['-c', GUARD, 'guard', ...command], {
    detached: true,
    stdio: ['pipe', output, output, 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  closeSync(output);
  guard.stdin?.on('error', () => undefined); // it ended first
  return daemonOf(name, guard, options.logFile);
}

function daemonOf(name: string, guard: ChildProcess, logFile: string): Daemon {
  const exit = new Promise<number>((resolve) => {
    guard.once('exit', (code) => {
      resolve(code ?? 1);
    });
    guard.once('error', () => {
      resolve(1);
    });
  });
  const pid = text(guard.stdio[4] as Readable).then(Number);
  const log = (): string => readFileSync(logFile, 'utf8');
  return {
    name,
    log,
    isRunning: () => guard.exitCode === null && guard.signalCode === null,
    lastLines: (count = 20) => log().trimEnd().split('\n').slice(-count).join('\n'),
    kill: async (signal) => {
      process.kill(await pid, signal);
    },
    stop: () => {
      guard.stdin?.end();
      return exit;
    },
    ended: () => exit,
  };
}

/** Waits until `probe` answers true; a daemon that ends meanwhile, or is not ready in time, fails with its last lines. */
export async function untilReady(daemon: Daemon, probe: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const isReady = (): Promise<boolean> => probe().catch(() => false);
  const settled = async (): Promise<boolean> => !daemon.isRunning() || (await isReady());
  await eventually(settled, { timeoutMs, everyMs: 100 }).catch(() => undefined);
  if (!(await isReady())) throw new Error(`Cannot start "${daemon.name}":\n${daemon.lastLines()}`);
}
