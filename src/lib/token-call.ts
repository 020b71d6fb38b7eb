// One call to a token endpoint, and what came of it: an answer, or why there is none. It never throws, and keeps no
// text of the other side but the body, which its caller checks.
import { skewOf } from './clock-skew.ts';
import { jsonMembers } from './json-members.ts';
import { isJsonObject, parseJson } from './json.ts';

export interface TokenCall {
  readonly url: URL;
  /** Sent as a form by POST; without it the call is a GET. */
  readonly form?: URLSearchParams | string;
  /** Sent as JSON by POST. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TokenCaller {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export interface TokenAnswer {
  readonly kind: 'answer';
  readonly url: URL;
  readonly status: number;
  /** The body as JSON; undefined if it is none, or says something twice. */
  readonly body: unknown;
  /** The body as it came; '' if it is too large, or no UTF-8. To be matched by anchored patterns, never shown. */
  readonly text: string;
  readonly retryAfterMs: number | undefined;
  readonly sentAt: Date;
  /** How far the other side's clock is ahead of ours; 0 where it says nothing, or hardly differs. */
  readonly skewMs: number;
}

export type TokenOutcome =
  | TokenAnswer
  /** `cause`: a code such as ECONNREFUSED, or the name of an error. */
  | { readonly kind: 'unreachable'; readonly url: URL; readonly cause: string }
  | { readonly kind: 'tls'; readonly url: URL; readonly cause: string };

const LARGEST_BODY = 256 * 1024;
const LONGEST_PAUSE_MS = 60 * 60 * 1000;
const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

export async function callToken({ url, headers, ...call }: TokenCall, caller: TokenCaller): Promise<TokenOutcome> {
  const sentAt = caller.now();
  const content = contentOf(call);
  try {
    const response = await caller.fetch(url, {
      method: content ? 'POST' : 'GET',
      headers: { Accept: 'application/json', ...(content && { 'Content-Type': content.type }), ...headers },
      redirect: 'error', // a credential never follows
      signal: caller.signal,
      ...(content && { body: content.text }),
    });
    const text = textOf(await response.arrayBuffer());
    return {
      kind: 'answer',
      url,
      status: response.status,
      body: bodyOf(text),
      text,
      retryAfterMs: pauseOf(response.headers.get('retry-after'), caller.now()),
      sentAt,
      skewMs: skewOf(response.headers.get('date'), caller.now()),
    };
  } catch (error) {
    return { ...causeOf(error), url };
  }
}

function contentOf({ form, json }: Pick<TokenCall, 'form' | 'json'>): { type: string; text: string } | undefined {
  if (form !== undefined) return { type: 'application/x-www-form-urlencoded', text: form.toString() };
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

/** A byte order mark stays, and makes it no JSON. */
function textOf(bytes: ArrayBuffer): string {
  if (bytes.byteLength > LARGEST_BODY) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}

/** Of two members of one name nobody can say which is meant. */
function bodyOf(text: string): unknown {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return parsed.ok ? parsed.value : undefined;
  const names = jsonMembers(text).map(({ name }) => name);
  return new Set(names).size === names.length ? parsed.value : undefined;
}

/** What `Retry-After` asks for, in seconds or as a date, between a second and an hour; undefined for anything else. */
export function pauseOf(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const pauseMs = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  const isUsable = Number.isFinite(pauseMs) && /^\d|GMT$/.test(text);
  return isUsable ? Math.min(Math.max(pauseMs, 1000), LONGEST_PAUSE_MS) : undefined;
}

/** Why a call got no answer: codes and names alone, since messages may quote what was sent. */
export function causeOf(error: unknown): { readonly kind: 'unreachable' | 'tls'; readonly cause: string } {
  const codes = chainOf(error).flatMap((link) => {
    const code: unknown = (link as { code?: unknown }).code;
    return typeof code === 'string' && CODE.test(code) ? [code] : [];
  });
  const tls = codes.find((code) => TLS_CODE.test(code));
  if (tls !== undefined) return { kind: 'tls', cause: tls };
  const names = chainOf(error).map(({ name }) => name);
  const isDeadline = names.includes('TimeoutError') || names.includes('AbortError');
  return { kind: 'unreachable', cause: codes[0] ?? (isDeadline ? 'deadline' : 'no connection') };
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && chain.length < 5; link = link.cause) chain.push(link);
  return chain;
}
