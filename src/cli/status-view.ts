// Pure: what `regcred status` shows of a credential, a list of them, and when the exit code is not 0.
import type { KubeObject } from '../kube/client.ts';
import { isJsonObject } from '../lib/json.ts';
import { printable } from '../lib/redact.ts';
import { humanDuration, table } from './output.ts';

/** Something that keeps a credential from being all right. */
export interface Problem {
  /** A condition such as "Ready=False", or the namespace that failed. */
  readonly where: string;
  readonly reason: string;
  readonly message: string;
}

/** One credential, as `-o json` prints it. */
export interface CredentialView {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly ready: string;
  readonly reason: string;
  readonly provider: string;
  readonly expirationTime: string | null;
  readonly namespaces: string;
  readonly creationTime: string | null;
  readonly needsAction: boolean;
  readonly problems: readonly Problem[];
  /** At most ten; `failed` counts all. */
  readonly failures: readonly Problem[];
  readonly failed: number;
}

const MOST_FAILURES = 10;
const HEADER = ['NAMESPACE', 'NAME', 'READY', 'REASON', 'PROVIDER', 'EXPIRES', 'NAMESPACES', 'AGE'];
// False is the healthy value of these two; the others are well when True.
const HEALTHY_WHEN_FALSE: ReadonlySet<string> = new Set(['Stalled', 'Shadowed']);
// True, and yet not well: the login in use goes on until it expires, a new one can not be had.
const BAD_WHEN_TRUE: ReadonlySet<string> = new Set(['TokenIssued/LastGood']);
// These say Unknown while the operator has not come to it, or because somebody suspended it.
const MUST_BE_KNOWN: ReadonlySet<string> = new Set(['Ready', 'Synced']);
// What a person may want to know, though nothing has to be done: it changes no exit code.
const FOR_INFORMATION: ReadonlySet<string> = new Set(['Shadowed', 'Verified']);

/** Reads defensively: a status may be missing, or be written by another version. */
export function viewOf(object: KubeObject, now: Date): CredentialView {
  const status = record(object['status']);
  const counts = record(status['namespaces']);
  const conditions = list(status['conditions']);
  const ready = conditions.find((condition) => condition['type'] === 'Ready') ?? {};
  const expirationTime = text(status['expirationTime']) || null;
  const failures = list(status['failures']).slice(0, MOST_FAILURES).map(failureOf);
  const problems = [...withoutRepeats(conditions.flatMap(problemOf)), ...expiryProblem(expirationTime, now)];
  const isReady = ready['status'] === 'True' || text(ready['reason']) === 'Suspended';
  const hasProblem = problems.some(({ where }) => !FOR_INFORMATION.has(where.split('=')[0] ?? ''));
  const failed = typeof counts['failed'] === 'number' ? counts['failed'] : failures.length;
  return {
    kind: text(object.kind),
    namespace: object.metadata.namespace ?? null,
    name: object.metadata.name,
    ready: text(ready['status']) || 'Unknown',
    reason: text(ready['reason']) || 'Pending',
    provider: text(status['provider']) || providerIn(object),
    expirationTime,
    namespaces: text(counts['summary']) || '-',
    creationTime: object.metadata.creationTimestamp ?? null,
    needsAction: !isReady || hasProblem || failed > 0,
    problems,
    failures,
    failed,
  };
}

export function credentialTable(views: readonly CredentialView[], now: Date): string {
  return table([HEADER, ...views.map((view) => rowOf(view, now))]);
}

/** The lines under the table; nothing for a credential with nothing to say. */
export function credentialNotes(view: CredentialView): string {
  if (view.problems.length + view.failures.length === 0 && !view.needsAction) return '';
  const head = `${displayName(view)}${view.namespace === null ? '' : ` in ${view.namespace}`}:\n`;
  const lines = [...view.problems, ...view.failures].map(({ where, reason, message }) => {
    return `  ${where}: ${reason}${message === '' ? '' : `: ${message}`}\n`;
  });
  const more = view.failed - view.failures.length;
  if (more > 0) lines.push(`  and ${more} more failed ${more === 1 ? 'namespace' : 'namespaces'}\n`);
  if (lines.length === 0) lines.push('  no status yet: the operator has not come to it; does it run?\n');
  return head + lines.join('');
}

function rowOf(view: CredentialView, now: Date): readonly string[] {
  const { namespace, ready, reason, provider, namespaces, creationTime } = view;
  const age = creationTime === null ? '-' : humanDuration(now.getTime() - Date.parse(creationTime));
  const expires = expiresIn(view, now);
  return [namespace ?? '-', displayName(view), ready, reason, provider, expires, namespaces, age];
}

/** By the short name, so that `kubectl get` takes it. */
function displayName({ namespace, name }: CredentialView): string {
  return `${namespace === null ? 'cregcred' : 'regcred'}/${name}`;
}

function expiresIn({ expirationTime, ready }: CredentialView, now: Date): string {
  if (expirationTime === null) return ready === 'True' ? 'never' : '-';
  const leftMs = Date.parse(expirationTime) - now.getTime();
  if (Number.isNaN(leftMs)) return '-';
  if (leftMs <= 0) return `${humanDuration(-leftMs)} ago`;
  return leftMs < 48 * 3_600_000 ? `in ${humanDuration(leftMs)}` : expirationTime.slice(0, 10);
}

function problemOf(condition: Readonly<Record<string, unknown>>): readonly Problem[] {
  const type = text(condition['type']);
  const status = text(condition['status']);
  const reason = text(condition['reason']);
  const isPending = MUST_BE_KNOWN.has(type) && status === 'Unknown' && reason !== 'Suspended';
  const bad = HEALTHY_WHEN_FALSE.has(type) ? 'True' : 'False';
  const isLastGood = status === 'True' && BAD_WHEN_TRUE.has(`${type}/${reason}`);
  if (status !== bad && !isPending && !isLastGood) return [];
  return [{ where: `${type}=${status}`, reason, message: text(condition['message']) }];
}

/** Ready repeats the reason of the condition that it follows: once is enough. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const first = new Map<string, Problem>();
  for (const problem of problems) {
    const key = `${problem.reason}\n${problem.message}`;
    if (!first.has(key)) first.set(key, problem);
  }
  return [...first.values()];
}

function expiryProblem(expirationTime: string | null, now: Date): readonly Problem[] {
  if (expirationTime === null || !(Date.parse(expirationTime) <= now.getTime())) return [];
  return [{ where: 'Token', reason: 'Expired', message: `ended at ${expirationTime}; does the operator run?` }];
}

function failureOf(failure: Readonly<Record<string, unknown>>): Problem {
  return { where: text(failure['name']), reason: text(failure['reason']), message: text(failure['message']) };
}

function providerIn(object: KubeObject): string {
  return Object.keys(record(record(object['spec'])['provider']))[0] ?? '-';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}
