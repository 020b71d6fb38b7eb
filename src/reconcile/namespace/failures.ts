// Pure: what an error of a write means: a conflict to plan anew, the end of the namespace, or a failure with a reason.
import { conditionMessage } from '../../api/reasons.ts';
import type { FactsFor } from '../../api/reasons.ts';
import { nameOf } from '../../lib/errors.ts';
import type { FailureOfNamespace } from '../ports.ts';
import { isKubeError } from '../../kube/client.ts';
import type { KubeError } from '../../kube/client.ts';
import { ChangedMeanwhile, Skipped } from './apply.ts';
import type { Action } from './plan.ts';

export interface Failure {
  readonly reason: FailureOfNamespace;
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

export function failureOf(action: Action, error: unknown): Failure {
  const object = objectOf(action);
  const verb = verbOf(action);
  if (error instanceof ChangedMeanwhile) return failure('Contention', { object, times: MOST_TRIES });
  if (!isKubeError(error)) return failure('WriteFailed', { verb, object, cause: nameOf(error) });
  if (isFrozenByUser(error)) return failure('SecretImmutable', { name: nameIn(action) });
  switch (error.kind) {
    case 'Conflict':
    case 'AlreadyExists':
    case 'NotFound':
      return failure('Contention', { object, times: MOST_TRIES });
    case 'Forbidden':
      return failure('Forbidden', { verb, object, rule: error.rule });
    case 'QuotaExceeded':
      return failure('QuotaExceeded', { verb, object });
    case 'AdmissionDenied':
      return failure(
        'AdmissionDenied',
        error.detail === '' ? { verb, object } : { verb, object, detail: error.detail },
      );
    case 'TooLarge':
      return failure('SecretTooLarge', { name: nameIn(action) });
    default:
      return failure('WriteFailed', { verb, object, cause: causeOf(error) });
  }
}

const MOST_TRIES = '5';

function failure<Reason extends FailureOfNamespace>(reason: Reason, facts: FactsFor<'Synced', Reason>): Failure {
  return { reason, message: conditionMessage('Synced', reason, facts) };
}

/** `immutable: true`, set between our read and our write. */
function isFrozenByUser({ kind, causeFields }: KubeError): boolean {
  return kind === 'Invalid' && causeFields.some((field) => /^(data|immutable|type)/.test(field));
}

function causeOf({ kind, status, detail }: KubeError): string {
  const http = status === 0 ? '' : ` (HTTP ${status})`;
  return `${detail === '' ? kind : detail}${http}`;
}

function verbOf({ kind }: Action): string {
  return kind === 'CreateSecret' ? 'create' : kind === 'DeleteSecret' ? 'delete' : 'patch';
}

function objectOf(action: Action): string {
  return `${action.kind === 'SetEntries' ? 'ServiceAccount' : 'Secret'} "${nameIn(action)}"`;
}

function nameIn(action: Action): string {
  switch (action.kind) {
    case 'CreateSecret':
    case 'UpdateSecret':
      return action.secret.name;
    case 'SetEntries':
      return action.serviceAccount.name;
    case 'Refuse':
      return action.secretName;
    default:
      return action.found.slim.name;
  }
}
