// The secrets that live in this process: what holds one says so, and the log takes them out wherever they stand in a line,
// as the last net under redact.ts, which only knows where secrets usually stand.
const REDACTED = '[redacted]';
/** What is shorter is a word that may stand anywhere. */
const SHORTEST = 8;
/** So much of a longer one is no accident: a text that quotes a token may have been cut. */
const TELLING_START = 16;

/** By their first letters, so that a line costs the same however many there are; each with the number of its holders. */
const byStart = new Map<string, Map<string, number>>();
const gone = new FinalizationRegistry<string>(forget);

/** The text is secret for as long as the holder lives. */
export function markSecret(holder: object, text: string): void {
  if (text.length < SHORTEST) return;
  const start = text.slice(0, SHORTEST);
  const alike = byStart.get(start) ?? new Map<string, number>();
  byStart.set(start, alike.set(text, (alike.get(text) ?? 0) + 1));
  gone.register(holder, text);
}

/** The text without secrets that are alive, nor a telling start of one. */
export function withoutSecrets(text: string): string {
  let safe = '';
  let from = 0;
  for (let at = 0; byStart.size > 0 && at <= text.length - SHORTEST; at += 1) {
    const length = secretAt(text, at);
    if (length === 0) continue;
    safe += text.slice(from, at) + REDACTED;
    from = at + length;
    at = from - 1;
  }
  return safe + text.slice(from);
}

function forget(text: string): void {
  const start = text.slice(0, SHORTEST);
  const alike = byStart.get(start);
  const holders = (alike?.get(text) ?? 0) - 1;
  if (holders > 0) alike?.set(text, holders);
  else alike?.delete(text);
  if (alike?.size === 0) byStart.delete(start);
}

/** How many characters from here on are a secret; 0: none. A telling start hides the rest of its word, too. */
function secretAt(text: string, at: number): number {
  let whole = 0;
  let start = 0;
  for (const secret of byStart.get(text.slice(at, at + SHORTEST))?.keys() ?? []) {
    const length = sharedLength(secret, text, at);
    if (length === secret.length) whole = Math.max(whole, length);
    else if (length >= TELLING_START) start = Math.max(start, length);
  }
  return start > whole ? start + restOfWord(text, at + start) : whole;
}

function restOfWord(text: string, at: number): number {
  return /^[\w.~+/=-]*/.exec(text.slice(at))?.[0].length ?? 0;
}

function sharedLength(secret: string, text: string, at: number): number {
  let length = 0;
  while (length < secret.length && secret.charCodeAt(length) === text.charCodeAt(at + length)) length += 1;
  return length;
}
