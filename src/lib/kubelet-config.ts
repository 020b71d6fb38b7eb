// Reads a docker config as the kubelet does, by the rules of Go's encoding/json: one bad entry spoils all of it.
import { isValidJson } from './json.ts';
import { jsonMembers, stringOf } from './json-members.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** `error` says what is wrong and never quotes the content. */
export type KubeletConfig =
  { readonly ok: true; readonly entries: ReadonlyMap<string, Login> } | { readonly ok: false; readonly error: string };

const DEEPEST = 10_000; // Go's own limit

/** What is wrong with a config, on its way up to readDockerConfig. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Raw key to login, from the text of a Secret of this type. */
export function readDockerConfig(type: string, text: string): KubeletConfig {
  try {
    if (!isValidJson(text, DEEPEST)) throw new Unreadable('the text is not JSON');
    const entries = type === 'kubernetes.io/dockercfg' ? hostsOf(text.trim()) : authsOf(text.trim());
    return { ok: true, entries };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { ok: false, error: thrown.message };
    throw thrown;
  }
}

function authsOf(document: string): ReadonlyMap<string, Login> {
  const auths = new Map<string, Login>();
  for (const { name, text } of membersOf(document, 'the document')) {
    const field = folded(name);
    if (field === 'httpheaders') checkHeaders(text);
    if (field !== 'auths') continue;
    if (text === 'null') auths.clear(); // Go clears a map for null, and adds to it for another object
    for (const [host, login] of hostsOf(text)) auths.set(host, login);
  }
  return auths;
}

function hostsOf(hosts: string): ReadonlyMap<string, Login> {
  return new Map(membersOf(hosts, 'the map of hosts').map(({ name, text }) => [name, loginOf(text)]));
}

function checkHeaders(headers: string): void {
  for (const { text } of membersOf(headers, '"HttpHeaders"')) stringField(text, '', 'HttpHeaders');
}

function loginOf(entry: string): Login {
  const fields = { username: '', password: '', email: '', auth: '' };
  for (const { name, text } of membersOf(entry, 'an entry')) {
    const field = folded(name);
    if (isField(field)) fields[field] = stringField(text, fields[field], field);
  }
  return fields.auth === '' ? { username: fields.username, password: fields.password } : decodeAuth(fields.auth);
}

function isField(name: string): name is 'username' | 'password' | 'email' | 'auth' {
  return name === 'username' || name === 'password' || name === 'email' || name === 'auth';
}

function membersOf(text: string, what: string): ReturnType<typeof jsonMembers> {
  if (text === 'null') return [];
  if (!text.startsWith('{')) throw new Unreadable(`${what} is not an object`);
  return jsonMembers(text);
}

/** Go leaves a field as it is for null. */
function stringField(text: string, before: string, name: string): string {
  if (text === 'null') return before;
  if (!text.startsWith('"')) throw new Unreadable(`field "${name}" is not a string`);
  return stringOf(text);
}

/** Go compares field names in any case; two letters beyond ASCII fold to one within it. */
function folded(name: string): string {
  return name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

/** Buffer.from() takes nearly anything for base64: the pattern decides. */
function decodeAuth(auth: string): Login {
  const text = auth.replaceAll(/[\r\n]/g, '');
  const isPadded = auth.trim().endsWith('=');
  const digits = text.replace(/={1,2}$/, '');
  const isRightLength = isPadded ? text.length % 4 === 0 && digits !== text : text.length % 4 !== 1;
  if (!isRightLength || /[^A-Za-z0-9+/]/.test(isPadded ? digits : text)) throw new Unreadable('"auth" is not base64');
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new Unreadable('"auth" holds no colon');
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
