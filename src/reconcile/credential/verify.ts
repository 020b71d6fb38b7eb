// Between issue and publishing: each new login is tried at its registry, and one that is proven bad does not replace one
// that works. Nothing waits here: a verdict that is not there yet wakes the credential when it comes.
import type { Credential } from '../credential.ts';
import type { CredentialPorts } from './ports.ts';
import { loginsToTry, settle, withRunning } from './settle.ts';
import type { Held } from './tokens.ts';

/** What is held now that the verdicts which came in count; what is not known yet is asked for. */
export function verifyHeld(
  credential: Credential,
  held: Held,
  { clock, verifications }: Pick<CredentialPorts, 'clock' | 'verifications'>,
): Held {
  const at = { now: clock.now(), nowMs: clock.monotonicMs() };
  const settled = settle(credential, held, at, verifications.take(credential.uid));
  const wanted = loginsToTry(credential, settled, at);
  verifications.want(credential, wanted);
  return withRunning(credential, settled, wanted);
}
