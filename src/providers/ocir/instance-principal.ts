// auth.ambient: the instance that the operator runs on. Its certificate buys a token for a key of this very issue.
// https://docs.oracle.com/iaas/Content/Identity/Tasks/callingservicesfrominstances.htm
import { generateKeyPair, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isJsonObject } from '../../lib/json.ts';
import { rsaPrivateKey } from '../../lib/rsa-key.ts';
import { callToken } from '../../lib/token-call.ts';
import type { TokenAnswer } from '../../lib/token-call.ts';
import { tokenOf } from '../../lib/token-life.ts';
import { urlUnder } from '../endpoints.ts';
import type { IssueFailure, ProviderContext } from '../provider.ts';
import { answerOf, malformed } from './errors.ts';
import type { Asked } from './errors.ts';
import type { Principal } from './principal.ts';
import { signedPost } from './sign.ts';
import type { Signer } from './sign.ts';

const METADATA = 'http://169.254.169.254';
const KEY_HINT = 'Certificate of the instance';

interface Instance {
  readonly kind: 'instance';
  readonly signer: Signer;
  readonly tenancy: string;
  readonly certificate: string;
  readonly intermediate: string;
  readonly authUrl: URL;
}

export async function instancePrincipal(
  prefixes: readonly string[],
  context: ProviderContext,
): Promise<Principal | IssueFailure> {
  const instance = await readInstance(prefixes, context);
  if (instance.kind === 'failure') return instance;
  const id = `instance principal of tenancy ${instance.tenancy}`;
  const session = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const outcome = await sendCertificate(instance, session.publicKey, context);
  const host = instance.authUrl.host;
  const answer = answerOf(outcome, { at: 'auth', prefixes, id, keyHint: KEY_HINT, host });
  if (answer.kind === 'failure') return answer;
  const token = tokenOf(isJsonObject(answer.body) ? answer.body['token'] : undefined)?.reveal();
  if (token === undefined || token.includes('"')) return malformed(instance.authUrl, prefixes);
  return { kind: 'principal', signer: { keyId: `ST$${token}`, key: session.privateKey }, id, keyHint: KEY_HINT };
}

/** Read anew each time: the platform rotates the certificate several times a day. */
async function readInstance(prefixes: readonly string[], context: ProviderContext): Promise<Instance | IssueFailure> {
  const paths = ['instance/regionInfo/', 'identity/cert.pem', 'identity/key.pem', 'identity/intermediate.pem'];
  const answers = await Promise.all(paths.map((path) => readMetadata(path, prefixes, context)));
  const failure = answers.find((answer) => answer.kind === 'failure');
  if (failure) return failure;
  const [region, certificate = '', key = '', intermediate = ''] = answers.map((answer) =>
    answer.kind === 'answer' ? answer.text : '',
  );
  const authUrl = authUrlOf(answers[0]?.kind === 'answer' ? answers[0].body : region, context);
  const leafKey = rsaPrivateKey(key);
  const leaf = leafKey && leafOf(certificate, leafKey);
  if (!authUrl || !leaf) return malformed(metadataUrl('', context), prefixes);
  const signer = { keyId: `${leaf.tenancy}/fed-x509/${leaf.fingerprint}`, key: leaf.key };
  return { kind: 'instance', signer, tenancy: leaf.tenancy, certificate, intermediate, authUrl };
}

async function readMetadata(
  path: string,
  prefixes: readonly string[],
  context: ProviderContext,
): Promise<TokenAnswer | IssueFailure> {
  const call = { url: metadataUrl(path, context), headers: { Authorization: 'Bearer Oracle', Accept: '*/*' } };
  const outcome = await callToken(call, { ...context, fetch: context.metadata });
  const asked: Asked = { at: 'metadata', prefixes, id: 'The instance', keyHint: KEY_HINT, host: call.url.host };
  return answerOf(outcome, asked);
}

function sendCertificate(
  { signer, certificate, intermediate, authUrl }: Instance,
  publicKey: KeyObject,
  context: ProviderContext,
): ReturnType<typeof callToken> {
  const form = JSON.stringify({
    certificate: oneLine(certificate),
    purpose: 'DEFAULT',
    publicKey: oneLine(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    intermediateCertificates: [oneLine(intermediate)],
  });
  const headers = signedPost(signer, authUrl, form, context.now());
  return callToken({ url: authUrl, form, headers }, context);
}

function metadataUrl(path: string, { endpoint }: ProviderContext): URL {
  return urlUnder(endpoint('oci-metadata') ?? new URL(METADATA), `/opc/v2/${path}`);
}

/** The region's own endpoint. The metadata's words become part of a host name: only plain ones do. */
function authUrlOf(region: unknown, { endpoint }: ProviderContext): URL | undefined {
  const { regionIdentifier, realmDomainComponent } = isJsonObject(region) ? region : {};
  const isRegion = typeof regionIdentifier === 'string' && /^[a-z0-9-]{1,60}$/.test(regionIdentifier);
  const isRealm =
    typeof realmDomainComponent === 'string' && /^oracle[a-z0-9]*\.[a-z]{2,3}$/.test(realmDomainComponent);
  const base = isRegion && isRealm ? `https://auth.${regionIdentifier}.${realmDomainComponent}` : undefined;
  return base === undefined ? undefined : urlUnder(endpoint('oci-auth') ?? new URL(base), '/v1/x509');
}

interface Leaf {
  readonly tenancy: string;
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** Undefined also where certificate and key are not a pair: the platform has just changed one of them. */
function leafOf(pem: string, key: KeyObject): Leaf | undefined {
  try {
    const leaf = new X509Certificate(pem);
    const names = /opc-tenant:([\w.-]{1,200})/.exec(leaf.subject) ?? /opc-identity:([\w.-]{1,200})/.exec(leaf.subject);
    const tenancy = names?.[1];
    if (tenancy === undefined || !leaf.checkPrivateKey(key)) return undefined;
    return { tenancy, fingerprint: leaf.fingerprint.toLowerCase(), key };
  } catch {
    return undefined;
  }
}

/** Without armour and newlines. */
function oneLine(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, '');
}
