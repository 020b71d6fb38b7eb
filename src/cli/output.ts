// How results look: tables, ages, counts.

/** Columns as wide as their widest cell, three spaces apart, as kubectl prints them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As kubectl's AGE: two units while they matter, then one. */
export function humanDuration(durationMs: number): string {
  if (Number.isNaN(durationMs)) return 'unknown';
  const ms = Math.max(0, durationMs);
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return withRest(ms, [MINUTE, 'm'], [SECOND, 's']);
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return withRest(ms, [HOUR, 'h'], [MINUTE, 'm']);
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return withRest(ms, [DAY, 'd'], [HOUR, 'h']);
  return `${Math.floor(ms / DAY)}d`;
}

/** "3 entries", "1 entry". */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

type Unit = readonly [ms: number, letter: string];

function withRest(ms: number, [big, bigLetter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigLetter}${rest === 0 ? '' : `${rest}${smallLetter}`}`;
}
