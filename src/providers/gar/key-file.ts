// A key file of a Google service account. It comes from a tenant: only named fields are read, and a file that would send
// anybody elsewhere (external_account: URLs, files, commands) is refused.
// https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { rsaPrivateKey } from '../../lib/rsa-key.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';

export interface KeyFile {
  readonly email: string;
  readonly keyId: string;
  readonly privateKey: Sensitive;
}

/** What is wrong with a file, in our words. */
export interface KeyFileProblem {
  readonly problem: string;
}

const URLS = ['auth_uri', 'token_uri', 'auth_provider_x509_cert_url', 'client_x509_cert_url'];
const PLAIN = ['type', 'project_id', 'private_key_id', 'private_key', 'client_email', 'client_id', 'universe_domain'];
const GOOGLE_URL = /^https:\/\/(?:[a-z0-9-]+\.)*(?:google|googleapis)\.com(?:\/[^\s\\]*)?$/;
const EMAIL = /^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?@[a-z0-9][-.a-z0-9]*\.gserviceaccount\.com$/;

/** An e-mail address of a service account, as the schema has it: it becomes part of URLs and messages. */
export function isServiceAccountEmail(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 253 && EMAIL.test(value);
}

export function readKeyFile(text: string): KeyFile | KeyFileProblem {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return { problem: 'no JSON object' };
  const file = parsed.value;
  const problem = kindProblem(file) ?? foreignField(file);
  if (problem !== undefined) return { problem };
  const { client_email: email, private_key: pem, private_key_id: keyId } = file;
  if (!isServiceAccountEmail(email)) return { problem: 'client_email is none of a service account' };
  const privateKey = rsaKey(pem);
  if (privateKey === undefined) return { problem: 'private_key is no PEM of an RSA key' };
  const isPlainId = typeof keyId === 'string' && /^[0-9a-f]{1,64}$/.test(keyId);
  return { email, keyId: isPlainId ? keyId : 'without an id', privateKey };
}

function kindProblem({ type, universe_domain: universe }: Readonly<Record<string, unknown>>): string | undefined {
  if (type === 'service_account') {
    const isGoogle = universe === undefined || universe === 'googleapis.com';
    return isGoogle ? undefined : 'universe_domain is not googleapis.com';
  }
  const shown = typeof type === 'string' && /^[a-z_]{1,40}$/.test(type) ? type : 'unknown';
  return `its type is ${shown}, not service_account`;
}

function foreignField(file: Readonly<Record<string, unknown>>): string | undefined {
  const unknown = Object.keys(file).some((name) => !PLAIN.includes(name) && !URLS.includes(name));
  if (unknown) return 'it has a field that key files do not have';
  const foreign = URLS.find((name) => {
    const value = file[name];
    return value !== undefined && !(typeof value === 'string' && GOOGLE_URL.test(value));
  });
  return foreign === undefined ? undefined : `${foreign} is no URL of Google`;
}

/** Parsed here, so that the library sees nothing but a good key. */
function rsaKey(pem: unknown): Sensitive | undefined {
  const key = typeof pem === 'string' ? rsaPrivateKey(pem) : undefined;
  return key && sensitive(key.export({ type: 'pkcs8', format: 'pem' }).toString());
}
