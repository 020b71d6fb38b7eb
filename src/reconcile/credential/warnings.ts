// Warnings that no condition's transition brings. One when a refresh has failed for half of the time that was left for it:
// somebody should look before pulls fail; the end itself is a transition of TokenIssued. And one for each new notice.
import { messageFor } from '../../api/reasons.ts';
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { nextNoticeMs, noticesOf } from './notices.ts';
import { clampTimerMs, refreshAt } from './refresh.ts';
import { regardingOf } from './report.ts';
import { causeOf } from './token-conditions.ts';
import type { Held, HeldEntry } from './tokens.ts';

/** Milliseconds until the warning is due; undefined: none is. */
export function warnOfExpiry(
  credential: Credential,
  held: Held | undefined,
  { clock, warned, events }: Pick<CredentialPorts, 'clock' | 'warned' | 'events'>,
): number | undefined {
  const failure = held?.failures[0];
  const first = held && firstToEnd(held);
  if (!held || !failure || !first?.expiresAt) return undefined;
  const end = first.expiresAt.getTime();
  const now = clock.now().getTime();
  if (end <= now || warned.get(credential.uid) === end) return undefined;
  const from = refreshAt(credential, first).getTime();
  const half = from + (end - from) / 2;
  if (now < half) return half - now;
  warned.set(credential.uid, end);
  const note = messageFor('LastGood', { expires: first.expiresAt.toISOString(), cause: causeOf(failure, held) });
  const regarding = regardingOf(credential);
  events.record({ regarding, type: 'Warning', reason: 'ExpiresSoon', action: 'TokenIssued', note });
  return undefined;
}

/** Milliseconds until the next notice; undefined: none is known of. */
export function tellNotices(
  credential: Credential,
  held: Held,
  { clock, noticed, events }: Pick<CredentialPorts, 'clock' | 'noticed' | 'events'>,
): number | undefined {
  const notices = noticesOf(held, clock.now());
  const before = noticed.get(credential.uid);
  const news = Map.groupBy(
    notices.filter(({ text }) => !before?.has(text)),
    ({ reason }) => reason,
  );
  noticed.set(credential.uid, new Set(notices.map(({ text }) => text)));
  const regarding = regardingOf(credential);
  for (const [reason, some] of news) {
    const note = some.map(({ text }) => text).join('; '); // one Event for all: a source may hold a hundred oddities
    events.record({ regarding, type: 'Warning', reason, action: 'TokenIssued', note });
  }
  const nextMs = nextNoticeMs(held, clock.now());
  return nextMs === undefined ? undefined : clampTimerMs(nextMs);
}

function firstToEnd({ entries, failures }: Held): HeldEntry | undefined {
  const failed = new Set(failures.flatMap(({ prefixes }) => prefixes));
  const isFailing = ({ prefix }: HeldEntry): boolean =>
    failures.some((one) => one.prefixes.length === 0) || failed.has(prefix);
  return [...entries.values()]
    .filter((entry) => entry.expiresAt !== null && isFailing(entry))
    .sort((a, b) => (a.expiresAt?.getTime() ?? 0) - (b.expiresAt?.getTime() ?? 0))[0];
}
