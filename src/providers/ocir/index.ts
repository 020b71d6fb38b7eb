// Oracle's registry: a signed request to each host gives a token of about an hour. No package: node:crypto signs.
import { issueFailure } from '../../api/reasons.ts';
import type { OcirSigningKey, OcirSpec } from '../../api/registry-credential.ts';
import { isJsonObject } from '../../lib/json.ts';
import { callToken } from '../../lib/token-call.ts';
import { lifeOf, tokenOf } from '../../lib/token-life.ts';
import { urlUnder } from '../endpoints.ts';
import type {
  InputRef,
  IssueFailure,
  IssueRequest,
  IssueResult,
  Provider,
  ProviderContext,
  TokenGroup,
} from '../provider.ts';
import { answerOf, malformed } from './errors.ts';
import { ocirHostOf } from './hosts.ts';
import { instancePrincipal } from './instance-principal.ts';
import { userPrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { signedGet } from './sign.ts';

export type OcirInput = 'privateKey' | 'passphrase' | 'identity';

type Request = IssueRequest<OcirSpec, OcirInput>;

// https://github.com/oracle-samples/oke-credential-provider-for-ocir
const USERNAME = 'BEARER_TOKEN';
const TOKEN_PATH = '/20180419/docker/token';
const LONGEST_SECONDS = 3600;

export const ocir: Provider<OcirSpec, OcirInput> = {
  inputs({ auth }): Partial<Record<OcirInput, InputRef>> {
    if (!auth.signingKey) return { identity: { kind: 'AmbientIdentity' } };
    const { secretRef, keys } = auth.signingKey;
    const inSecret = (key: string): InputRef => ({ kind: 'SecretKey', name: secretRef.name, key });
    return {
      privateKey: inSecret(keys.privateKey),
      passphrase: { kind: 'SecretKey', name: secretRef.name, key: keys.passphrase, optional: true },
    };
  },

  groups(spec): readonly TokenGroup[] {
    const { hosts, foreign } = byHost(spec);
    return [
      ...[...hosts].map(([host, prefixes]) => ({ prefixes, scope: host, endpoint: host })),
      ...foreign.map(({ prefixes }) => ({ prefixes, scope: `foreign ${prefixes.join(' ')}` })),
    ];
  },

  async issue(request): Promise<readonly IssueResult[]> {
    const { hosts, foreign } = byHost(request.spec);
    const prefixes = [...hosts.values()].flat();
    if (prefixes.length === 0) return foreign;
    const principal = await principalOf(request, prefixes);
    if (principal.kind === 'failure') return [...foreign, principal];
    const issued = [...hosts].map(([host, own]) => issueFor(host, own, principal, request.context));
    return [...foreign, ...(await Promise.all(issued))];
  },
};

interface Registries {
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly foreign: readonly IssueFailure[];
}

/** A token is good for the host that was signed: one for each. */
function byHost({ registries }: OcirSpec): Registries {
  const hosts = new Map<string, string[]>();
  const foreign: IssueFailure[] = [];
  for (const { prefix } of registries) {
    const host = ocirHostOf(prefix);
    if (host === undefined)
      foreign.push(issueFailure('RegistryNotAllowed', [prefix], { host: prefix, provider: 'ocir' }));
    else hosts.set(host, [...(hosts.get(host) ?? []), prefix]);
  }
  return { hosts, foreign };
}

async function principalOf(request: Request, prefixes: readonly string[]): Promise<Principal | IssueFailure> {
  const { signingKey } = request.spec.auth;
  return signingKey ? userOf(signingKey, request, prefixes) : instancePrincipal(prefixes, request.context);
}

function userOf(
  signingKey: OcirSigningKey,
  { inputs, context }: Request,
  prefixes: readonly string[],
): Principal | IssueFailure {
  const { secretRef, keys } = signingKey;
  const { namespace } = context.credential;
  if (!inputs.privateKey)
    return issueFailure('InputNotFound', prefixes, { kind: 'Secret', name: secretRef.name, namespace });
  const passphrase = inputs.passphrase?.reveal().replace(/\r?\n$/, ''); // as editors and `echo` end a file
  const principal = userPrincipal(signingKey, inputs.privateKey.reveal(), passphrase);
  if (principal) return principal;
  const what = 'PEM private key (RSA), or its passphrase is wrong';
  return issueFailure('InputInvalid', prefixes, { name: secretRef.name, key: keys.privateKey, what });
}

async function issueFor(
  host: string,
  prefixes: readonly string[],
  { signer, id, keyHint }: Principal,
  context: ProviderContext,
): Promise<IssueResult> {
  const url = urlUnder(context.endpoint('ocir') ?? new URL(`https://${host}`), TOKEN_PATH);
  const outcome = await callToken({ url, headers: signedGet(signer, url, context.now()) }, context);
  const answer = answerOf(outcome, { at: 'registry', prefixes, id, keyHint, host });
  if (answer.kind === 'failure') return answer;
  const fields = isJsonObject(answer.body) ? answer.body : {};
  const password = tokenOf(fields['token'] ?? fields['access_token']);
  const life = lifeOf(fields['expires_in'], answer.sentAt, LONGEST_SECONDS);
  if (!password || !life) return malformed(url, prefixes);
  return { kind: 'token', prefixes, username: USERNAME, password, principal: id, ...life };
}
