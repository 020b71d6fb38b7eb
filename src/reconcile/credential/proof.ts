// Pure: what a verdict makes of a login, and when its registry is asked again: once for a token that is proven, on the slow
// ladder where nothing is settled, or when the registry says, daily for a login that nobody issues anew.
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import { providerBlock } from './identity.ts';
import { clampTimerMs, fractionOf, retryDelayMs } from './refresh.ts';
import type { HeldEntry } from './tokens.ts';

const DAY_MS = 24 * 60 * 60_000;

/** `registries[].verifyRepository` of a prefix. */
export function repositoryOf(credential: Credential, prefix: string): string | undefined {
  const { registries } = providerBlock(credential) as {
    readonly registries?: readonly { readonly prefix: string; readonly verifyRepository?: string }[];
  };
  return registries?.find((one) => one.prefix === prefix)?.verifyRepository;
}

/** Names a try of a login: what is asked for belongs to it. */
export function tryId(credential: Credential, { prefix, hash }: Pick<HeldEntry, 'prefix' | 'hash'>): string {
  return JSON.stringify([prefix, hash, repositoryOf(credential, prefix)]);
}

/** The login with its new verdict. */
export function provenAs<Login extends HeldEntry>(
  login: Login,
  told: RegistryVerdict,
  credential: Credential,
  nowMs: number,
): Login {
  const { retryAfterMs, ...verdict } = told; // a wait is not kept with the verdict, nor stored: it ends
  const round = isUnsettled(verdict) ? login.round + 1 : 0;
  const againAtMs = nowMs + againAfterMs({ ...login, verdict, round }, credential.uid, retryAfterMs);
  const proof = { repository: repositoryOf(credential, login.prefix), triedMs: nowMs, againAtMs, isRunning: false };
  return { ...login, verdict: isSameDoubt(login.verdict, verdict) ? login.verdict : verdict, round, proof };
}

/** A verdict that was made before the start counts from now; one for another repository is none. */
export function asOfToday<Login extends HeldEntry>(login: Login, credential: Credential, nowMs: number): Login {
  const { verdict, proof } = login;
  if (verdict === undefined) return login;
  if (proof === undefined) return provenAs(login, verdict, credential, nowMs);
  return proof.repository === repositoryOf(credential, login.prefix)
    ? login
    : { ...login, verdict: undefined, proof: undefined };
}

/** Is a verdict missing, on its way, or to be asked for again? */
export function isTryDue({ verdict, proof }: HeldEntry, nowMs: number): boolean {
  return verdict === undefined || proof === undefined || proof.isRunning || nowMs >= proof.againAtMs;
}

/** Proven bad, and its time on the ladder has come: a new one is asked for too. */
export function isReplacementDue({ identity, verdict, proof }: HeldEntry, nowMs: number): boolean {
  return identity !== '' && verdict?.kind === 'Invalid' && proof?.isRunning === false && nowMs >= proof.againAtMs;
}

function isUnsettled({ reason }: RegistryVerdict): boolean {
  return reason === 'Invalid' || reason === 'Denied' || reason === 'Indeterminate';
}

function againAfterMs(
  { verdict, round, identity, hash }: HeldEntry,
  uid: string,
  retryAfterMs: number | undefined,
): number {
  if (verdict && isUnsettled(verdict)) {
    const retry = { uid, attempt: round - 1, remainingMs: undefined, retryAfterMs, inputsWatched: false };
    const delayMs = retryDelayMs(retryAfterMs === undefined ? 'slow' : 'retry-after', retry);
    return clampTimerMs(delayMs ?? Infinity); // "after a second" for ever would be a hot loop
  }
  return identity === '' ? DAY_MS * (1 - 0.1 * fractionOf(uid, hash)) : Infinity; // a token has its successor
}

/** Whether it was a time-out or a refused connection is no news: status stays. */
function isSameDoubt(before: RegistryVerdict | undefined, verdict: RegistryVerdict): before is RegistryVerdict {
  return verdict.kind === 'Indeterminate' && before?.reason === verdict.reason;
}
