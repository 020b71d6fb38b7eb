// Does the registry take the login? A verdict for one prefix. What can not be told never blocks.
import { conditionMessage } from '../api/reasons.ts';
import type { FactsFor, VerifiedReason } from '../api/reasons.ts';
import { sleep } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { CallError } from '../lib/http.ts';
import { causeOf } from '../lib/token-call.ts';
import type { Sensitive } from '../lib/sensitive.ts';
import { grantFor } from './grants.ts';
import { probe } from './probe.ts';
import type { Finding } from './probe.ts';

/** What a registry said of a login, in the words of the condition Verified. */
export interface RegistryVerdict {
  readonly kind: 'Valid' | 'Open' | 'Invalid' | 'Denied' | 'Indeterminate';
  readonly reason: VerifiedReason;
  readonly message: string;
  /** The registry asked to be left alone for so long. */
  readonly retryAfterMs?: number;
}

export interface Login {
  /** HOST or HOST/PATH. */
  readonly prefix: string;
  readonly provider: string;
  readonly username: string;
  readonly password: Sensitive;
  readonly principal: string | null;
  /** `registries[].verifyRepository`. */
  readonly repository: string | undefined;
}

/** Runs one try when its turn at the registry has come; between tries nobody's turn is taken. */
export type InTurn = <Value>(attempt: () => Promise<Value>) => Promise<Value>;

export interface VerifierOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Registry host to the base URL where it is asked, of the operator's configuration. */
  readonly registries: ReadonlyMap<string, URL>;
  readonly allowedRealms: readonly string[];
  readonly clock: Clock;
  /** Undefined: each try begins at once. */
  readonly turn?: InTurn | undefined;
}

/** 30 s in all, from the first try on, without what is waited for a turn. */
const DEADLINE_MS = 30_000;
/** Since the first one began. An `Invalid` is believed after all three, and not before: fresh tokens of some clouds need seconds. */
const TRIES_AT_MS = [0, 5_000, 15_000];
const LATE: Finding = { kind: 'indeterminate', cause: 'deadline' };
const atOnce: InTurn = (attempt) => attempt();

/** On these a 404 with the login's own scope means that the repository is not there; others may hide what they do not allow. */
const HONEST_PROVIDERS: ReadonlySet<string> = new Set(['ecr', 'acr', 'ocir', 'gar']);
const HUB_HOSTS: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io']);

export async function verifyLogin(
  login: Login,
  options: VerifierOptions,
  signal: AbortSignal,
): Promise<RegistryVerdict> {
  const host = login.prefix.split('/', 1)[0] ?? '';
  if (host.includes('*')) return verdict('Indeterminate', 'NotProbed', { host, wildcard: '*' });
  try {
    const finding = await believed((both) => find(login, host, options, both), options, signal);
    return verdictOf(finding, login, host);
  } catch (error) {
    return unreachable(host, error);
  }
}

/** What a try found that is no refusal, or the refusal of the last one. */
async function believed(
  attempt: (signal: AbortSignal) => Promise<Finding>,
  { clock, turn = atOnce }: VerifierOptions,
  signal: AbortSignal,
): Promise<Finding> {
  let finding: Finding = LATE;
  let begunMs: number | undefined;
  let endsAtMs = Infinity;
  for (const atMs of TRIES_AT_MS) {
    if (begunMs !== undefined) await sleep(clock, begunMs + atMs - clock.monotonicMs(), signal);
    signal.throwIfAborted();
    const askedMs = clock.monotonicMs();
    finding = await turn(() => {
      const nowMs = clock.monotonicMs();
      endsAtMs = begunMs === undefined ? nowMs + DEADLINE_MS : endsAtMs + nowMs - askedMs;
      begunMs ??= nowMs;
      return within(endsAtMs - nowMs, attempt, { clock, signal });
    });
    if (finding.kind !== 'invalid') break;
  }
  return finding;
}

async function within(
  leftMs: number,
  attempt: (signal: AbortSignal) => Promise<Finding>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Finding> {
  const deadline = new AbortController();
  const timer = clock.after(leftMs, () => deadline.abort());
  try {
    return await attempt(AbortSignal.any([signal, deadline.signal]));
  } catch (error) {
    if (deadline.signal.aborted) return LATE; // refusals before it are fewer than what is believed
    throw error;
  } finally {
    timer.cancel();
  }
}

function find(
  login: Login,
  host: string,
  { fetch, registries, allowedRealms, clock }: VerifierOptions,
  signal: AbortSignal,
): Promise<Finding> {
  const configured = registries.get(host);
  const registryHost = HUB_HOSTS.has(host) ? 'registry-1.docker.io' : host;
  const { username, password, repository } = login;
  const base = configured ?? new URL(`https://${registryHost}`);
  return probe({
    base,
    registryHost,
    isConfigured: configured !== undefined,
    username,
    password,
    repository,
    allowedRealms,
    now: () => clock.now(),
    fetch,
    signal,
  });
}

function verdictOf(finding: Finding, login: Login, host: string): RegistryVerdict {
  const { provider, principal, repository = '' } = login;
  const id = principal ?? 'this login';
  switch (finding.kind) {
    case 'pull':
      return verdict('Valid', 'PullProven', { repository, host });
    case 'hidden':
      return HONEST_PROVIDERS.has(provider)
        ? verdict('Valid', 'PullProven', { repository, host })
        : verdict('Valid', 'LoginProven', { host, repository });
    case 'login':
      return verdict('Valid', 'LoginProven', { host });
    case 'open':
      return verdict('Open', 'NoAuthNeeded', { host });
    case 'invalid':
      return verdict('Invalid', 'Invalid', { host, id, status: String(finding.status) });
    case 'denied':
      return verdict('Denied', 'Denied', deniedFacts(login, host));
    case 'realm':
      return verdict('Indeterminate', 'RealmNotTrusted', { host, realmHost: finding.realmHost });
    case 'indeterminate':
      return {
        ...verdict('Indeterminate', 'Indeterminate', { host, cause: finding.cause }),
        ...(finding.retryAfterMs !== undefined && { retryAfterMs: finding.retryAfterMs }),
      };
  }
}

/** Who lacks what, where both are known. */
function deniedFacts({ provider, principal, repository }: Login, host: string): FactsFor<'Verified', 'Denied'> {
  const grant = grantFor({ provider, repository });
  const refused = { host, repository: repository ?? 'any repository' };
  return grant === undefined || principal === null ? refused : { ...refused, id: principal, grant };
}

function unreachable(host: string, error: unknown): RegistryVerdict {
  if (error instanceof CallError && error.code === 'EADDRESS') return verdict('Indeterminate', 'NotProbed', { host });
  return verdict('Indeterminate', 'Indeterminate', { host, cause: causeOf(error).cause });
}

function verdict<Reason extends VerifiedReason>(
  kind: RegistryVerdict['kind'],
  reason: Reason,
  facts: FactsFor<'Verified', Reason>,
): RegistryVerdict {
  return { kind, reason, message: conditionMessage('Verified', reason, facts) };
}
