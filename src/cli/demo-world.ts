// What the steps of `regcred demo` may do to their world, and how they say what they expect of it.
import { sleep } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';

/** An object of the embedded API server; whoever reads it knows its kind. */
export interface DemoObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** An administrator of the cluster, a kubelet, and whoever runs the registry. */
export interface World {
  /** Paths are the API server's own; undefined: there is no such object. */
  get(path: string): Promise<DemoObject | undefined>;
  create(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown>;
  patch(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown>;
  delete(path: string): Promise<void>;
  /** Pulls as a Pod of that namespace would, with the Secrets that are there now. */
  pull(namespace: string, image: string): Promise<Pull>;
  /** At the registry: the old password ends at once. */
  setPassword(username: string, password: string): void;
  /** A RoleBinding in that namespace: the operator may read the inputs of its tenant. */
  allowInputs(namespace: string): void;
  /** The operator's time, and the cloud's. */
  pass(ms: number): void;
  /** Of the cloud: it answers, or it does not. */
  setOutage(isDown: boolean): void;
  /** Undefined as long as the operator runs. */
  operatorEnd(): string | undefined;
}

export type Pull =
  { readonly pulled: true; readonly via: string } | { readonly pulled: false; readonly reason: string };

/** What a step may do beside touching the world: say, and expect. */
export interface Stage extends World {
  say(text: string): void;
  /** Waits until the probe answers undefined; anything else is what is found instead. */
  expect(what: string, probe: () => Promise<string | undefined>): Promise<void>;
}

/** Something did not come true; the message says what was expected and what was found. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
}

export interface StageOptions {
  readonly clock: Clock;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const PATIENCE_MS = 20_000;
const POLL_MS = 10;

export function createStage(world: World, { clock, print, signal }: StageOptions): Stage {
  return {
    ...world,
    say: (text) => print(`   ${text}`),
    async expect(what, probe) {
      const startMs = clock.monotonicMs();
      let found = await probe();
      const hasWaited = found !== undefined;
      while (found !== undefined) {
        const end = signal.aborted ? 'stopped' : world.operatorEnd();
        const isLate = clock.monotonicMs() - startMs > PATIENCE_MS;
        if (end !== undefined || isLate) throw new ExpectationError(`expected: ${what}; found: ${end ?? found}`);
        await sleep(clock, POLL_MS, signal);
        found = await probe();
      }
      const waitedMs = Math.round(clock.monotonicMs() - startMs);
      print(`   ✓ ${what}${hasWaited ? ` (after ${waitedMs} ms)` : ''}`);
    },
  };
}
