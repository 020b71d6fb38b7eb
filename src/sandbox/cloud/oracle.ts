// Oracle's registry, its instance metadata and its auth service, on one address. They check what Oracle checks: the
// signature over the exact text, its times, the key, and for instances the certificate that buys a session.
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, verify, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isJsonObject, parseJson } from '../../lib/json.ts';
import { instanceCertificate } from '../certificate.ts';
import type { Certificate } from '../certificate.ts';
import { canary, startCloudServer } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest, CloudServer, CloudServerOptions } from './cloud-server.ts';

export interface OracleOptions extends CloudServerOptions {
  /** Tenancy of the operator's own instance; undefined: it is none of Oracle's. */
  readonly instanceTenancy?: string;
  readonly tokenLifeS?: number;
  /** Which principals may read repositories. Default: all. */
  readonly mayRead?: (principal: string) => boolean;
  readonly now?: () => Date;
}

/** An API signing key of a user, as Oracle's console shows it. */
export interface ApiKey {
  readonly tenancyOCID: string;
  readonly userOCID: string;
  readonly fingerprint: string;
  /** PEM, encrypted if there is a passphrase. */
  readonly privateKey: string;
}

export interface Oracle extends CloudServer {
  createKey(user: string, passphrase?: string): ApiKey;
  deleteKey(key: ApiKey): void;
  /** Registries take what was issued here and has not expired. */
  accepts(username: string, password: string): boolean;
}

interface State {
  readonly options: OracleOptions;
  readonly now: () => Date;
  /** keyId -> who signs with it. */
  readonly signers: Map<string, { readonly principal: string; readonly publicKey: KeyObject }>;
  readonly tokens: Map<string, number>;
  readonly instance: { readonly leaf: Certificate; readonly intermediate: Certificate } | undefined;
}

const TENANCY = 'ocid1.tenancy.oc1..aaaaexample';
const TOKEN_PATH = '/20180419/docker/token';
const LONGEST_SKEW_MS = 5 * 60_000;
const GET_HEADERS = 'x-date (request-target) host';
const POST_HEADERS = 'date (request-target) host content-type content-length x-content-sha256';
const AUTHORIZATION =
  /^Signature version="1",keyId="([^"]+)",algorithm="rsa-sha256",headers="([^"]+)",signature="([A-Za-z0-9+/=]+)"$/;

export async function startOracle(options: OracleOptions = {}): Promise<Oracle> {
  const now = options.now ?? ((): Date => new Date());
  const tenancy = options.instanceTenancy;
  const instance =
    tenancy === undefined
      ? undefined
      : {
          leaf: instanceCertificate(['opc-certtype:instance', `opc-tenant:${tenancy}`], now()),
          intermediate: instanceCertificate(['opc-certtype:intermediate'], now()),
        };
  const state: State = { options, now, signers: new Map(), tokens: new Map(), instance };
  const server = await startCloudServer((request) => route(state, request), options);
  return {
    ...server,
    createKey: (user, passphrase) => createKey(state, user, passphrase),
    deleteKey: (key) => void state.signers.delete(`${key.tenancyOCID}/${key.userOCID}/${key.fingerprint}`),
    accepts: (username, password) =>
      username === 'BEARER_TOKEN' && (state.tokens.get(password) ?? 0) > state.now().getTime(),
  };
}

function route(state: State, request: CloudRequest): CloudAnswer {
  const { method, url } = request;
  if (method === 'GET' && url.pathname === TOKEN_PATH) return answerToken(state, request);
  if (method === 'GET' && url.pathname.startsWith('/opc/v2/')) return answerMetadata(state, request);
  if (method === 'POST' && url.pathname === '/v1/x509') return answerX509(state, request);
  return refuse(404, 'NotAuthorizedOrNotFound');
}

function createKey({ signers }: State, user: string, passphrase?: string): ApiKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const digest = createHash('md5')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const fingerprint = (digest.match(/../g) ?? []).join(':');
  const userOCID = `ocid1.user.oc1..${user}`;
  signers.set(`${TENANCY}/${userOCID}/${fingerprint}`, { principal: userOCID, publicKey });
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher });
  return { tenancyOCID: TENANCY, userOCID, fingerprint, privateKey: String(pem) };
}

/** The registry's token endpoint. */
function answerToken(state: State, request: CloudRequest): CloudAnswer {
  const keyId = signedBy(request, state, GET_HEADERS, (id) => state.signers.get(id)?.publicKey);
  const principal = keyId === undefined ? undefined : state.signers.get(keyId)?.principal;
  if (principal === undefined) return refuse(401, 'NotAuthenticated');
  if (state.options.mayRead?.(principal) === false) return refuse(403, 'NotAuthorizedOrNotFound');
  const seconds = state.options.tokenLifeS ?? 3600;
  const token = canary('eyJ.');
  state.tokens.set(token, state.now().getTime() + seconds * 1000);
  return { status: 200, body: { token, access_token: token, scope: '', expires_in: seconds } };
}

/** 169.254.169.254 */
function answerMetadata({ instance }: State, { headers, url }: CloudRequest): CloudAnswer {
  const text = { 'content-type': 'text/plain' };
  if (headers.authorization !== 'Bearer Oracle') return { status: 401, headers: text, body: 'Unauthorized' };
  const documents: Readonly<Record<string, string | object | undefined>> = {
    '/opc/v2/instance/regionInfo/': {
      realmDomainComponent: 'oraclecloud.com',
      realmKey: 'oc1',
      regionIdentifier: 'eu-frankfurt-1',
      regionKey: 'FRA',
    },
    '/opc/v2/identity/cert.pem': instance?.leaf.cert,
    '/opc/v2/identity/key.pem': instance?.leaf.key,
    '/opc/v2/identity/intermediate.pem': instance?.intermediate.cert,
  };
  const body = instance ? documents[url.pathname] : undefined;
  if (body === undefined) return { status: 404, headers: text, body: 'Not Found' };
  return typeof body === 'string' ? { status: 200, headers: text, body } : { status: 200, body };
}

/** auth.REGION.oraclecloud.com: a session for the key that the instance has made. */
function answerX509(state: State, request: CloudRequest): CloudAnswer {
  const { instance, options } = state;
  const parsed = parseJson(request.body);
  const fields = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  if (!instance) return refuse(401, 'NotAuthenticated');
  const leaf = new X509Certificate(instance.leaf.cert);
  const expectedId = `${options.instanceTenancy ?? ''}/fed-x509/${leaf.fingerprint.toLowerCase()}`;
  const keyId = signedBy(request, state, POST_HEADERS, (id) => (id === expectedId ? leaf.publicKey : undefined));
  const hash = createHash('sha256').update(request.body).digest('base64');
  if (keyId === undefined || request.headers['x-content-sha256'] !== hash) return refuse(401, 'NotAuthenticated');
  if (!isWholeRequest(fields, instance)) return refuse(400, 'InvalidParameter');
  const der = Buffer.from(String(fields['publicKey']), 'base64');
  const session = `eyJ.${randomUUID()}.${canary()}`;
  const publicKey = createPublicKey({ key: der, type: 'spki', format: 'der' });
  state.signers.set(`ST$${session}`, { principal: options.instanceTenancy ?? '', publicKey });
  return { status: 200, body: { token: session } };
}

function isWholeRequest(
  fields: Readonly<Record<string, unknown>>,
  { leaf, intermediate }: NonNullable<State['instance']>,
): boolean {
  const chain = fields['intermediateCertificates'];
  return (
    fields['purpose'] === 'DEFAULT' &&
    fields['certificate'] === oneLine(leaf.cert) &&
    Array.isArray(chain) &&
    chain.join() === oneLine(intermediate.cert) &&
    typeof fields['publicKey'] === 'string' &&
    /^[A-Za-z0-9+/]+=*$/.test(fields['publicKey'])
  );
}

/** The key id of a request that is signed right and in time; undefined otherwise. */
function signedBy(
  { method, path, headers }: CloudRequest,
  { now }: State,
  names: string,
  keyOf: (keyId: string) => KeyObject | undefined,
): string | undefined {
  const [, keyId = '', signedNames, signature = ''] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const publicKey = keyOf(keyId);
  const date = Date.parse(String(headers['x-date'] ?? headers.date));
  const isInTime = Math.abs(date - now().getTime()) < LONGEST_SKEW_MS;
  if (!publicKey || signedNames !== names || !isInTime) return undefined;
  const lines = names.split(' ').map((name) => {
    const value = name === '(request-target)' ? `${method.toLowerCase()} ${path}` : String(headers[name]);
    return `${name}: ${value}`;
  });
  const isRight = verify('RSA-SHA256', Buffer.from(lines.join('\n')), publicKey, Buffer.from(signature, 'base64'));
  return isRight ? keyId : undefined;
}

function oneLine(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, '');
}

function refuse(status: number, code: string): CloudAnswer {
  return { status, body: { code, message: 'The required information to complete authentication was not provided.' } };
}
