// Pure: the content of a stored token, and which contents are believed: those made for this very object and today's spec,
// with logins that could be published now. Whoever may write into the operator's namespace is trusted; a mistake is not.
import { authEntry, canonicalPrefix, entryHash } from '../../lib/docker-config.ts';
import { canonicalJson, isJsonObject, parseJson } from '../../lib/json.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Credential } from '../credential.ts';
import type { RegistryVerdict } from '../ports.ts';
import { prefixesOf } from './examine.ts';
import { providerBlock, specHash } from './identity.ts';
import { longestLifeMs } from './lifetimes.ts';
import type { HeldEntry } from './tokens.ts';

const VERSION = 1;
const SLACK = 1.1;
const TOKEN = /^[\x21-\x7e]{1,65535}$/;
const USERNAME = /^[^\u0000-\u001f\u007f:]{1,255}$/;

/** `other`: of another object or spec, which is no fault; `broken`: nobody of ours wrote this. */
export type Read =
  | { readonly kind: 'entries'; readonly entries: readonly HeldEntry[] }
  | { readonly kind: 'other' }
  | { readonly kind: 'broken' };

/** Equal tokens give equal text. */
export function writeSaved(credential: Credential, entries: Iterable<HeldEntry>): string {
  const { kind, name, uid } = credential;
  const saved = [...entries]
    .filter(({ identity, expiresAt }) => identity !== '' && expiresAt !== null)
    .map(({ prefix, entry, identity, principal, issuedAt, expiresAt, assumed, verdict }) => ({
      prefix,
      username: entry.username,
      password: entry.password,
      identity,
      principal,
      issuedAt: issuedAt.toISOString(),
      expiresAt: expiresAt?.toISOString(),
      assumed,
      verdict,
    }))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  return canonicalJson({ v: VERSION, kind, name, uid, spec: specHash(credential), tokens: saved });
}

export function readSaved(text: string, credential: Credential, now: Date): Read {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return { kind: 'broken' };
  const { v, kind, name, uid, spec, tokens } = parsed.value;
  if (v !== VERSION || kind !== credential.kind || name !== credential.name) return { kind: 'broken' };
  if (typeof uid !== 'string' || !Array.isArray(tokens)) return { kind: 'broken' };
  if (uid !== credential.uid || spec !== specHash(credential)) return { kind: 'other' };
  const entries = tokens.map((one) => readEntry(one, credential, now));
  return entries.every((one) => one !== undefined) ? { kind: 'entries', entries } : { kind: 'broken' };
}

/** The credential that a stored token was written for; undefined: it does not say. */
export function ownerOf(text: string): { readonly name: string; readonly uid: string } | undefined {
  const parsed = parseJson(text);
  const { name, uid } = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}

function readEntry(value: unknown, credential: Credential, now: Date): HeldEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prefix, username, password, identity, principal, assumed, verdict } = value;
  const [issuedAt, expiresAt] = [timeOf(value['issuedAt']), timeOf(value['expiresAt'])];
  const key = typeof prefix === 'string' ? canonicalPrefix(prefix) : undefined;
  const isNamed = prefixesOf(credential).some((one) => one === prefix);
  if (typeof prefix !== 'string' || key === undefined || !isNamed) return undefined;
  if (typeof username !== 'string' || !USERNAME.test(username)) return undefined;
  if (typeof password !== 'string' || !TOKEN.test(password)) return undefined;
  if (typeof identity !== 'string' || identity === '' || !issuedAt || !expiresAt) return undefined;
  const longestMs = longestLifeMs(credential.provider, providerBlock(credential)) ?? 0;
  if (expiresAt.getTime() > now.getTime() + longestMs * SLACK) return undefined;
  const entry = authEntry(username, sensitive(password));
  return {
    key,
    prefix,
    entry,
    hash: entryHash(entry),
    expiresAt,
    principal: typeof principal === 'string' ? principal : null,
    issuedAt,
    refreshFrom: issuedAt,
    identity,
    assumed: assumed === true,
    verdict: readVerdict(verdict),
    proof: undefined,
    round: 0,
  };
}

function readVerdict(value: unknown): RegistryVerdict | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, reason, message } = value;
  const isText = typeof kind === 'string' && typeof reason === 'string' && typeof message === 'string';
  return isText ? (value as unknown as RegistryVerdict) : undefined;
}

function timeOf(value: unknown): Date | undefined {
  const time = new Date(typeof value === 'string' ? value : NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
