// Pure: which answers of a provider are tokens that may be published. What a kubelet or another reader would stumble over,
// and what ends too soon or never, is a failure or is bounded here, for every provider alike.
import { issueFailure } from '../../api/reasons.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import type { IssueFailure, IssueResult, RegistryToken } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import { providerBlock } from './identity.ts';
import { checkLife, longestLifeMs } from './lifetimes.ts';

const CONTROL = /[\u0000-\u001f\u007f:]/;
const LARGEST_TOKEN = 64 * 1024;

/** A static login: it may hold anything that a docker config can carry. */
export function examineLogin(result: IssueResult, { provider }: Credential): IssueResult {
  if (result.kind !== 'token') return result;
  return isBroken(result) ? issueFailure('MalformedResponse', result.prefixes, { endpoint: provider }) : result;
}

/** An issued token: one word, for prefixes of the spec, with an end that is believed. */
export function examineToken(result: IssueResult, credential: Credential, now: Date): IssueResult {
  if (result.kind !== 'token') return result;
  const { provider } = credential;
  const password = result.password.reveal();
  const isWord = password.length < LARGEST_TOKEN && !/[\s\u0000-\u001f\u007f]/.test(password);
  if (isBroken(result) || !isWord || !areOfSpec(result, credential))
    return issueFailure('MalformedResponse', result.prefixes, { endpoint: provider });
  const longestMs = longestLifeMs(provider, providerBlock(credential)) ?? Infinity;
  return withLife(result, checkLife(result, { now, longestMs, provider }));
}

function withLife(token: RegistryToken, life: ReturnType<typeof checkLife>): RegistryToken | IssueFailure {
  if (life.kind === 'failure') return life;
  return { ...token, expiresAt: life.expiresAt, ...(life.assumed ? { expirySource: 'nominal' } : {}) };
}

/** The kubelet splits at the first colon; a control character would break readers of the file. */
function isBroken({ username, password, prefixes }: RegistryToken): boolean {
  const text = password.reveal();
  const isBad = username === '' || CONTROL.test(username) || text === '' || text.includes('\0');
  return isBad || !text.isWellFormed() || prefixes.some((prefix) => canonicalPrefix(prefix) === undefined);
}

/** Never under a host that the credential does not name. */
function areOfSpec({ prefixes }: RegistryToken, credential: Credential): boolean {
  const named = new Set(prefixesOf(credential).map(canonicalPrefix));
  return prefixes.length > 0 && prefixes.every((prefix) => named.has(canonicalPrefix(prefix)));
}

/** The prefixes of a spec, as its author spelled them. */
export function prefixesOf(credential: Credential): readonly string[] {
  const { registries } = providerBlock(credential);
  return Array.isArray(registries) ? registries.map(({ prefix }: { prefix: string }) => prefix) : [];
}
