// The tries of logins at their registries. A run never waits for one: it says what it wants to know, and is woken when a
// verdict is there, so that a slow registry delays nobody else.
import { conditionMessage } from '../../api/reasons.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Credential } from '../credential.ts';
import type { CredentialKey } from '../keys.ts';
import type { InTurn, RegistryVerdict, Verifier, VerifyRequest } from '../ports.ts';
import { createLimits } from './limits.ts';
import type { Limit } from './limits.ts';
import { repositoryOf, tryId } from './proof.ts';
import type { Verdicts } from './settle.ts';
import type { HeldEntry } from './tokens.ts';

export interface Verifications {
  /** The verdicts that came in since the last time, each told once. */
  take(uid: string): Verdicts;
  /** Tries these, if it does not already; whatever else it tries for this credential is given up. */
  want(credential: Credential, logins: readonly HeldEntry[]): void;
  /** Monotonic: when the latest of its tries that run began; undefined: none runs. */
  begunMs(uid: string): number | undefined;
  forget(uid: string): void;
  /** Ends what runs: leadership is lost, or the process stops. */
  stop(): void;
}

export interface VerificationPorts {
  readonly clock: Clock;
  readonly verifier: Verifier;
  readonly wake: (key: CredentialKey) => void;
}

interface Try {
  readonly begunMs: number;
  readonly abort: AbortController;
  verdict: RegistryVerdict | undefined;
}

// Tenants say how many registries there are, and how long each takes to answer: a connection costs memory as long as it waits.
const OF_A_TENANT: Limit = { atOnce: 5, aSecond: 50 };
const OF_ALL_TENANTS: Limit = { atOnce: 50, aSecond: 200 };
/** In real time, for a try that would never end, and keep its turn; it has a deadline of its own. */
const BACKSTOP_MS = 60_000;

export function createVerifications({ clock, verifier, wake }: VerificationPorts): Verifications {
  /** By UID and tryId(). */
  const tries = new Map<string, Map<string, Try>>();
  const hosts = createLimits(clock);
  const tenants = createLimits(clock, OF_A_TENANT);
  const all = createLimits(clock, OF_ALL_TENANTS);
  const stopping = new AbortController();

  /** The tenant's own turn first: whoever waits for it keeps nobody else from a host. */
  function inTurn<Value>(credential: Credential, prefix: string, call: () => Promise<Value>): Promise<Value> {
    const { namespace: home = '', uid } = credential;
    const place = { endpoint: prefix.split('/', 1)[0] ?? '', home };
    if (credential.namespace === undefined) return hosts.run(place, call);
    return tenants.run({ endpoint: home, home: uid }, () =>
      hosts.run(place, () => all.run({ endpoint: 'tenants', home }, call)),
    );
  }

  async function run(credential: Credential, login: HeldEntry, one: Try): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, one.abort.signal]);
    const turn: InTurn = (attempt) =>
      inTurn(credential, login.prefix, () => {
        signal.throwIfAborted(); // given up while it waited
        return bounded(attempt());
      });
    const verdict = await verdictOn(credential, login, verifier, { turn, signal });
    if (signal.aborted) return;
    one.verdict = verdict;
    wake(credential.key);
  }

  return {
    take(uid) {
      const done = [...(tries.get(uid) ?? [])].filter(([, { verdict }]) => verdict !== undefined);
      for (const [id] of done) tries.get(uid)?.delete(id);
      return new Map(done.flatMap(([id, { verdict }]) => (verdict === undefined ? [] : [[id, verdict] as const])));
    },
    want(credential, logins) {
      const { uid } = credential;
      const before = tries.get(uid) ?? new Map<string, Try>();
      const wanted = new Map(logins.map((login) => [tryId(credential, login), login]));
      for (const [id, { abort }] of before) if (!wanted.has(id)) abort.abort();
      const now = new Map<string, Try>();
      for (const [id, login] of wanted) {
        const known = before.get(id);
        const one: Try = known ?? newTry(clock);
        now.set(id, one);
        if (!known) void run(credential, login, one);
      }
      if (now.size === 0) tries.delete(uid);
      else tries.set(uid, now);
    },
    begunMs(uid) {
      const running = [...(tries.get(uid)?.values() ?? [])].filter(({ verdict }) => verdict === undefined);
      return running.length === 0 ? undefined : Math.max(...running.map(({ begunMs }) => begunMs));
    },
    forget(uid) {
      for (const { abort } of tries.get(uid)?.values() ?? []) abort.abort();
      tries.delete(uid);
    },
    stop: () => stopping.abort(),
  };
}

function newTry(clock: Clock): Try {
  return { begunMs: clock.monotonicMs(), abort: new AbortController(), verdict: undefined };
}

/** It should never throw; if it does, nothing is known. */
async function verdictOn(
  credential: Credential,
  { prefix, entry, principal }: HeldEntry,
  verifier: Verifier,
  how: Pick<VerifyRequest, 'turn' | 'signal'>,
): Promise<RegistryVerdict> {
  const login = { prefix, entry, principal, repository: repositoryOf(credential, prefix) };
  try {
    return (await verifier.verify({ credential, login, ...how })) ?? untried('no login was tried');
  } catch {
    return untried('the verifier failed');
  }
}

async function bounded<Value>(attempt: Promise<Value>): Promise<Value> {
  const backstop = AbortSignal.timeout(BACKSTOP_MS);
  const never = new Promise<never>((_, reject) => {
    backstop.addEventListener('abort', () => reject(backstop.reason as Error));
  });
  return Promise.race([attempt, never]);
}

function untried(why: string): RegistryVerdict {
  return { kind: 'Indeterminate', reason: 'NotProbed', message: conditionMessage('Verified', 'NotProbed', { why }) };
}
