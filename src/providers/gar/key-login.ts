// auth.serviceAccountKey: Google's library signs with the key and asks, through our client.
import { issueFailure } from '../../api/reasons.ts';
import { callToken } from '../../lib/token-call.ts';
import type { TokenOutcome } from '../../lib/token-call.ts';
import type { IssueFailure } from '../provider.ts';
import { bearerOf, googleUrl, SCOPE } from './google.ts';
import type { Bearer, Situation } from './google.ts';
import type { KeyFile } from './key-file.ts';

export async function loginByKey(file: KeyFile, { prefixes, context }: Situation): Promise<Bearer | IssueFailure> {
  const { signIn } = await import('./sdk.ts');
  const url = googleUrl('google-oauth2', '/token', context);
  const seen: TokenOutcome[] = [];
  await signIn(file, SCOPE, async (form) => void seen.push(await callToken({ url, form }, context)));
  const [outcome] = seen;
  if (!outcome) return issueFailure('InternalError', prefixes, { name: 'NoCall', provider: 'Google' });
  return bearerOf(outcome, { at: 'oauth2', prefixes, caller: file.email, key: file.keyId }, file.email);
}
