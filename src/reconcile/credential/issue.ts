// One issue: inputs are resolved, the provider exchanges them, and what comes back is held, with the last good login for
// each prefix that failed. Failures are values here; only what the API server can not answer now is thrown.
import { issueFailure } from '../../api/reasons.ts';
import type { RunContext } from '../../controller/result.ts';
import type { BoundProvider, IssueFailure, IssueResult } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { askFor } from './ask.ts';
import { boundProvider, inputSecretsOf } from './bound.ts';
import { callProvider, exchange } from './call-provider.ts';
import { dueOf } from './due.ts';
import type { Due } from './due.ts';
import { examineLogin } from './examine.ts';
import { holdFailure, holdIssued } from './hold.ts';
import type { Issued } from './hold.ts';
import { keyedGroups } from './identity.ts';
import type { KeyedGroup } from './identity.ts';
import { areWatched, resolveInputs } from './inputs.ts';
import type { ResolvedInputs } from './inputs.ts';
import { isReplacementDue } from './proof.ts';
import { isFromFuture, refreshAt } from './refresh.ts';
import { createShare } from './share.ts';
import { entriesOf } from './tokens.ts';
import type { Held, HeldEntry, HeldWarning } from './tokens.ts';

/** `waiting`: a call is under way, its end wakes this credential; until then what was held stays. */
export interface Turn {
  readonly waiting: boolean;
  readonly held: Held | undefined;
}

/** Why an issue is to be made now; undefined: an equal one was made already. */
export function issueIsDue(credential: Credential, held: Held | undefined, ports: CredentialPorts): Due | undefined {
  const nowMs = ports.clock.monotonicMs();
  const known = ports.due.get(credential.uid);
  if (known?.edition === credential.edition) return known; // its answer may be there now
  return dueOf(credential, held, { inputVersions: versionsOf(credential, ports), nowMs });
}

export async function issue(
  credential: Credential,
  before: Held | undefined,
  due: Due,
  ports: CredentialPorts,
  context: RunContext,
): Promise<Turn> {
  const inputVersions = versionsOf(credential, ports); // before reading: a change in between is noticed by the next run
  const { edition, refreshRequest } = credential;
  const bound = boundProvider(credential, ports);
  const watched = bound === undefined || areWatched(credential, bound.inputs());
  const made = { madeFor: { edition, inputVersions, refreshRequest }, watched };
  const done = (held: Held): Turn => ({ waiting: false, held });
  if (!bound) return done(holdFailure(credential, before, notAvailable(credential), made, ports));
  const inputPorts = { client: ports.client, ...ports.permissions };
  const inputs = await resolveInputs(credential, bound.inputs(), inputPorts, context);
  if (inputs.kind === 'failure') return done(holdFailure(credential, before, inputs, made, ports));
  if (bound.offline) {
    const issued = await issueOffline(credential, bound, inputs, ports, context);
    return done(holdIssued(credential, before, issued, made, ports));
  }
  return issueByCalls(credential, before, { due, bound, inputs, made }, ports);
}

interface Situation {
  readonly due: Due;
  readonly bound: BoundProvider;
  readonly inputs: ResolvedInputs;
  readonly made: { readonly madeFor: NonNullable<Held['madeFor']>; readonly watched: boolean };
}

/** A group whose token is good is left alone; the others ask, all at once. */
function issueByCalls(
  credential: Credential,
  before: Held | undefined,
  { due, bound, inputs, made }: Situation,
  ports: CredentialPorts,
): Turn {
  const groups = keyedGroups(credential, bound.groups(), {
    inputs: inputs.fingerprints,
    configuration: ports.configuration,
  });
  const known = withoutStrangers(before, groups);
  const share = createShare(ports.clock);
  const call = (group: KeyedGroup, signal: AbortSignal): Promise<readonly IssueResult[]> =>
    callProvider(credential, bound, { group, inputs, share }, ports, signal);
  const answers = groups.map((group) => {
    const kept = keptOf(credential, known, group, due, ports);
    if (kept) return { group, kind: 'kept', entries: kept } as const;
    const ask = askFor(credential, { group, due, held: known, watched: made.watched, call }, ports);
    return { group, ...ports.exchanges.ask(ask) };
  });
  ports.exchanges.keep(
    credential.uid,
    groups.map(({ key }) => key),
  );
  for (const answer of answers) if (answer.kind === 'thrown') throw answer.error;
  if (answers.some(({ kind }) => kind === 'waiting')) return { waiting: true, held: known };
  const issued = answers.map((answer) => issuedOf(answer, known, bound.groups() !== undefined));
  const whole = mergeIssued(issued, inputs);
  return { waiting: false, held: holdIssued(credential, known, whole, made, ports) };
}

/** What a restart took back is used for today's identities only. */
function withoutStrangers(before: Held | undefined, groups: readonly KeyedGroup[]): Held | undefined {
  if (before === undefined || before.madeFor !== undefined) return before;
  const keys = new Set(groups.map(({ key }) => key));
  const entries = new Map([...before.entries].filter(([, { identity }]) => keys.has(identity)));
  return entries.size === 0 && before.unread.size === 0 ? undefined : { ...before, entries };
}

/** The group's entries where nothing has to be asked; undefined: something has. */
function keptOf(
  credential: Credential,
  held: Held | undefined,
  { key, prefixes }: KeyedGroup,
  { isForced, sinceMs }: Due,
  { clock }: CredentialPorts,
): readonly HeldEntry[] | undefined {
  const entries = [...(held?.entries.values() ?? [])].filter(({ identity }) => identity === key);
  const failed = new Set(held?.failures.flatMap((failure) => failure.prefixes));
  const now = clock.now();
  const isWhole = prefixes.every((prefix) => entries.some((entry) => entry.prefix === prefix) && !failed.has(prefix));
  const isHeldBack = prefixes.some((prefix) =>
    [...(held?.candidates.values() ?? [])].some((one) => one.prefix === prefix),
  );
  const isFresh = entries.every((entry) => refreshAt(credential, entry) > now && !isFromFuture(entry.refreshFrom, now));
  const isRefused = entries.some((entry) => isReplaced(entry, sinceMs, clock.monotonicMs()));
  const isKept = isWhole && !isHeldBack && isFresh && !isRefused && entries.length > 0;
  return isKept && !isForced ? entries : undefined;
}

/** Its registry refuses it, and another one is being asked for: also while, and after, it is tried once more. */
function isReplaced(entry: HeldEntry, sinceMs: number, nowMs: number): boolean {
  const { verdict, proof } = entry;
  if (verdict?.kind !== 'Invalid' || proof === undefined) return false;
  return proof.isRunning || proof.triedMs >= sinceMs || isReplacementDue(entry, nowMs);
}

type GroupAnswer = { readonly group: KeyedGroup } & (
  | { readonly kind: 'kept'; readonly entries: readonly HeldEntry[] }
  | Exclude<ReturnType<CredentialPorts['exchanges']['ask']>, { kind: 'thrown' | 'waiting' }>
  | { readonly kind: 'thrown' | 'waiting' }
);

/** Whose call it was does not matter: the token serves the prefixes of this credential's group. */
function issuedOf(answer: GroupAnswer, known: Held | undefined, isShared: boolean): Omit<Issued, 'sourceEndsAt'> {
  const { group } = answer;
  const before = known?.warnings.filter(({ identity }) => identity === group.key) ?? []; // true until the next token
  if (answer.kind === 'kept') return { entries: answer.entries, failures: [], warnings: before, retryAtMs: [] };
  if (answer.kind !== 'known') return { entries: [], failures: [], warnings: before, retryAtMs: [] };
  const { results, sentAt, retryAtMs } = answer.exchanged;
  const origin = { issuedAt: sentAt, identity: group.key };
  const own = results.map((result) =>
    result.kind !== 'warning' && (isShared || result.prefixes.length === 0)
      ? { ...result, prefixes: group.prefixes }
      : result,
  );
  return {
    entries: own.flatMap((result) => (result.kind === 'token' ? entriesOf(result, origin) : [])),
    failures: own.filter((result) => result.kind === 'failure'),
    warnings: [...(own.some(({ kind }) => kind === 'token') ? [] : before), ...warningsIn(own, group.key)],
    retryAtMs: retryAtMs === undefined ? [] : [retryAtMs],
  };
}

function warningsIn(results: readonly IssueResult[], identity: string): readonly HeldWarning[] {
  return results.flatMap((result) => (result.kind === 'warning' ? [{ identity, message: result.message }] : []));
}

function unreadableEnds({ unreadableEnds: names }: ResolvedInputs): readonly HeldWarning[] {
  return names.map((name) => ({
    identity: '',
    message: `annotation regcred.dev/expires-at of Secret "${name}" is no RFC 3339 time`,
  }));
}

function mergeIssued(parts: readonly Omit<Issued, 'sourceEndsAt'>[], inputs: ResolvedInputs): Issued {
  return {
    entries: parts.flatMap(({ entries }) => entries),
    failures: parts.flatMap(({ failures }) => failures),
    warnings: [...parts.flatMap(({ warnings }) => warnings), ...unreadableEnds(inputs)],
    sourceEndsAt: inputs.endsAt,
    retryAtMs: parts.flatMap(({ retryAtMs }) => retryAtMs ?? []),
  };
}

async function issueOffline(
  credential: Credential,
  bound: BoundProvider,
  inputs: ResolvedInputs,
  ports: CredentialPorts,
  { signal }: RunContext,
): Promise<Issued> {
  const results = (
    await exchange(credential, bound, { values: inputs.values, share: createShare(ports.clock) }, ports, signal)
  ).map((result) => examineLogin(result, credential));
  const origin = { issuedAt: ports.clock.now(), identity: '', endsAt: inputs.endsAt };
  const entries = results.flatMap((result) => (result.kind === 'token' ? entriesOf(result, origin) : []));
  const ends = entries.flatMap(({ expiresAt }) => expiresAt ?? []);
  return {
    entries,
    failures: results.filter((result) => result.kind === 'failure'),
    warnings: [...warningsIn(results, ''), ...unreadableEnds(inputs)],
    sourceEndsAt: ends.sort((a, b) => a.getTime() - b.getTime())[0],
    retryAtMs: undefined,
  };
}

/** resourceVersions of watched inputs; those that are not watched are read again in a while. */
function versionsOf(credential: Credential, ports: CredentialPorts): string {
  if (credential.kind === 'RegistryCredential') return '';
  return inputSecretsOf(credential, ports)
    .map((name) => `${name} ${ports.inputVersion(name) ?? ''}`)
    .join('\n');
}

function notAvailable({ provider }: Credential): IssueFailure {
  return issueFailure('ProviderNotAvailable', [], { provider, hint: 'use a version that has it' });
}
