// The sandbox's node: pulls an image as a Pod of one ServiceAccount would, with the Secrets that are there at this moment.
import { DOCKER_CONFIG_KEY, LEGACY_DOCKER_CONFIG_KEY, LEGACY_DOCKER_CONFIG_TYPE } from '../api/names.ts';
import { imageName } from '../lib/image-reference.ts';
import { lookupCredentials, type KeyringSecret, type Login } from '../lib/keyring.ts';
import { basicAuthorization, call, type Access } from './loopback-client.ts';

export interface PullRequest {
  /** The API server, as somebody who may read ServiceAccounts and Secrets. */
  readonly apiServer: Access;
  readonly namespace: string;
  readonly serviceAccount?: string;
  readonly image: string;
  /** Host of an image name -> where that registry really listens; others are asked by their own name over http. */
  readonly registries?: Readonly<Record<string, Pick<Access, 'url' | 'ca'>>>;
}

export type PullResult =
  | { readonly pulled: true; /** The user name of the credential that worked, or "anonymous". */ readonly via: string }
  | { readonly pulled: false; readonly reason: string };

const ANONYMOUS = 'anonymous';

interface StoredSecret {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

export async function pull(request: PullRequest): Promise<PullResult> {
  const secrets = await pullSecretsOf(request);
  if (!secrets)
    return {
      pulled: false,
      reason: `Forbidden: error looking up service account ${request.namespace}/${accountOf(request)}`,
    };
  const lookup = lookupCredentials(secrets, request.image);
  if (!lookup.ok) return failed(request.image, lookup.error);
  return tryInOrder(request, lookup.credentials);
}

/** Undefined: there is no such ServiceAccount. A Secret that is missing is skipped, as the kubelet does. */
async function pullSecretsOf(request: PullRequest): Promise<KeyringSecret[] | undefined> {
  const account = await read(request, 'serviceaccounts', accountOf(request));
  if (!account) return undefined;
  const entries = (account as { imagePullSecrets?: readonly { readonly name?: string }[] }).imagePullSecrets ?? [];
  const names = entries.flatMap(({ name }) => (name ? [name] : []));
  const secrets = await Promise.all(names.map((name) => read(request, 'secrets', name)));
  return secrets.flatMap((secret) => (secret ? [toKeyringSecret(secret)] : []));
}

function toKeyringSecret({ type = '', data = {} }: StoredSecret): KeyringSecret {
  const key = type === LEGACY_DOCKER_CONFIG_TYPE ? LEGACY_DOCKER_CONFIG_KEY : DOCKER_CONFIG_KEY;
  return { type, data: Buffer.from(data[key] ?? '', 'base64').toString('utf8') };
}

async function read({ apiServer, namespace }: PullRequest, plural: string, name: string): Promise<object | undefined> {
  const url = `${apiServer.url}/api/v1/namespaces/${namespace}/${plural}/${name}`;
  const headers = { authorization: `Bearer ${apiServer.token ?? ''}` };
  const reply = await call(url, { headers, ...(apiServer.ca === undefined ? {} : { ca: apiServer.ca }) });
  if (reply.code === 404) return undefined;
  if (reply.code !== 200) throw new Error(`Cannot read ${plural} "${name}": refused (HTTP ${reply.code})`);
  return JSON.parse(reply.text) as object;
}

/** The first credential that the registry takes wins; without any that matches the pull is anonymous. */
async function tryInOrder(request: PullRequest, credentials: readonly Login[]): Promise<PullResult> {
  const attempts = credentials.length > 0 ? credentials : [undefined];
  const codes: number[] = [];
  for (const login of attempts) {
    const { code, via } = await fetchManifest(request, login);
    if (code === 200) return { pulled: true, via };
    codes.push(code);
  }
  const tried = credentials.length > 0 ? 'with the credentials of its pull Secrets' : 'without credentials';
  return failed(request.image, `the registry answered ${codes.join(', ')} ${tried}`);
}

/** As container runtimes do: first without a login, then as the registry's challenge asks. */
async function fetchManifest(request: PullRequest, login: Login | undefined): Promise<{ code: number; via: string }> {
  const { url, ca } = registryOf(request);
  const manifest = `${url}${manifestPath(request.image)}`;
  const options = ca === undefined ? {} : { ca };
  const first = await call(manifest, options);
  const challenge = first.code === 401 ? (first.headers['www-authenticate'] ?? '') : '';
  if (challenge === '') return { code: first.code, via: ANONYMOUS };
  const basic = login && basicAuthorization(login.username, login.password);
  const authorization = challenge.startsWith('Basic') ? basic : await bearer(challenge, basic, options);
  const reply = authorization === undefined ? first : await call(manifest, { ...options, headers: { authorization } });
  return { code: reply.code, via: login?.username ?? ANONYMOUS };
}

/** A token of the registry's token endpoint; undefined where it gives none. */
async function bearer(
  challenge: string,
  basic: string | undefined,
  options: Pick<Access, 'ca'>,
): Promise<string | undefined> {
  const { realm, service = '', scope = '' } = parameters(challenge);
  if (realm === undefined) return undefined;
  const query = new URLSearchParams({ service, scope });
  const headers = basic === undefined ? {} : { authorization: basic };
  const reply = await call(`${realm}?${query.toString()}`, { ...options, headers });
  return reply.code === 200 ? `Bearer ${(JSON.parse(reply.text) as { token: string }).token}` : undefined;
}

function parameters(challenge: string): Partial<Record<'realm' | 'service' | 'scope', string>> {
  if (!challenge.startsWith('Bearer ')) return {};
  const pairs = [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const);
  return Object.fromEntries(pairs);
}

function registryOf({ image, registries = {} }: PullRequest): Pick<Access, 'url' | 'ca'> {
  const host = (imageName(image) ?? image).split('/')[0] ?? '';
  return registries[host] ?? { url: `http://${host}` };
}

function manifestPath(image: string): string {
  const name = imageName(image) ?? image;
  const repository = name.slice(name.indexOf('/') + 1);
  const [, tag = 'latest'] = /:([^:/@]+)(?:@.*)?$/.exec(image) ?? [];
  return `/v2/${repository}/manifests/${tag}`;
}

function accountOf({ serviceAccount = 'default' }: PullRequest): string {
  return serviceAccount;
}

function failed(image: string, why: string): PullResult {
  return { pulled: false, reason: `ErrImagePull: failed to pull image "${image}": ${why}` };
}
