// A terminal of paper for command tests: collects what a command prints, answers what it asks.
import { runProgram } from '../../src/cli/program.ts';
import type { Io } from '../../src/cli/io.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Terminal {
  readonly environment?: Readonly<Record<string, string>>;
  /** What a person types; without it nobody sits there. */
  readonly answer?: string | (() => Promise<string>);
  readonly stop?: AbortSignal;
  readonly clock?: Clock;
  readonly onOut?: (text: string) => void;
}

/** Runs `regcred WORDS...` in this process. */
export async function regcred(words: readonly string[], terminal: Terminal = {}): Promise<Ran> {
  const { io, printed } = paperIo(terminal);
  const code = await runProgram(['node', 'regcred', ...words], io);
  return { code, ...printed() };
}

export function paperIo(terminal: Terminal = {}): { readonly io: Io; readonly printed: () => Omit<Ran, 'code'> } {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
      terminal.onOut?.(text);
    },
    err: (text) => void (err += text),
    environment: terminal.environment ?? {},
    isInteractive: terminal.answer !== undefined,
    ask: (question) => {
      out += question;
      const { answer = '' } = terminal;
      return typeof answer === 'string' ? Promise.resolve(answer) : answer();
    },
    stopSignal: () => terminal.stop ?? new AbortController().signal,
    clock: terminal.clock ?? systemClock,
  };
  return { io, printed: () => ({ out, err }) };
}

/** Every wait is over at once, and a second longer than it took. */
export function hastyClock(): Clock {
  let now = 0;
  return {
    ...systemClock,
    monotonicMs: () => now,
    after(_, run) {
      now += 1000;
      return systemClock.after(0, run);
    },
  };
}
