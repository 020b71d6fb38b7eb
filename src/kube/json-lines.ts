// A stream of JSON objects, one a line, as a watch sends them: split on Buffers, so that no character is torn.

/** A line that is not JSON, was cut, or is too long. Its message quotes nothing. */
export class BadLineError extends Error {
  override readonly name = 'BadLineError';
}

export interface JsonLinesOptions {
  readonly maxLineBytes?: number;
  /** What stands for a line that need not be parsed; undefined: parse it. */
  readonly instead?: (line: Buffer) => object | undefined;
}

const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;
const TURN_MS = 10;

/** Parsed lines in order; ends with the stream, throws a BadLineError at the first bad line or at a cut one. */
export async function* jsonLines(
  chunks: AsyncIterable<unknown>,
  { maxLineBytes = MAX_LINE_BYTES, instead = () => undefined }: JsonLinesOptions = {},
): AsyncGenerator {
  let parts: Buffer[] = []; // the beginning of a line whose end has not come
  let partsBytes = 0;
  let turnBeganMs = performance.now();
  for await (const chunk of chunks) {
    const bytes = chunk as Buffer;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const line = joinParts(parts, bytes.subarray(start, end));
      parts = [];
      partsBytes = 0;
      start = end + 1;
      if (line.length > maxLineBytes) throw new BadLineError('a line is too long');
      if (!isBlank(line)) yield instead(line) ?? parseLine(line);
      if (performance.now() - turnBeganMs > TURN_MS) {
        await nextTurn(); // lines that are already here come without one: others must have their turn too
        turnBeganMs = performance.now();
      }
    }
    if (start < bytes.length) parts.push(start === 0 ? bytes : bytes.subarray(start));
    partsBytes += bytes.length - start;
    if (partsBytes > maxLineBytes) throw new BadLineError('a line is too long');
  }
  if (partsBytes > 0) throw new BadLineError('the last line is cut');
}

function joinParts(parts: readonly Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d);
}

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    throw new BadLineError('a line is not JSON'); // the parser's message would quote it
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
