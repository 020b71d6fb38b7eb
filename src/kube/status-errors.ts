// From an HTTP answer to the KubeError that says what to do: the table of what the API server answers.
import type { IncomingHttpHeaders } from 'node:http';
import type { KubeErrorFacts, KubeErrorKind } from './client.ts';
import { KubeError } from './client.ts';

/** The parts of a metav1.Status that decide. Anything may be missing: proxies answer too. */
interface Status {
  readonly message: string;
  readonly reason: string;
  readonly detailsName: string | undefined;
  readonly detailsKind: string | undefined;
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
  readonly retryAfterSeconds: number | undefined;
  readonly continueToken: string | undefined;
}

export interface Asked {
  readonly request: string;
  readonly isWrite: boolean;
  readonly name: string | undefined;
  readonly namespaced: boolean;
}

const LONGEST_PAUSE_MS = 60_000; // the API server never says more than 32 s

/** `body` is the text of the answer, whatever it is: HTML, cut, empty. */
export function errorOfAnswer(
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string },
  asked: Asked,
): KubeError {
  const { status, headers } = answer;
  return errorOfStatus(parseObject(answer.body), { status, asked, retryAfter: headers['retry-after'] });
}

/** Also for the ERROR event of a watch, whose `code` stands for the HTTP status. */
export function errorOfStatus(
  body: unknown,
  { status, asked, retryAfter }: { status: number; asked: Asked; retryAfter?: string | undefined },
): KubeError {
  const details = readStatus(body);
  const retryAfterMs = retryAfterOf(retryAfter) ?? retryAfterOf(details.retryAfterSeconds);
  const facts: KubeErrorFacts = {
    kind: kindOf(status, details, asked),
    status,
    request: asked.request,
    detail: status >= 500 ? '' : scrub(details.message),
    causeFields: details.causes.map(({ field }) => scrub(field)),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(details.continueToken === undefined ? {} : { continueToken: details.continueToken }),
  };
  return new KubeError(facts);
}

function kindOf(status: number, details: Status, asked: Asked): KubeErrorKind {
  if (isDenial(details.message)) return 'AdmissionDenied'; // may carry any code
  if (status >= 500 && isTooLargeForEtcd(details.message)) return 'TooLarge';
  switch (status) {
    case 401:
      return 'Unauthorized';
    case 403:
      return kindOfForbidden(details);
    case 404:
      return kindOfNotFound(details, asked);
    case 409:
      return kindOfConflict(details);
    case 410:
      return 'Expired';
    case 413:
      return 'TooLarge';
    case 422:
      return details.causes.some(({ field }) => field === 'metadata.uid') ? 'Conflict' : 'Invalid';
    case 429:
      return 'TooManyRequests';
    case 504:
      return asked.isWrite ? 'Unknown' : 'Unavailable';
    default:
      return status >= 500 ? 'Unavailable' : status >= 400 ? 'BadRequest' : 'Malformed';
  }
}

function isDenial(message: string): boolean {
  return (
    /\badmission webhook "[^"]*" denied the request/.test(message) ||
    /ValidatingAdmissionPolicy '.*denied request/s.test(message)
  );
}

/** etcd takes 1.5 MiB; the API server passes its refusal on as an internal error. */
function isTooLargeForEtcd(message: string): boolean {
  return /etcdserver: request is too large|trying to send message larger than max/.test(message);
}

function kindOfForbidden({ causes, message }: Status): KubeErrorKind {
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) return 'NamespaceGone';
  return message.includes('exceeded quota') ? 'QuotaExceeded' : 'Forbidden';
}

function kindOfNotFound({ detailsKind, detailsName }: Status, { namespaced, name }: Asked): KubeErrorKind {
  if (detailsKind === 'namespaces' && namespaced) return 'NamespaceGone';
  return detailsName !== undefined && detailsName === name ? 'NotFound' : 'NotServed';
}

function kindOfConflict({ reason, detailsKind }: Status): KubeErrorKind {
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  return detailsKind === 'resourcequotas' ? 'Unavailable' : 'Conflict';
}

function retryAfterOf(value: string | number | undefined): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,6}$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined; // dates and garbage: the caller's own back-off
  return Math.min(seconds * 1000, LONGEST_PAUSE_MS);
}

function readStatus(body: unknown): Status {
  const root = objectOf(body);
  const isStatus = root['kind'] === 'Status';
  const details = objectOf(root['details']);
  const causes = Array.isArray(details['causes']) ? details['causes'].map(objectOf) : [];
  return {
    message: isStatus ? (textOf(root['message']) ?? '') : '',
    reason: textOf(root['reason']) ?? '',
    detailsName: isStatus ? textOf(details['name']) : undefined,
    detailsKind: isStatus ? textOf(details['kind']) : undefined,
    causes: causes.map((cause) => ({
      reason: textOf(cause['reason']) ?? '',
      field: textOf(cause['field']) ?? '',
      message: textOf(cause['message']) ?? '',
    })),
    retryAfterSeconds: typeof details['retryAfterSeconds'] === 'number' ? details['retryAfterSeconds'] : undefined,
    continueToken: textOf(objectOf(root['metadata'])['continue']),
  };
}

/** The server's words for people: 256 printable characters, without what looks like a token. */
export function scrub(text: string): string {
  return text
    .slice(0, 4096)
    .replace(/[^\x21-\x7e]+/g, ' ')
    .replace(/[A-Za-z0-9+/_=-]{40,}/g, (run) => (/[A-Z]/.test(run) ? '[redacted]' : run))
    .slice(0, 256);
}

/** The parsed JSON object, or undefined: the parser's own message would quote the text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
