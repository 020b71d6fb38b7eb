// The provider's error table: what Entra, the metadata server and the registry refuse with, to our reasons. Codes are lifted
// by anchored patterns; no text of theirs goes further.
import { issueFailure } from '../../api/reasons.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { TokenAnswer, TokenOutcome } from '../../lib/token-call.ts';
import { commonFailure, refusal } from '../answers.ts';
import type { IssueFailure } from '../provider.ts';
import { ASSERTION_AUDIENCE } from './identity.ts';
import type { Identity } from './identity.ts';

export interface EntraFacts {
  readonly identity: Exclude<Identity, { kind: 'managed' }>;
  readonly audience: string;
  readonly authority: URL;
}

export interface RegistryFacts {
  readonly host: string;
  /** Whom the roles are for. */
  readonly id: string;
  readonly prefixes: readonly string[];
}

const ENTRA = 'Microsoft Entra';
const METADATA = 'Azure metadata';
// Registries in ABAC mode do not honour AcrPull:
// https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions
const PULL_ROLES = 'AcrPull, or Container Registry Repository Reader in ABAC mode';
const FIREWALL = /^client with IP '([0-9a-fA-F.:]{2,45})' is not allowed access\b/;

type EntraRow = (facts: EntraFacts, answer: TokenAnswer) => IssueFailure;

// Number of the AADSTS code -> reason: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
const ENTRA_ROWS: readonly (readonly [RegExp, EntraRow])[] = [
  [/^7000215$/, wrongSecret],
  [/^7000222$/, ({ identity }) => issueFailure('CredentialsExpired', [], { id: `app ${identity.clientId}` })],
  [/^700211\d?$/, unknownIssuer],
  [/^700212\d?$/, wrongAudience],
  [/^500011$/, unknownResource],
  [/^70021$|^700213\d?$/, untrustedSubject],
  [/^700016$/, unknownApplication],
  [/^90002$/, unknownTenant],
  [/^700024$/, (_facts, { skewMs }) => issueFailure('ClockSkew', [], { provider: ENTRA, seconds: secondsOf(skewMs) })],
];

export function entraFailure(outcome: TokenOutcome, facts: EntraFacts): IssueFailure {
  const code = outcome.kind === 'answer' ? entraCode(outcome.body) : undefined;
  const explained = ENTRA_ROWS.find(([pattern]) => code !== undefined && pattern.test(code))?.[1];
  if (explained && outcome.kind === 'answer' && isRefusal(outcome)) return explained(facts, outcome);
  const failure = commonFailure(outcome, [], ENTRA);
  if (failure || outcome.kind !== 'answer') return failure ?? malformed(facts.authority.host, []);
  if (!isRefusal(outcome)) return malformed(facts.authority.host, []);
  return refusal([], { provider: ENTRA, status: outcome.status, code: code && `AADSTS${code}` });
}

/** Undefined: the answer may hold a token. */
export function metadataFailure(
  outcome: TokenOutcome,
  { name, audience }: { readonly name: string; readonly audience: string },
): IssueFailure | undefined {
  if (outcome.kind !== 'answer') {
    const hint = 'not on Azure, or a NetworkPolicy blocks 169.254.169.254';
    return issueFailure('AmbientUnavailable', [], { cloud: 'Azure', source: 'Node', hint });
  }
  const { status, body } = outcome;
  // the metadata server is being started or updated
  if (status === 404 || status === 410) {
    return issueFailure('ProviderUnavailable', [], { provider: METADATA, status: `${status}` });
  }
  const failure = commonFailure(outcome, [], METADATA);
  if (failure || !isRefusal(outcome)) return failure;
  const code = entraCode(body);
  if (textField(body, 'error_description') === 'Identity not found') {
    return issueFailure('IdentityNotFound', [], {
      id: `Managed identity "${name}"`,
      scope: 'the node or VM scale set',
    });
  }
  if (code === '500011' || textField(body, 'error') === 'invalid_resource') {
    return issueFailure('AudienceMismatch', [], { scope: METADATA, audience, expected: 'one of this cloud' });
  }
  return refusal([], { provider: METADATA, status, code: code && `AADSTS${code}` });
}

/** Undefined: the answer may hold a token. */
export function registryFailure(
  outcome: TokenOutcome,
  { host, id, prefixes }: RegistryFacts,
): IssueFailure | undefined {
  const failure = commonFailure(outcome, prefixes, host);
  if (failure || outcome.kind !== 'answer') return failure;
  if (!isRefusal(outcome)) return undefined;
  const { status, body } = outcome;
  const { code, message } = registryError(body);
  const address = status === 403 ? FIREWALL.exec(message)?.[1] : undefined;
  if (address !== undefined) return issueFailure('RegistryFirewall', prefixes, { host, address });
  if (status === 401 || status === 403) return noRole({ host, id, prefixes });
  if (status === 404 || status === 405) return malformed(host, prefixes);
  return refusal(prefixes, { provider: host, status, code });
}

/** Also for a token that the registry gives, but without the right to pull. */
export function noRole({ host, id, prefixes }: RegistryFacts): IssueFailure {
  return issueFailure('PermissionDenied', prefixes, { id, host, grant: PULL_ROLES });
}

export function malformed(endpoint: string, prefixes: readonly string[]): IssueFailure {
  return issueFailure('MalformedResponse', prefixes, { endpoint });
}

function wrongSecret({ identity }: EntraFacts): IssueFailure {
  const keyHint = `Client secret of app ${identity.clientId} (its value is needed, not its id)`;
  return issueFailure('CredentialsRejected', [], { keyHint });
}

function unknownIssuer({ identity }: EntraFacts): IssueFailure {
  const issuer = identity.kind === 'assertion' ? identity.issuer : 'of the assertion';
  return issueFailure('FederationNotConfigured', [], { scope: `App ${identity.clientId}`, issuer });
}

function wrongAudience({ identity }: EntraFacts): IssueFailure {
  return issueFailure('AudienceMismatch', [], {
    scope: `App ${identity.clientId}`,
    audience: 'of its federated credential',
    expected: ASSERTION_AUDIENCE,
  });
}

function unknownResource({ identity, audience }: EntraFacts): IssueFailure {
  return issueFailure('AudienceMismatch', [], {
    scope: `Tenant ${identity.tenantId}`,
    audience,
    expected: 'one of this cloud',
  });
}

function untrustedSubject({ identity }: EntraFacts): IssueFailure {
  const { subject, issuer } = identity.kind === 'assertion' ? identity : { subject: 'it', issuer: 'unknown' };
  const role = `App ${identity.clientId}`;
  return issueFailure('SubjectNotTrusted', [], { role, subject, issuer, audience: ASSERTION_AUDIENCE });
}

function unknownApplication({ identity }: EntraFacts): IssueFailure {
  const { clientId, tenantId } = identity;
  return issueFailure('IdentityNotFound', [], { id: `Client id ${clientId}`, scope: `tenant ${tenantId}` });
}

function unknownTenant({ identity, authority }: EntraFacts): IssueFailure {
  return issueFailure('IdentityNotFound', [], { id: `Tenant ${identity.tenantId}`, scope: authority.host });
}

/** The number after AADSTS: from the list of codes, else from the beginning of the text. */
function entraCode(body: unknown): string | undefined {
  const codes = isJsonObject(body) ? body['error_codes'] : undefined;
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  if (typeof first === 'number' && Number.isInteger(first) && first > 0 && first < 1e8) return `${first}`;
  return /^AADSTS(\d{4,8})\b/.exec(textField(body, 'error_description'))?.[1];
}

function registryError(body: unknown): { readonly code: string | undefined; readonly message: string } {
  const errors = isJsonObject(body) ? body['errors'] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code = textField(first, 'code');
  return { code: /^[A-Z][A-Z_]{1,39}$/.test(code) ? code : undefined, message: textField(first, 'message') };
}

function textField(value: unknown, name: string): string {
  const field = isJsonObject(value) ? value[name] : undefined;
  return typeof field === 'string' ? field : '';
}

function isRefusal({ status }: TokenAnswer): boolean {
  return status >= 400;
}

function secondsOf(skewMs: number): string {
  return `${Math.round(skewMs / 1000)}`;
}
