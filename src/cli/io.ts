// What a command may touch of its process: output, a question, the environment, the clock, the wish to stop. Tests pass their own.
import { createInterface } from 'node:readline/promises';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';

export interface Io {
  /** Writes to stdout: results. */
  readonly out: (text: string) => void;
  /** Writes to stderr: what went wrong, and what to do. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A person sits there who can answer a question. */
  readonly isInteractive: boolean;
  readonly ask: (question: string) => Promise<string>;
  /** Aborts at SIGTERM, SIGINT or when nobody reads stdout any more. A second signal ends the process at once. */
  readonly stopSignal: () => AbortSignal;
  readonly clock: Clock;
}

/** The exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, needsAction: 1, usage: 2, couldNotTell: 2 } as const;

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

export function processIo(): Io {
  const closed = new AbortController();
  // Whoever read our output went away (`| head`): nothing to report, and nobody to report it to.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => closed.abort());
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    ask: askOnTerminal,
    stopSignal: () => AbortSignal.any([closed.signal, signalled()]),
    clock: systemClock,
  };
}

let stop: AbortController | undefined;

/** The handlers are there from the first call on: a command that never asks dies of a signal as any program does. */
function signalled(): AbortSignal {
  if (stop) return stop.signal;
  const controller = new AbortController();
  stop = controller;
  for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort();
    });
  }
  return controller.signal;
}

async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
