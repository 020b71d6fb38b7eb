// One issue: inputs are resolved, the provider exchanges them, and what comes back is held, with the last good login for
// each prefix that failed. Failures are values here; only what the API server can not answer now is thrown.
import { isFailureReason, issueFailure, retryClassOf } from '../../api/reasons.ts';
import type { RunContext } from '../../controller/result.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import { nameOf } from '../../lib/errors.ts';
import type { BoundProvider, IssueFailure, IssueResult, RegistryToken } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from '../ports.ts';
import { homeNamespace, resolveInputs, secretInputs } from './inputs.ts';
import type { ResolvedInputs } from './inputs.ts';
import { clampTimerMs, pollDelayMs, refreshTime, retryDelayMs } from './refresh.ts';
import { entriesOf, isAlive, keepLastGood } from './tokens.ts';
import type { Held, HeldEntry } from './tokens.ts';

const ISSUE_DEADLINE_MS = 30_000;

/** What an issue would be made for now; an equal one was made already. */
export function issueIsDue(credential: Credential, held: Held | undefined, ports: CredentialPorts): boolean {
  if (held === undefined) return true;
  const { edition, inputVersions, refreshRequest } = held.madeFor;
  const isChanged =
    edition !== credential.edition ||
    inputVersions !== versionsOf(credential, ports) ||
    refreshRequest !== credential.refreshRequest;
  return isChanged || (held.issueAgainAt !== undefined && ports.clock.monotonicMs() >= held.issueAgainAt);
}

export async function issue(
  credential: Credential,
  before: Held | undefined,
  ports: CredentialPorts,
  context: RunContext,
): Promise<Held> {
  const inputVersions = versionsOf(credential, ports); // before reading: a change in between is noticed by the next run
  const bound = bindProvider(credential, ports);
  const inputs =
    bound &&
    (await resolveInputs(
      credential,
      bound.inputs(),
      { client: ports.client, operatorNamespace: ports.permissions.operatorNamespace },
      context,
    ));
  const results =
    bound === undefined
      ? [notAvailable(credential)]
      : inputs?.kind === 'failure'
        ? [inputs]
        : await exchange(credential, bound, inputs, ports, context);
  const resolved = inputs?.kind === 'inputs' ? inputs : undefined;
  const madeFor = {
    edition: credential.edition,
    inputVersions,
    inputsHash: resolved?.hash ?? '',
    refreshRequest: credential.refreshRequest,
  };
  return holdResults(credential, before, { results, inputs: resolved, madeFor }, ports);
}

/** resourceVersions of watched inputs; a tenant's inputs are not watched, they are read again in a while. */
function versionsOf(credential: Credential, ports: CredentialPorts): string {
  if (credential.kind === 'RegistryCredential') return '';
  const names = secretInputs(bindProvider(credential, ports)?.inputs() ?? {});
  return names.map((name) => `${name} ${ports.inputVersion(name) ?? ''}`).join('\n');
}

function bindProvider({ provider, spec }: Credential, { bind }: CredentialPorts): BoundProvider | undefined {
  const block = (spec.provider as Readonly<Record<string, unknown>>)[provider];
  return bind(provider, block as never);
}

function notAvailable({ provider }: Credential): IssueFailure {
  return issueFailure('ProviderNotAvailable', [], { provider, hint: 'use a version that has it' });
}

async function exchange(
  credential: Credential,
  bound: BoundProvider,
  inputs: ResolvedInputs | undefined,
  ports: CredentialPorts,
  { signal }: RunContext,
): Promise<readonly IssueResult[]> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ISSUE_DEADLINE_MS)]);
  try {
    const { kind, name } = credential;
    const namespace = homeNamespace(credential, ports.permissions.operatorNamespace);
    const context = {
      ...ports.outside,
      credential: { kind, namespace, name },
      now: () => ports.clock.now(),
      signal: deadline,
    };
    return await bound.issue({ inputs: inputs?.values ?? {}, context });
  } catch (error) {
    ports.logger.error('Provider failed unexpectedly', {
      credential: credential.key,
      provider: credential.provider,
      error: nameOf(error),
    });
    return [issueFailure('InternalError', [], { name: nameOf(error), provider: credential.provider })];
  }
}

interface Issued {
  readonly results: readonly IssueResult[];
  readonly inputs: ResolvedInputs | undefined;
  readonly madeFor: Held['madeFor'];
}

function holdResults(
  credential: Credential,
  before: Held | undefined,
  { results, inputs, madeFor }: Issued,
  ports: CredentialPorts,
): Held {
  const now = ports.clock.now();
  const checked = results.map((result) => (result.kind === 'token' ? checkToken(result, credential) : result));
  const failures = checked.filter((result) => result.kind === 'failure');
  const tokens = checked.filter((result) => result.kind === 'token');
  const entries = keepLastGood(
    before,
    tokens.flatMap((token) => entriesOf(token, inputs?.endsAt, now)),
    failures,
  );
  const attempt = failures.length === 0 ? 0 : (before?.attempt ?? -1) + 1;
  const warnings = [
    ...checked.flatMap((result) => (result.kind === 'warning' ? [result.message] : [])),
    ...endWarnings(inputs),
  ];
  const timing = nextIssue(
    credential,
    [...entries.values()],
    { failures, attempt, canRefresh: tokens.some(({ expirySource }) => expirySource !== 'none') },
    ports,
  );
  return { entries, failures, warnings, madeFor, attempt, ...timing };
}

const CONTROL = /[\u0000-\u001f\u007f:]/;

/** The kubelet splits at the first colon; a control character would break readers of the file. */
function checkToken(token: RegistryToken, { provider }: Credential): RegistryToken | IssueFailure {
  const password = token.password.reveal();
  const isBroken =
    token.username === '' ||
    CONTROL.test(token.username) ||
    password === '' ||
    password.includes('\0') ||
    !password.isWellFormed();
  const isForeign = token.prefixes.some((prefix) => canonicalPrefix(prefix) === undefined);
  return isBroken || isForeign ? issueFailure('MalformedResponse', token.prefixes, { endpoint: provider }) : token;
}

function endWarnings(inputs: ResolvedInputs | undefined): readonly string[] {
  return (inputs?.unreadableEnds ?? []).map(
    (name) => `annotation regcred.dev/expires-at of Secret "${name}" is no RFC 3339 time`,
  );
}

interface Standing {
  readonly failures: readonly IssueFailure[];
  readonly attempt: number;
  /** False for static sources: only their own change brings something new. */
  readonly canRefresh: boolean;
}

function nextIssue(
  credential: Credential,
  entries: readonly HeldEntry[],
  { failures, attempt, canRefresh }: Standing,
  { clock }: CredentialPorts,
): Pick<Held, 'issueAgainAt' | 'nextRefreshTime'> {
  const now = clock.now();
  const afterPercent = credential.spec.refresh.afterPercent;
  const refreshes = canRefresh
    ? entries.flatMap(({ issuedAt, expiresAt }) =>
        expiresAt ? [refreshTime(credential.uid, issuedAt, expiresAt, afterPercent)] : [],
      )
    : [];
  const nextRefreshTime = refreshes.sort((a, b) => a.getTime() - b.getTime())[0];
  const remainingMs = Math.min(
    ...entries
      .filter((entry) => isAlive(entry, clock))
      .flatMap(({ expiresAt }) => (expiresAt ? expiresAt.getTime() - now.getTime() : [])),
  );
  const inputsWatched = credential.kind === 'ClusterRegistryCredential';
  const retries = failures.flatMap(({ reason, retryAfterMs }) => {
    const retry = {
      uid: credential.uid,
      attempt,
      remainingMs: Number.isFinite(remainingMs) ? remainingMs : undefined,
      retryAfterMs,
      inputsWatched,
    };
    return isFailureReason(reason) ? (retryDelayMs(retryClassOf(reason), retry) ?? []) : [];
  });
  const poll = inputsWatched ? [] : [pollDelayMs(credential.uid, attempt)];
  const refreshIn = nextRefreshTime === undefined ? [] : [clampTimerMs(nextRefreshTime.getTime() - now.getTime())];
  const delays = [...retries, ...(failures.length === 0 ? [...poll, ...refreshIn] : [])];
  return { issueAgainAt: delays.length === 0 ? undefined : clock.monotonicMs() + Math.min(...delays), nextRefreshTime };
}
