// Steps that the calls of one issue have in common, such as a token of the identity: made once for all of them. Nothing of it
// outlives the issue, and what is older than a minute is made anew: a call may have waited long for its turn.
import type { Clock } from '../../lib/clock.ts';

export type Share = <Value>(name: string, step: () => Promise<Value>) => Promise<Value>;

interface Step {
  readonly outcome: Promise<unknown>;
  /** Monotonic; undefined: it is under way. */
  endedMs: number | undefined;
}

const LONGEST_USE_MS = 60_000;

/** One for each issue: who asks, and with which inputs, is the same for all of its steps. */
export function createShare(clock: Pick<Clock, 'monotonicMs'>): Share {
  const steps = new Map<string, Step>();
  const isUsable = ({ endedMs }: Step): boolean =>
    endedMs === undefined || clock.monotonicMs() - endedMs < LONGEST_USE_MS;

  function begin(name: string, make: () => Promise<unknown>): Step {
    const end = (): void => void (step.endedMs = clock.monotonicMs());
    const step: Step = { outcome: make().finally(end), endedMs: undefined };
    steps.set(name, step);
    return step;
  }

  return <Value>(name: string, make: () => Promise<Value>): Promise<Value> => {
    const known = steps.get(name);
    const step = known && isUsable(known) ? known : begin(name, make);
    return step.outcome as Promise<Value>; // a name always stands for the same step
  };
}
