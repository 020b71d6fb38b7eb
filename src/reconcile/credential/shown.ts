// Pure: what our own status still says after a restart of logins that are published: their verdicts, and of which ones we do
// not hold the bytes. A login that nobody could tell from those must not be replaced by one that is proven bad.
import { conditionMessage } from '../../api/reasons.ts';
import type { VerifiedReason } from '../../api/reasons.ts';
import type { RegistryStatus } from '../../api/registry-credential.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import type { UnreadLogin } from './tokens.ts';

const KIND: Readonly<Partial<Record<VerifiedReason, RegistryVerdict['kind']>>> = {
  PullProven: 'Valid',
  LoginProven: 'Valid',
  NoAuthNeeded: 'Open',
  Invalid: 'Invalid',
  Denied: 'Denied',
  Indeterminate: 'Indeterminate',
  RealmNotTrusted: 'Indeterminate',
  NotProbed: 'Indeterminate',
};

/** The verdict that status shows for a prefix; the words are the condition's where they are about the same. */
export function shownVerdict({ status }: Credential, prefix: string): RegistryVerdict | undefined {
  const shown = status?.registries?.find((one) => one.prefix === prefix)?.verdict ?? '';
  const kind = Object.hasOwn(KIND, shown) ? KIND[shown as VerifiedReason] : undefined;
  if (kind === undefined) return undefined;
  const reason = shown as VerifiedReason;
  const condition = status?.conditions?.find((one) => one.type === 'Verified' && one.reason === reason);
  return {
    kind,
    reason,
    message: condition?.message ?? conditionMessage('Verified', reason, { host: prefix }),
  };
}

/** By canonical key. */
export function unreadLogins(credential: Credential, now: Date): ReadonlyMap<string, UnreadLogin> {
  const lines = credential.status?.registries ?? [];
  return new Map(
    lines.flatMap((line) => {
      const login = unreadLogin(line, credential);
      const isAlive = login !== undefined && (login.expiresAt === null || login.expiresAt > now);
      return isAlive ? [[login.key, login] as const] : [];
    }),
  );
}

/** Published, by its line. */
function unreadLogin(line: RegistryStatus, credential: Credential): UnreadLogin | undefined {
  const { prefix, principal = null, reason } = line;
  const key = canonicalPrefix(prefix);
  if (key === undefined || (reason !== 'Issued' && reason !== 'LastGood')) return undefined;
  const [issuedAt, expiresAt] = [timeOf(line.issueTime), timeOf(line.expirationTime)];
  const from = issuedAt ?? expiresAt ?? new Date(0);
  return { key, prefix, principal, issuedAt: from, expiresAt, verdict: shownVerdict(credential, prefix) };
}

function timeOf(text: string | undefined): Date | null {
  const time = new Date(text ?? NaN);
  return Number.isNaN(time.getTime()) ? null : time;
}
