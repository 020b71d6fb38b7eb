// The page of all reasons, from the typed table in src/api/reasons.ts.
import { reasonTable } from '../src/api/reasons.ts';
import type { ConditionType, ReasonRow } from '../src/api/reasons.ts';

const HEADER = 'Made from src/api/reasons.ts by "npm run generate"; do not edit.';

const INTRODUCTIONS: Readonly<Record<ConditionType, string>> = {
  Ready:
    'Is a live login held for every registry? `Ready=False` repeats the reason of `TokenIssued=False` where that is the cause.',
  TokenIssued: 'How the last issue went.',
  Verified: 'What the registries say to the login before it is published.',
  Synced: 'Has every selected namespace its pull Secret? The same reasons stand in `status.failures`.',
  Shadowed: 'Does another credential win a key of this one? It never touches `Ready`.',
  Stalled: 'Only while True: nothing but a change of the spec mends it.',
};

const RETRIES: Readonly<Record<string, string>> = {
  backoff: 'soon, then slower',
  'retry-after': 'when the server said',
  slow: 'every 1 to 15 min, for ever',
  'wait-for-change': 'when the credential or an input changes',
};

export function reasonsPage(): string {
  const types = Object.keys(INTRODUCTIONS) as ConditionType[];
  return `<!-- ${HEADER} -->
# Reasons

Every reason that a condition of a credential can have, and its message; \`{words}\` are filled in. No message holds a secret, or a text of a vendor.

${types.map(sectionOf).join('\n\n')}
`;
}

function sectionOf(type: ConditionType): string {
  const rows = reasonTable().filter((row) => row.type === type);
  return [
    `## ${type}`,
    '',
    INTRODUCTIONS[type],
    '',
    '| reason | status | tried again | message |',
    '|---|---|---|---|',
    ...rows.map(lineOf),
  ].join('\n');
}

function lineOf({ reason, status, retry, say }: ReasonRow): string {
  return `| \`${reason}\` | ${status} | ${retry === undefined ? '' : (RETRIES[retry] ?? retry)} | ${say.map((text) => text.replaceAll('|', '\\|')).join('<br>')} |`;
}
