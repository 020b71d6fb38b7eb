// JSON that neither quotes its input in errors nor overflows the stack, and its canonical form for comparing and hashing.

export type JsonResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

// Deeper than anything that is meant; shallow enough for every recursive reader.
const DEEPEST = 100;

/** JSON.parse without its error message, which quotes the input and so may quote a secret. */
export function parseJson(text: string): JsonResult {
  if (isDeeperThan(text, DEEPEST)) return { ok: false };
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false };
  }
}

/** Whether the text is one JSON value, nested no deeper than that. */
export function isValidJson(text: string, deepest: number): boolean {
  if (isDeeperThan(text, deepest)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An object as JSON writes it: not null, not an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for equal values: fields sorted by UTF-16 code units, no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'; // eslint-disable-line @typescript-eslint/no-unnecessary-condition -- undefined in an array
  const fields = Object.keys(value).filter((name) => value[name] !== undefined);
  const texts = fields.sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${texts.join(',')}}`;
}

/** Counts brackets outside of strings. Only for valid texts is the answer exact, and only there it matters. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString && character === '\\') at++;
    else if (character === '"') inString = !inString;
    else if (!inString && (character === '[' || character === '{') && ++depth > limit) return true;
    else if (!inString && (character === ']' || character === '}')) depth--;
  }
  return false;
}
