// YAML in and out, with errors that say where and never quote what stands there: manifests may hold Secrets.
import { LineCounter, parseAllDocuments, stringify } from 'yaml';

/** The text is no YAML that we take; `line` and `column` count from 1. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly line: number;
  readonly column: number;
  constructor(problem: string, position: { readonly line: number; readonly column: number }) {
    super(`${problem} at line ${position.line}, column ${position.column}`);
    this.line = position.line;
    this.column = position.column;
  }
}

// Aliases multiply: a file of a few lines could otherwise become gigabytes.
const LIMITS = { maxAliasCount: 100 };

/** All documents of a text, in order; empty ones are left out. Throws a YamlError. */
export function parseYamlDocuments(text: string): unknown[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const list = Array.isArray(documents) ? documents : [];
  return list.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new YamlError(describe(error.code), positionOf(lines, error.pos[0]));
    const value = toValue(document, positionOf(lines, document.range[0]));
    return value === null ? [] : [value];
  });
}

/** The one document of a text; undefined where there is none. Throws a YamlError, and an Error for a second document. */
export function parseYaml(text: string): unknown {
  const documents = parseYamlDocuments(text);
  if (documents.length > 1) throw new Error(`expected one YAML document, found ${documents.length}`);
  return documents[0];
}

/** Block style, keys in the order of the object, no aliases, no folded lines. */
export function stringifyYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function toValue(
  document: { toJS(options: typeof LIMITS): unknown },
  start: { line: number; column: number },
): unknown {
  try {
    return document.toJS(LIMITS) ?? null;
  } catch {
    throw new YamlError('an alias without anchor, or too many aliases', start); // the library's message quotes names
  }
}

// The library's own messages quote the text; its codes do not.
function describe(code: string): string {
  return `invalid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

function positionOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
