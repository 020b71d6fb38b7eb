// The operator's own AWS identity, of exactly one source: nothing falls back to another, and never to keys or profiles of
// the environment. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import { urlUnder } from '../endpoints.ts';
import type { ProviderContext } from '../provider.ts';
import type { Keys } from './sdk.ts';

export type AmbientSource = 'Workload' | 'Node';

/** A web identity still has to be exchanged; keys are ready. */
export type Ambient =
  | { readonly kind: 'token'; readonly token: Sensitive; readonly roleArn: string; readonly sessionName?: string }
  | { readonly kind: 'keys'; readonly keys: Keys; readonly principal: string }
  | { readonly kind: 'missing'; readonly hint: string };

type Asked = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly hint: string };

const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;
const POD_IDENTITY_HOSTS = ['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', '127.0.0.1', '[::1]', 'localhost'];
const METADATA = 'http://169.254.169.254';
const METADATA_ROLES = '/latest/meta-data/iam/security-credentials/';
/** A pod that can not reach the metadata waits no longer, whatever the deadline of the whole issue. */
const PATIENCE_MS = 5000;

export async function readAmbient(source: AmbientSource, context: ProviderContext): Promise<Ambient> {
  if (source === 'Node') return readNode(context);
  if (context.environment['AWS_WEB_IDENTITY_TOKEN_FILE']) return readIrsa(context);
  return readPodIdentity(context);
}

async function readIrsa({ environment, readFile }: ProviderContext): Promise<Ambient> {
  const roleArn = environment['AWS_ROLE_ARN'] ?? '';
  const sessionName = environment['AWS_ROLE_SESSION_NAME'];
  if (!ROLE_ARN.test(roleArn)) return missing('AWS_ROLE_ARN is not set to a role');
  const text = await textOf(readFile, environment['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '');
  if (text === undefined) return missing('the file of AWS_WEB_IDENTITY_TOKEN_FILE can not be read');
  const isName = sessionName !== undefined && /^[\w+=,.@-]{2,64}$/.test(sessionName);
  return { kind: 'token', token: sensitive(text), roleArn, ...(isName && { sessionName }) };
}

async function readPodIdentity(context: ProviderContext): Promise<Ambient> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = context.environment;
  if (!uri || !file) return missing('set up IRSA or EKS Pod Identity, or set source Node');
  const url = context.endpoint('aws-pod-identity') ?? podIdentityUrl(uri);
  if (!url) return missing('AWS_CONTAINER_CREDENTIALS_FULL_URI is not the Pod Identity agent');
  const token = await textOf(context.readFile, file);
  if (token === undefined) return missing('the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can not be read');
  const asked = await ask(url, { headers: { Authorization: token } }, context);
  return asked.ok ? keysIn(asked.text, 'EKS Pod Identity') : missing(`the Pod Identity agent ${asked.hint}`);
}

/** IMDSv2 alone: version 1 answers everybody who can make the operator fetch a URL. */
async function readNode(context: ProviderContext): Promise<Ambient> {
  const { environment } = context;
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return missing('AWS_EC2_METADATA_DISABLED');
  const base = context.endpoint('aws-metadata') ?? urlOf(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? METADATA);
  if (!base) return missing('AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL');
  const session = await ask(urlUnder(base, '/latest/api/token'), OPEN_SESSION, context);
  if (!session.ok) return missing(`the instance metadata ${session.hint}; pods need a hop limit of 2`);
  const headers = { 'x-aws-ec2-metadata-token': session.text };
  const role = await ask(urlUnder(base, METADATA_ROLES), { headers }, context);
  if (!role.ok || !/^[\w+=,.@-]{1,128}$/.test(role.text))
    return missing('the node has no role; attach an instance profile');
  const keys = await ask(urlUnder(base, `${METADATA_ROLES}${role.text}`), { headers }, context);
  return keys.ok ? keysIn(keys.text, `node role ${role.text}`) : missing(`the instance metadata ${keys.hint}`);
}

const OPEN_SESSION = { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } };

async function ask(url: URL, init: RequestInit, { metadata, signal }: ProviderContext): Promise<Asked> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await metadata(url, { ...init, redirect: 'error', signal: patience });
    const text = (await response.text()).trim();
    return response.ok ? { ok: true, text } : { ok: false, hint: `answers HTTP ${response.status}` };
  } catch {
    return { ok: false, hint: 'can not be reached' };
  }
}

function keysIn(text: string, owner: string): Ambient {
  const parsed = parseJson(text);
  const found = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token, AccountId: account } = found;
  if (!isWord(id) || !isWord(secret) || !isWord(token)) return missing(`${owner} gave no keys`);
  const isAccount = typeof account === 'string' && /^[0-9]{12}$/.test(account);
  const keys = { accessKeyId: id, secretAccessKey: sensitive(secret), sessionToken: sensitive(token) };
  return { kind: 'keys', keys, principal: isAccount ? `${owner} of account ${account}` : owner };
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/** Where the SDKs send that token too: nowhere else than to the node. */
function podIdentityUrl(uri: string): URL | undefined {
  const url = urlOf(uri);
  return url && (url.protocol === 'https:' || POD_IDENTITY_HOSTS.includes(url.hostname)) ? url : undefined;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

async function textOf(readFile: ProviderContext['readFile'], path: string): Promise<string | undefined> {
  const text = await readFile(path).catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

function missing(hint: string): Ambient {
  return { kind: 'missing', hint };
}
