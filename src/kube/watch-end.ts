// Why a watch ended, and what follows from it: pure, the table of the reflector.
import type { KubeError } from './client.ts';
import { isKubeError } from './client.ts';

/** The closed set of the label `cause`. */
export type RestartCause = 'closed' | 'silent' | 'expired' | 'throttled' | 'refused' | 'malformed' | 'error';

export interface WatchEnd {
  /** Undefined for a clean close. */
  readonly error: unknown;
  /** The watchdog ended it. */
  readonly silent: boolean;
  readonly events: number;
  readonly livedMs: number;
  /** Attempts in a row that gave nothing, before this one. */
  readonly failures: number;
}

export interface Step {
  readonly cause: RestartCause;
  /** Whether a list must come first, or the watch goes on where it was. */
  readonly relist: boolean;
  /** Whether to back off before. */
  readonly wait: boolean;
  /** To be told as the reflector's last error. */
  readonly isFailure: boolean;
  readonly error: unknown;
}

const TOO_SHORT_MS = 1_000;
const SHORT_MS = 5_000;
const SERVER_ERRORS_BEFORE_RELIST = 3;

export function afterWatch(end: WatchEnd): Step {
  const { error, silent, livedMs, events } = end;
  if (silent) return { cause: 'silent', relist: false, wait: false, isFailure: false, error: undefined };
  if (error === undefined) {
    const isFailure = livedMs < TOO_SHORT_MS && events === 0;
    return { cause: 'closed', relist: false, wait: isFailure || livedMs < SHORT_MS, isFailure, error };
  }
  return { ...afterError(error, end), wait: true, isFailure: true, error };
}

function afterError(error: unknown, end: WatchEnd): Pick<Step, 'cause' | 'relist'> {
  const isLastTry = end.failures >= SERVER_ERRORS_BEFORE_RELIST;
  if (!isKubeError(error)) return { cause: 'error', relist: isLastTry };
  switch (error.kind) {
    case 'Expired':
      return { cause: 'expired', relist: true };
    case 'TooManyRequests':
      return { cause: 'throttled', relist: false };
    case 'Unreachable':
      return { cause: hadBegun(end) ? 'closed' : 'refused', relist: false };
    case 'Unauthorized':
    case 'Forbidden':
    case 'NotServed':
      return { cause: 'refused', relist: false };
    case 'Malformed':
      return { cause: 'malformed', relist: isLastTry };
    default:
      return { cause: 'error', relist: isServerError(error) ? isLastTry : true };
  }
}

/** A broken connection is as good as a closed one when something had come over it. */
function hadBegun({ events, livedMs }: WatchEnd): boolean {
  return events > 0 || livedMs >= TOO_SHORT_MS;
}

function isServerError({ kind }: KubeError): boolean {
  return kind === 'Unavailable';
}
