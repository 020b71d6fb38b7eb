// The members of a JSON object as they stand in the text: in order, duplicates included, which JSON.parse loses.

export interface JsonMember {
  readonly name: string;
  /** The member's value, still JSON, without white space around it. */
  readonly text: string;
}

/** Lists the members of an object. The text must be valid JSON and an object; time is linear, whatever the nesting. */
export function jsonMembers(text: string): readonly JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const nameEnd = endOfString(text, at);
    const start = skipSpace(text, text.indexOf(':', nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ name: stringOf(text.slice(at, nameEnd)), text: text.slice(start, end) });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/** A JSON string's value; lone surrogates become U+FFFD, as in Go. */
export function stringOf(text: string): string {
  return String(JSON.parse(text)).toWellFormed();
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  return at;
}

function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] === '{' || text[start] === '[') return endOfBrackets(text, start);
  let at = start;
  while (at < text.length && !' \n\t\r,}]'.includes(text.charAt(at))) at++;
  return at;
}

function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    at = character === '"' ? endOfString(text, at) : at + 1;
  } while (depth > 0);
  return at;
}
