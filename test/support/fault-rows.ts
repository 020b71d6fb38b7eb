// Reads docs/faults.md, the fault catalogue, and says which of its rows a run has covered.
import { readFileSync } from 'node:fs';

export interface FaultRow {
  readonly id: string;
  readonly section: string;
  readonly layers: readonly string[];
}

/** Row numbers that a test's title claims: "F172: ..." or "F3, F4: ...". */
export function rowsOf(title: string): readonly string[] {
  return [...title.matchAll(/\bF[0-9]{1,3}\b/g)].map(([id]) => id);
}

export function faultRows(): readonly FaultRow[] {
  const rows: FaultRow[] = [];
  let section = '';
  for (const line of readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    const id = /^\| (F[0-9]+) \|/.exec(line)?.[1];
    const layers = line.split('|').at(-2)?.trim().split(', ') ?? [];
    if (id !== undefined) rows.push({ id, section, layers });
  }
  return rows;
}

/** A line a section: covered of all, and which are missing. */
export function summaryOfRows(covered: ReadonlySet<string>): string {
  const sections = Map.groupBy(faultRows(), ({ section }) => section);
  const lines = [...sections].map(([section, rows]) => {
    const missing = rows.filter(({ id }) => !covered.has(id)).map(({ id }) => id);
    const rest = missing.length === 0 ? '' : `; not in this run: ${missing.join(' ')}`;
    return `  ${section}: ${rows.length - missing.length} of ${rows.length}${rest}`;
  });
  return ['', 'Rows of docs/faults.md covered by this run:', ...lines].join('\n');
}
