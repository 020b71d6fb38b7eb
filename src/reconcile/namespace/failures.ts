// Pure: what an error of a write means: a conflict to plan anew, the end of the namespace, or a failure with a reason.
import type { FailureOfNamespace } from '../ports.ts';
import { isKubeError } from '../../kube/client.ts';
import type { KubeError, KubeErrorKind } from '../../kube/client.ts';
import { ChangedMeanwhile, Skipped } from './apply.ts';
import type { Action } from './plan.ts';

export interface Failure {
  readonly reason: FailureOfNamespace;
  /** What follows "Cannot ... : " of the error grammar; at most 256 characters. */
  readonly message: string;
}

/** Read again and plan again: somebody else was faster, or nobody knows what became of the write. */
export function isConflict(error: unknown): boolean {
  return error instanceof ChangedMeanwhile || isKubeError(error, 'Conflict', 'AlreadyExists', 'NotFound', 'Unknown');
}

/** The namespace is terminating or gone: nothing to do, nothing to report. */
export function isNamespaceGone(error: unknown): boolean {
  return isKubeError(error, 'NamespaceGone');
}

/** Shutdown, lost leadership, or a skipped action: no failure of this namespace. */
export function isNoFailure(error: unknown): boolean {
  return error === undefined || error instanceof Skipped || isKubeError(error, 'Fenced', 'Aborted');
}

const REASONS: Readonly<Partial<Record<KubeErrorKind, FailureOfNamespace>>> = {
  Forbidden: 'Forbidden',
  QuotaExceeded: 'QuotaExceeded',
  AdmissionDenied: 'AdmissionDenied',
  TooLarge: 'SecretTooLarge',
  Conflict: 'Contention',
  AlreadyExists: 'Contention',
  NotFound: 'Contention',
};

export function failureOf(action: Action, error: unknown): Failure {
  const object = objectOf(action);
  if (error instanceof ChangedMeanwhile) return { reason: 'Contention', message: contention(object) };
  if (!isKubeError(error)) return { reason: 'WriteFailed', message: `${object}: unexpected error; see the log` };
  const isImmutable =
    error.kind === 'Invalid' && error.causeFields.some((field) => /^(data|immutable|type)/.test(field));
  const reason = isImmutable ? 'SecretImmutable' : (REASONS[error.kind] ?? 'WriteFailed');
  return { reason, message: reason === 'Contention' ? contention(object) : cut(`${object}: ${describe(error)}`) };
}

function contention(object: string): string {
  return `${object}: changed 5 times while writing (HTTP 409); find who else writes it`;
}

function describe({ kind, status, detail, request }: KubeError): string {
  const advice: Readonly<Partial<Record<KubeErrorKind, string>>> = {
    Forbidden: `the operator may not ${request}; add that rule to its role`,
    QuotaExceeded: 'the quota for Secrets is used up; raise it',
    TooLarge: 'too large for the API server; publish fewer registries',
  };
  const http = status === 0 ? '' : ` (HTTP ${status})`;
  return `${advice[kind] ?? (detail || kind)}${http}`;
}

function objectOf(action: Action): string {
  switch (action.kind) {
    case 'CreateSecret':
    case 'UpdateSecret':
      return `Secret "${action.secret.name}"`;
    case 'SetEntries':
      return `ServiceAccount "${action.serviceAccount.name}"`;
    case 'Refuse':
      return `Secret "${action.secretName}"`;
    default:
      return `Secret "${action.found.slim.name}"`;
  }
}

function cut(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 255)}…`;
}
