// A user's docker config: takes from it what a kubelet can use, under one spelling a registry, and names what it can not take.
import { issueFailure } from '../../api/reasons.ts';
import { canonicalPrefix } from '../../lib/docker-config.ts';
import { isValidJson } from '../../lib/json.ts';
import { jsonMembers, stringOf } from '../../lib/json-members.ts';
import type { JsonMember } from '../../lib/json-members.ts';
import type { Login } from '../../lib/keyring.ts';
import type { IssueFailure } from '../provider.ts';
import { readEntry } from './login.ts';
import type { Entry } from './login.ts';

export interface Source {
  /** Canonical prefix to its login, or to why there is none. */
  readonly entries: ReadonlyMap<string, Login | IssueFailure>;
  /** Why there is nothing for this registry, or (undefined) for any. */
  readonly missing: (prefix: string | undefined) => IssueFailure;
  readonly warnings: readonly string[];
}

/** The fields of the document that matter, each duplicate in its order. */
interface Fields {
  readonly auths: readonly JsonMember[];
  readonly helpers: ReadonlyMap<string, string>; // by canonical prefix
  readonly store: string | undefined; // holds all logins that no helper holds
  readonly dropped: readonly string[];
}

interface Spelling {
  readonly rawKey: string;
  readonly entry: Entry;
}

const LARGEST = 256 * 1024;
const MOST_HOSTS = 100;
const DEEPEST = 100;
const DROPPED = ['httpheaders', 'proxies', 'plugins', 'detachkeys', 'credhelpers', 'credsstore'];
/** Which provider does what a helper did. */
const PROVIDERS: Readonly<Record<string, string>> = {
  'ecr-login': 'ecr',
  'acr-env': 'acr',
  acr: 'acr',
  gcloud: 'gar',
  gcr: 'gar',
};

/** Reads the text of a `.dockerconfigjson`; a failure where it can not be read at all. */
export function readSource(text: string, name: string): Source | IssueFailure {
  if (Buffer.byteLength(text) > LARGEST) return invalid(name, 'docker config: it is larger than 256 KiB');
  const fields = isValidJson(text, DEEPEST) ? fieldsOf(text.trim()) : undefined;
  if (!fields) return invalid(name, 'docker config');
  if (fields.auths.length + fields.helpers.size > MOST_HOSTS) {
    return invalid(name, `docker config: it has more than ${MOST_HOSTS} registries`);
  }
  const warnings = fields.dropped.length === 0 ? [] : [`Secret "${name}": left out ${fields.dropped.join(', ')}`];
  const spellings = spellingsOf(fields.auths, name, warnings);
  const entries = new Map<string, Login | IssueFailure>();
  for (const prefix of fields.helpers.keys()) entries.set(prefix, delegated(prefix, name, fields));
  for (const [prefix, ways] of spellings) entries.set(prefix, oneOf(prefix, ways, { name, fields, warnings }));
  return { entries, missing: (prefix) => missing(prefix, name, fields), warnings };
}

function fieldsOf(document: string): Fields | undefined {
  if (document !== 'null' && !document.startsWith('{')) return undefined;
  const members = document === 'null' ? [] : jsonMembers(document);
  const named = (field: string): readonly string[] =>
    members.filter(({ name, text }) => name.toLowerCase() === field && text !== 'null').map(({ text }) => text);
  const maps = [...named('auths'), ...named('credhelpers')];
  if (!maps.every((text) => text.startsWith('{'))) return undefined;
  const store = named('credsstore').at(-1) ?? '""';
  return {
    auths: named('auths').flatMap(jsonMembers),
    helpers: new Map(named('credhelpers').flatMap(jsonMembers).flatMap(helperOf)),
    store: store === '""' ? undefined : helperName(store),
    dropped: [...new Set(members.map(({ name }) => name))].filter((name) => DROPPED.includes(name.toLowerCase())),
  };
}

function helperOf({ name, text }: JsonMember): readonly (readonly [prefix: string, helper: string])[] {
  const prefix = canonicalPrefix(name);
  return prefix === undefined ? [] : [[prefix, helperName(text)]];
}

function spellingsOf(
  auths: readonly JsonMember[],
  name: string,
  warnings: string[],
): ReadonlyMap<string, readonly Spelling[]> {
  const found = new Map<string, Spelling[]>();
  const seen = new Set<string>();
  for (const { name: rawKey, text } of auths) {
    const prefix = canonicalPrefix(rawKey);
    if (prefix === undefined) warnings.push(`Secret "${name}": left out ${shown(rawKey)}; it is no registry`);
    else if (seen.has(rawKey))
      warnings.push(`Secret "${name}": ${shown(rawKey)} is there twice; the first one is used`);
    else found.set(prefix, [...(found.get(prefix) ?? []), { rawKey, entry: readEntry(text, prefix) }]);
    seen.add(rawKey);
  }
  return found;
}

/** One registry may be spelled in several ways, as long as they do not contradict each other. */
function oneOf(
  prefix: string,
  ways: readonly Spelling[],
  { name, fields, warnings }: { name: string; fields: Fields; warnings: string[] },
): Login | IssueFailure {
  const [first, ...others] = ways.filter(({ entry }) => entry.kind !== 'empty');
  if (!first) return delegated(prefix, name, fields);
  const rival = others.find(({ entry }) => !isSameLogin(first.entry, entry));
  if (rival) {
    const what = `docker config: ${shown(first.rawKey)} and ${shown(rival.rawKey)} are one registry with two logins`;
    return issueFailure('InputInvalid', [prefix], { name, what });
  }
  if (first.entry.kind === 'login')
    warnings.push(...first.entry.warnings.map((text) => `Entry for ${prefix}: ${text}`));
  return resultOf(first.entry, prefix, name);
}

function isSameLogin(one: Entry, other: Entry): boolean {
  if (one.kind !== 'login' || other.kind !== 'login') return false;
  return one.login.username === other.login.username && one.login.password === other.login.password;
}

function resultOf(entry: Entry, prefix: string, name: string): Login | IssueFailure {
  if (entry.kind === 'login') return entry.login;
  if (entry.kind === 'unsupported') {
    return issueFailure('InputUnsupported', [prefix], { host: prefix, name, field: entry.field });
  }
  const problem = entry.kind === 'invalid' ? entry.problem : 'it is empty';
  return issueFailure('InputInvalid', [prefix], { name, what: `docker config: entry for ${prefix}: ${problem}` });
}

function delegated(prefix: string | undefined, name: string, { helpers, store }: Fields): IssueFailure {
  const helper = (prefix === undefined ? undefined : helpers.get(prefix)) ?? store;
  const prefixes = prefix === undefined ? [] : [prefix];
  const host = prefix ?? 'all registries';
  if (helper === undefined) {
    return issueFailure('InputUnsupported', prefixes, { host, name, field: 'a credential store' });
  }
  const provider = Object.hasOwn(PROVIDERS, helper) ? PROVIDERS[helper] : undefined;
  return issueFailure('InputUnsupported', prefixes, {
    host,
    name,
    helper,
    ...(provider !== undefined && { provider }),
  });
}

function missing(prefix: string | undefined, name: string, fields: Fields): IssueFailure {
  if (fields.store !== undefined) return delegated(prefix, name, fields);
  if (prefix === undefined) return invalid(name, 'docker config: it holds no login');
  return issueFailure('InputInvalid', [prefix], { name, host: prefix });
}

function invalid(name: string, what: string): IssueFailure {
  return issueFailure('InputInvalid', [], { name, what });
}

/** Text from the Secret is shown only where it can be nothing but a name. */
function helperName(text: string): string {
  const helper = text.startsWith('"') ? stringOf(text) : '';
  return /^[a-z][a-z0-9-]{0,31}$/.test(helper) ? helper : 'unknown';
}

function shown(rawKey: string): string {
  return /^[\w.:/*[\]-]{1,128}$/.test(rawKey) ? `"${rawKey}"` : 'an entry with an unusual key';
}
