// auth.ambient: the operator's own identity, from the metadata server, or the key file that its environment names. One or
// the other, never one after the other.
import { issueFailure } from '../../api/reasons.ts';
import { callToken } from '../../lib/token-call.ts';
import { urlUnder } from '../endpoints.ts';
import type { IssueFailure, ProviderContext } from '../provider.ts';
import { malformed, noMetadata } from './errors.ts';
import type { Asked } from './errors.ts';
import { bearerOf, SCOPE } from './google.ts';
import type { Bearer, Situation } from './google.ts';
import { readKeyFile } from './key-file.ts';
import { loginByKey } from './key-login.ts';

const METADATA = 'http://metadata.google.internal';
const TOKEN_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const FLAVOR = 'Metadata-Flavor';

export async function loginAmbient(situation: Situation): Promise<Bearer | IssueFailure> {
  const path = situation.context.environment['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  return path === '' ? fromMetadata(situation) : fromNamedFile(path, situation);
}

async function fromMetadata({ prefixes, context }: Situation): Promise<Bearer | IssueFailure> {
  const base = context.endpoint('google-metadata') ?? metadataHost(context.environment);
  if (!base) return noMetadata(prefixes, 'GCE_METADATA_HOST');
  const url = urlUnder(base, TOKEN_PATH);
  url.searchParams.set('scopes', SCOPE);
  const flavors: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = async (...call) => {
    const response = await context.metadata(...call);
    flavors.push(response.headers.get(FLAVOR));
    return response;
  };
  const outcome = await callToken({ url, headers: { [FLAVOR]: 'Google' } }, { ...context, fetch });
  const asked: Asked = { at: 'metadata', prefixes, caller: "The operator's ServiceAccount" };
  const bearer = bearerOf(outcome, asked, null);
  // without this header somebody else answers on the address
  const isForeign = bearer.kind === 'bearer' && !flavors.includes('Google');
  return isForeign ? malformed(outcome, asked) : bearer;
}

/** Host and port as Google's libraries take them; undefined for anything else. */
function metadataHost(environment: ProviderContext['environment']): URL | undefined {
  const host = environment['GCE_METADATA_HOST'] ?? '';
  if (host === '') return new URL(METADATA);
  return /^[a-z0-9.-]{1,253}(?::\d{1,5})?$/.test(host) ? new URL(`http://${host}`) : undefined;
}

/** Only a key file: a file of another kind names URLs and commands, which nobody has checked. */
async function fromNamedFile(path: string, situation: Situation): Promise<Bearer | IssueFailure> {
  const text = await situation.context.readFile(path).catch(() => '');
  const file = readKeyFile(text);
  if (!('problem' in file)) return loginByKey(file, situation);
  const source = 'GOOGLE_APPLICATION_CREDENTIALS';
  const hint = 'it is no key file of a service account; use auth.workloadIdentity';
  return issueFailure('AmbientUnavailable', situation.prefixes, { cloud: 'Google', source, hint });
}
