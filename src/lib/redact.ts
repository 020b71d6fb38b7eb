// What a log line may hold: fields with telling names are blanked at any depth, text loses secrets that are alive, what looks
// like a login, and its control characters.
import { nameOf } from './errors.ts';
import { withoutSecrets } from './live-secrets.ts';

const REDACTED = '[redacted]';
const DEEPEST = 6;
const LONGEST_TEXT = 2048;
const MOST_ELEMENTS = 100;

// The last word of a field's name tells: clientSecret, API_KEY, x-registry-auth; secretName and tokenCount are harmless.
const TELLING = new Set(
  (
    'password passwd passphrase pass pwd token tokens secret secrets auth auths authorization key apikey data ' +
    'cookie cookies bearer jwt assertion signature body header headers dockerconfigjson dockercfg'
  ).split(' '),
);

const LOGINS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\/\/[^\s/@]+@/g, `//${REDACTED}@`],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
];
// C0, C1 (which holds a one-byte ANSI introducer), line separators, and what turns the reading direction around.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A copy that is safe to print. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactEntries(Object.entries(fields), []);
}

/** One line of printable characters; what is not printable stays readable as \uXXXX. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Text without secrets and logins, cut to a length that no line needs. */
export function redactText(text: string): string {
  const known = withoutSecrets(text.slice(0, 2 * LONGEST_TEXT)); // before the cut, which could leave half of one
  const cut = known.length > LONGEST_TEXT ? `${known.slice(0, LONGEST_TEXT)}…` : known;
  return LOGINS.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), cut);
}

function redactEntries(entries: readonly (readonly [string, unknown])[], above: readonly object[]) {
  const safe = entries.slice(0, MOST_ELEMENTS).map(([name, value]): [string, unknown] => {
    const isBlank = value === undefined || value === null;
    return [redactText(name), isTelling(name) && !isBlank ? REDACTED : redactValue(value, above)];
  });
  return Object.fromEntries(safe); // defines keys, so that "__proto__" is one like any other
}

function isTelling(name: string): boolean {
  const words = name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g);
  return TELLING.has(words?.at(-1)?.toLowerCase() ?? '');
}

function redactValue(value: unknown, above: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'object':
      return value === null ? null : redactObject(value, above);
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    default:
      return value;
  }
}

function redactObject(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return '[circular]';
  if (above.length === DEEPEST) return '[too deep]';
  if ('reveal' in value) return REDACTED; // Sensitive
  if (value instanceof Error) return nameOf(value); // its message may quote anything
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return value.origin + value.pathname; // queries hold signatures
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const within = [...above, value];
  if (Array.isArray(value) || value instanceof Set) {
    return [...(value as Iterable<unknown>)].slice(0, MOST_ELEMENTS).map((element) => redactValue(element, within));
  }
  if (value instanceof Map)
    return redactEntries(
      [...value].map(([name, entry]) => [String(name), entry]),
      within,
    );
  return redactEntries(Object.entries(value), within);
}
