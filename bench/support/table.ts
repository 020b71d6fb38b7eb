// The one table: ours, the bare client's, and the ratio, in each row.

export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly bare: number;
  /** Undefined: of the two numbers. */
  readonly ratio?: number;
  readonly unit: string;
  /** What must hold; undefined: told, not judged. */
  readonly target?: { readonly text: string; readonly isMet: boolean };
  /** What else was counted. */
  readonly note?: string;
}

const HEAD = ['', 'ours', 'bare', 'ratio', 'target', 'notes'];

/** In Markdown, so that it goes into the documentation as it is. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head, ...body] = cells.map(line);
  return [head, rule, ...body].join('\n');
}

function cellsOf({ what, ours, bare, ratio, unit, target, note = '' }: Row): readonly string[] {
  const quotient = bare === 0 ? (ours === 0 ? 'equal' : '-') : (ratio ?? ours / bare).toFixed(2);
  const verdict = target === undefined ? '' : `${target.text}: ${target.isMet ? 'met' : 'MISSED'}`;
  return [what, `${short(ours)} ${unit}`, `${short(bare)} ${unit}`, quotient, verdict, note];
}

function short(value: number): string {
  return Number.isInteger(value) || value >= 10 ? String(Math.round(value)) : value.toPrecision(2);
}
