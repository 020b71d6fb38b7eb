// The calls to providers, one for each identity however many credentials share it. A run never waits for one: it asks, and
// is woken when the answer is there, so that a slow cloud delays nobody else.
import { issueFailure, retryClassOf } from '../../api/reasons.ts';
import type { Clock } from '../../lib/clock.ts';
import type { IssueFailure, IssueResult } from '../../providers/provider.ts';
import type { CredentialKey } from '../keys.ts';
import { createLimits } from './limits.ts';
import type { Turn } from './limits.ts';

/** What a call came to. */
export interface Exchanged {
  readonly results: readonly IssueResult[];
  /** Wall clock, when the call was begun: lives count from here. */
  readonly sentAt: Date;
  /** Monotonic. */
  readonly begunMs: number;
  readonly endedMs: number;
  /** Monotonic: nobody asks again before; undefined: only a change brings something new. */
  readonly retryAtMs: number | undefined;
}

export interface Ask {
  /** The identity. */
  readonly key: string;
  readonly provider: string;
  readonly endpoint: string;
  readonly home: string;
  readonly uid: string;
  readonly waiter: CredentialKey;
  /** Is what is known good enough? Else a call is made. */
  readonly isGood: (known: Exchanged) => boolean;
  /** A change: failures before it do not count for the ladder. */
  readonly startsAnew: boolean;
  /** Until the next try; `attempt`: failed calls in a row before this one. */
  readonly retryDelayMs: (failure: IssueFailure, attempt: number) => number | undefined;
  readonly call: (signal: AbortSignal) => Promise<readonly IssueResult[]>;
}

export type Answer =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known'; readonly exchanged: Exchanged }
  /** The API server could not answer: the run fails, and is tried again. */
  | { readonly kind: 'thrown'; readonly error: unknown };

export interface Exchanges {
  ask(ask: Ask): Answer;
  /** A call beside those that are asked for, within the limits of its own endpoint. */
  inTurn<Value>(turn: Turn, call: () => Promise<Value>): Promise<Value>;
  /** This credential shares these identities and no others: what nobody shares is forgotten. */
  keep(uid: string, keys: readonly string[]): void;
  /** Ends what runs: leadership is lost, or the process stops. */
  stop(): void;
}

export interface ExchangePorts {
  readonly clock: Clock;
  readonly wake: (key: CredentialKey) => void;
  readonly inflight: (provider: string, change: 1 | -1) => void;
}

interface Entry {
  known: Exchanged | undefined;
  thrown: { readonly error: unknown } | undefined;
  running: boolean;
  attempt: number;
  /**
   * Monotonic: the provider asked this identity to wait, whoever wants its token. Nobody else waits with it: who is limited
   * is known to the provider alone, and an account that a spec merely names may be another tenant's.
   */
  pausedUntilMs: number;
  readonly waiters: Set<CredentialKey>;
  readonly sharers: Set<string>;
}

export function createExchanges(ports: ExchangePorts): Exchanges {
  const { clock } = ports;
  const entries = new Map<string, Entry>();
  const sharedBy = new Map<string, readonly string[]>();
  const limits = createLimits(clock);
  const stopping = new AbortController();

  function answerOf(entry: Entry, ask: Ask): Answer | undefined {
    if (entry.running) return { kind: 'waiting' };
    if (entry.thrown) {
      const { error } = entry.thrown;
      entry.thrown = undefined;
      return { kind: 'thrown', error };
    }
    if (entry.known && ask.isGood(entry.known)) return { kind: 'known', exchanged: entry.known };
    const leftMs = entry.pausedUntilMs - clock.monotonicMs();
    return leftMs <= 0 ? undefined : { kind: 'known', exchanged: paused(ask, leftMs, clock) };
  }

  async function run(entry: Entry, ask: Ask): Promise<void> {
    if (ask.startsAnew) entry.attempt = 0;
    ports.inflight(ask.provider, 1);
    try {
      const sentAt = clock.now();
      const begunMs = clock.monotonicMs();
      const results = await ask.call(stopping.signal);
      settle(entry, ask, { results, sentAt, begunMs });
    } catch (error) {
      entry.thrown = { error };
    } finally {
      ports.inflight(ask.provider, -1);
    }
  }

  function settle(
    entry: Entry,
    ask: Ask,
    { results, sentAt, begunMs }: Pick<Exchanged, 'results' | 'sentAt' | 'begunMs'>,
  ): void {
    const failures = results.filter((result) => result.kind === 'failure');
    const delaysOf = (some: readonly IssueFailure[]): readonly number[] =>
      some.flatMap((failure) => ask.retryDelayMs(failure, entry.attempt) ?? []);
    const delays = delaysOf(failures);
    const pauses = delaysOf(failures.filter(({ reason }) => retryClassOf(reason) === 'retry-after'));
    const endedMs = clock.monotonicMs();
    const retryAtMs = delays.length === 0 ? undefined : endedMs + Math.min(...delays);
    entry.pausedUntilMs = Math.max(entry.pausedUntilMs, ...pauses.map((pauseMs) => endedMs + pauseMs));
    entry.attempt = failures.length === 0 ? 0 : entry.attempt + 1;
    entry.known = { results, sentAt, begunMs, endedMs, retryAtMs };
  }

  async function begin(entry: Entry, ask: Ask): Promise<void> {
    entry.running = true;
    await limits.run({ endpoint: ask.endpoint, home: ask.home }, () =>
      stopping.signal.aborted || entry.sharers.size === 0 ? Promise.resolve() : run(entry, ask),
    );
    entry.running = false;
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    if (!stopping.signal.aborted) waiters.forEach(ports.wake);
  }

  return {
    ask(ask) {
      const entry = entries.get(ask.key) ?? newEntry();
      entries.set(ask.key, entry);
      entry.sharers.add(ask.uid);
      const answer = answerOf(entry, ask);
      if (answer && answer.kind !== 'waiting') return answer;
      entry.waiters.add(ask.waiter);
      if (!answer) void begin(entry, ask);
      return { kind: 'waiting' };
    },
    inTurn: (turn, call) => limits.run(turn, call),
    keep(uid, keys) {
      for (const key of sharedBy.get(uid) ?? []) {
        const entry = keys.includes(key) ? undefined : entries.get(key);
        entry?.sharers.delete(uid);
        if (entry?.sharers.size === 0) entries.delete(key);
      }
      if (keys.length === 0) sharedBy.delete(uid);
      else sharedBy.set(uid, keys);
    },
    stop: () => stopping.abort(),
  };
}

function newEntry(): Entry {
  return {
    known: undefined,
    thrown: undefined,
    running: false,
    attempt: 0,
    pausedUntilMs: 0,
    waiters: new Set(),
    sharers: new Set(),
  };
}

/** What is told before the provider may be asked again. */
function paused({ provider }: Ask, leftMs: number, clock: Clock): Exchanged {
  const endedMs = clock.monotonicMs();
  const failure = issueFailure('Throttled', [], { provider }, leftMs);
  return { results: [failure], sentAt: clock.now(), begunMs: endedMs, endedMs, retryAtMs: endedMs + leftMs };
}
