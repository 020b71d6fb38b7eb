// Between issue and publishing: each new login is tried at its registry, and one that is proven bad does not replace one
// that works. One verification a login: what was published already is not tried again.
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import type { CredentialPorts } from './ports.ts';
import { decide } from './decide.ts';
import type { Held, HeldEntry } from './tokens.ts';

const VERIFY_DEADLINE_MS = 30_000;

export interface VerifiedToken {
  readonly published: readonly HeldEntry[];
  /** By canonical key: kept back. */
  readonly candidates: ReadonlyMap<string, HeldEntry>;
}

export async function verifyToken(
  credential: Credential,
  before: Held | undefined,
  entries: readonly HeldEntry[],
  { verifier, clock }: Pick<CredentialPorts, 'verifier' | 'clock'>,
): Promise<VerifiedToken> {
  const { mode } = credential.spec.verification;
  const isNew = ({ key, hash }: HeldEntry): boolean => before?.entries.get(key)?.hash !== hash;
  const fresh = mode === 'Off' ? [] : entries.filter(isNew);
  const signal = AbortSignal.timeout(VERIFY_DEADLINE_MS);
  const verdicts =
    fresh.length === 0
      ? new Map<string, RegistryVerdict>()
      : await verifier.verify({ credential, logins: fresh, signal });
  const tried = entries.map((entry) => ({ ...entry, verdict: verdicts.get(entry.prefix) ?? entry.verdict }));
  const decisions = tried.map((entry) => {
    const verdict = isNew(entry) ? entry.verdict : undefined;
    return {
      entry,
      decision: decide(mode, verdict?.kind ?? 'Indeterminate', before?.entries.get(entry.key), clock.now()),
    };
  });
  return {
    published: decisions.filter(({ decision }) => decision === 'publish').map(({ entry }) => entry),
    candidates: new Map(
      decisions.filter(({ decision }) => decision !== 'publish').map(({ entry }) => [entry.key, entry]),
    ),
  };
}
