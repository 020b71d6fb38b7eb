// One entry of a user's docker config: the login that a kubelet would use, or what stands in the way.
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { readDockerConfig } from '../../lib/keyring.ts';
import type { Login } from '../../lib/keyring.ts';

export type Entry =
  | { readonly kind: 'login'; readonly login: Login; readonly warnings: readonly string[] }
  | { readonly kind: 'invalid'; readonly problem: string } // never quotes the entry
  | { readonly kind: 'unsupported'; readonly field: 'identitytoken' | 'registrytoken' }
  | { readonly kind: 'empty' }; // as docker leaves it when a helper holds the login

export interface LoginProblem {
  readonly field: 'username' | 'password';
  readonly text: string;
}

// ACR takes a refresh token as the password of this user:
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication
const ACR_USERNAME = '00000000-0000-0000-0000-000000000000';
const ACR_HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)?\.azurecr\.(?:io|cn|us)$/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** Reads an entry, given as valid JSON. `prefix` is the canonical one of its key. */
export function readEntry(text: string, prefix: string): Entry {
  const config = readDockerConfig('kubernetes.io/dockerconfigjson', `{"auths":{"entry":${text}}}`);
  if (!config.ok) return { kind: 'invalid', problem: config.error };
  const fields = stringFields(text);
  const { username = '', password = '' } = config.entries.get('entry') ?? {};
  const login = { username, password: password.replace(/\0+$/, '') }; // docker pads with NULs, and trims them
  if (login.password !== '') return checked(login, warningsAbout(fields, login));
  const identityToken = fields.get('identitytoken') ?? '';
  if (identityToken !== '') return fromIdentityToken(identityToken, prefix);
  if ((fields.get('registrytoken') ?? '') !== '') return { kind: 'unsupported', field: 'registrytoken' };
  return login.username === '' ? { kind: 'empty' } : { kind: 'invalid', problem: 'the password is empty' };
}

/** What keeps a login out of a docker config; `text` quotes nothing of it. */
export function problemOf({ username, password }: Login): LoginProblem | undefined {
  if (username === '') return { field: 'username', text: 'the user name is empty' };
  if (username.includes(':')) return { field: 'username', text: 'the user name holds a colon' };
  if (CONTROL_CHARACTER.test(username)) return { field: 'username', text: 'the user name holds a control character' };
  if (!isText(username)) return { field: 'username', text: 'the user name is not UTF-8' };
  if (password === '') return { field: 'password', text: 'the password is empty' };
  if (password.includes('\0')) return { field: 'password', text: 'the password holds a NUL' };
  return isText(password) ? undefined : { field: 'password', text: 'the password is not UTF-8' };
}

function checked(login: Login, warnings: readonly string[]): Entry {
  const problem = problemOf(login);
  return problem ? { kind: 'invalid', problem: problem.text } : { kind: 'login', login, warnings };
}

function fromIdentityToken(token: string, prefix: string): Entry {
  if (!ACR_HOST.test(prefix.split('/')[0] ?? '')) return { kind: 'unsupported', field: 'identitytoken' };
  const warning = 'its identitytoken is used as a refresh token, which lives about 3 hours; use provider acr';
  return checked({ username: ACR_USERNAME, password: token }, [warning]);
}

function warningsAbout(fields: ReadonlyMap<string, string>, login: Login): readonly string[] {
  const differs = (name: 'username' | 'password'): boolean => (fields.get(name) ?? login[name]) !== login[name];
  const isTwofold = (fields.get('auth') ?? '') !== '' && (differs('username') || differs('password'));
  const tokens = ['identitytoken', 'registrytoken'].filter((name) => (fields.get(name) ?? '') !== '');
  return [
    ...(isTwofold ? ['its auth differs from its username and password; auth is used, as nodes do'] : []),
    ...tokens.map((name) => `its ${name} is left out; the login beside it is used`),
  ];
}

function stringFields(text: string): ReadonlyMap<string, string> {
  const entry = parseJson(text);
  const fields = entry.ok && isJsonObject(entry.value) ? Object.entries(entry.value) : [];
  return new Map(fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : [])));
}

/** Bytes that were not UTF-8 have become U+FFFD on the way; a docker config could not carry them. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd');
}
