// Who asks for a token: an application with a secret or an assertion, or a managed identity of the node. Texts that come
// from Secrets, annotations and the environment are checked here, as the CRD checks those of the spec.
import { issueFailure } from '../../api/reasons.ts';
import type { AcrAmbient, AcrServicePrincipal, AcrSpec, AcrWorkloadIdentity } from '../../api/registry-credential.ts';
import { claimsOf, issuerOf } from '../../lib/jwt.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { InputRef, IssueFailure, IssueRequest, ProviderContext } from '../provider.ts';

export type AcrInput = 'tenantId' | 'clientId' | 'clientSecret' | 'assertion' | 'ambient';
export type AcrRequest = IssueRequest<AcrSpec, AcrInput>;

/** An application of a tenant. */
export interface Application {
  readonly tenantId: string;
  readonly clientId: string;
}

export type Identity =
  | (Application & { readonly kind: 'secret'; readonly secret: Sensitive })
  | (Application & {
      readonly kind: 'assertion';
      readonly assertion: Sensitive;
      /** For messages: what a federated credential must name. */
      readonly subject: string;
      readonly issuer: string;
    })
  /** `query` says which one to the metadata server; empty: the system-assigned identity. */
  | { readonly kind: 'managed'; readonly query: Readonly<Record<string, string>>; readonly name: string };

export const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange';
export const ANNOTATION_CLIENT = 'azure.workload.identity/client-id';
export const ANNOTATION_TENANT = 'azure.workload.identity/tenant-id';

const CLIENT_ID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const TENANT_ID = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*$/;
const SECRET = /^[\x21-\x7e]{1,1024}$/;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const SUBJECT = /^system:serviceaccount:[a-z0-9.-]{1,253}:[a-z0-9.-]{1,253}$/;
const LONGEST_ID = 253;

/** What has to be read before anybody can be asked. */
export function acrInputs({ auth }: AcrSpec): Partial<Record<AcrInput, InputRef>> {
  if (auth.ambient) return { ambient: { kind: 'AmbientIdentity' } };
  if (auth.servicePrincipal) return secretInputs(auth.servicePrincipal);
  const { serviceAccountRef, tenantID, clientID } = auth.workloadIdentity;
  const { name } = serviceAccountRef;
  const annotated = (annotation: string): InputRef => ({ kind: 'ServiceAccountAnnotation', name, annotation });
  return {
    assertion: { kind: 'ServiceAccountToken', name, audience: ASSERTION_AUDIENCE },
    ...(tenantID === undefined && { tenantId: annotated(ANNOTATION_TENANT) }),
    ...(clientID === undefined && { clientId: annotated(ANNOTATION_CLIENT) }),
  };
}

export async function identityOf({ spec: { auth }, inputs, context }: AcrRequest): Promise<Identity | IssueFailure> {
  if (auth.servicePrincipal) return servicePrincipal(auth.servicePrincipal, inputs);
  if (auth.workloadIdentity) return workloadIdentity(auth.workloadIdentity, inputs, context);
  return auth.ambient.source === 'Node' ? managedIdentity(auth.ambient) : ambientWorkload(auth.ambient, context);
}

/** How messages and status call it. */
export function nameOfIdentity(identity: Identity): string {
  return identity.kind === 'managed' ? identity.name : identity.clientId;
}

function secretInputs({ clientID, secretRef, keys }: AcrServicePrincipal): Partial<Record<AcrInput, InputRef>> {
  const { name } = secretRef;
  const clientSecret: InputRef = { kind: 'SecretKey', name, key: keys.clientSecret };
  if (clientID !== undefined) return { clientSecret };
  return { clientSecret, clientId: { kind: 'SecretKey', name, key: keys.clientID } };
}

function servicePrincipal(
  { tenantID, clientID, secretRef, keys }: AcrServicePrincipal,
  inputs: AcrRequest['inputs'],
): Identity | IssueFailure {
  const invalid = (key: string, what: string): IssueFailure =>
    issueFailure('InputInvalid', [], { name: secretRef.name, key, what });
  const clientId = clientID ?? textOf(inputs.clientId);
  if (!CLIENT_ID.test(clientId)) return invalid(keys.clientID, 'client id (a GUID)');
  const secret = textOf(inputs.clientSecret);
  if (!SECRET.test(secret)) return invalid(keys.clientSecret, 'client secret');
  return { kind: 'secret', tenantId: tenantID, clientId, secret: sensitive(secret) };
}

function workloadIdentity(
  { serviceAccountRef: { name }, tenantID, clientID }: AcrWorkloadIdentity,
  inputs: AcrRequest['inputs'],
  { credential: { namespace } }: ProviderContext,
): Identity | IssueFailure {
  const invalid = (annotation: string, what: string): IssueFailure =>
    issueFailure('InputInvalid', [], { serviceAccount: name, annotation, what });
  const tenantId = tenantID ?? textOf(inputs.tenantId);
  if (!isTenantId(tenantId)) return invalid(ANNOTATION_TENANT, 'tenant id (a GUID or a domain)');
  const clientId = clientID ?? textOf(inputs.clientId);
  if (!CLIENT_ID.test(clientId)) return invalid(ANNOTATION_CLIENT, 'client id (a GUID)');
  const assertion = textOf(inputs.assertion);
  if (!JWT.test(assertion)) {
    return issueFailure('TokenRequestRefused', [], { name, audience: ASSERTION_AUDIENCE });
  }
  return federated({ tenantId, clientId }, assertion, `system:serviceaccount:${namespace}:${name}`);
}

/** What Entra workload identity puts into the operator's own Pod. */
async function ambientWorkload(
  { tenantID, clientID }: AcrAmbient,
  { environment, readFile }: ProviderContext,
): Promise<Identity | IssueFailure> {
  const tenantId = tenantID ?? environment['AZURE_TENANT_ID'] ?? '';
  const clientId = clientID ?? environment['AZURE_CLIENT_ID'] ?? '';
  const file = environment['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  if (file === '') return unavailable('its Pod lacks the label azure.workload.identity/use=true');
  if (!isTenantId(tenantId) || !CLIENT_ID.test(clientId)) {
    return unavailable(
      'its ServiceAccount lacks the annotations of azure.workload.identity, or set tenantID, clientID',
    );
  }
  const assertion = await readFile(file).then(
    (text) => text.trim(),
    () => '',
  );
  if (!JWT.test(assertion)) return unavailable('the file of AZURE_FEDERATED_TOKEN_FILE holds no token');
  return federated({ tenantId, clientId }, assertion, 'the ServiceAccount of the operator');
}

function federated(application: Application, assertion: string, subject: string): Identity {
  const told = claimsOf(assertion)?.['sub'];
  return {
    kind: 'assertion',
    ...application,
    assertion: sensitive(assertion),
    subject: typeof told === 'string' && SUBJECT.test(told) ? told : subject,
    issuer: issuerOf(assertion) ?? 'of this cluster',
  };
}

function managedIdentity({ clientID, resourceID }: AcrAmbient): Identity {
  if (clientID !== undefined) return { kind: 'managed', query: { client_id: clientID }, name: clientID };
  if (resourceID === undefined) return { kind: 'managed', query: {}, name: 'system-assigned identity' };
  const name = resourceID.split('/').at(-1) ?? resourceID;
  return { kind: 'managed', query: { msi_res_id: resourceID }, name };
}

function unavailable(hint: string): IssueFailure {
  return issueFailure('AmbientUnavailable', [], { cloud: 'Azure', source: 'Workload', hint });
}

/** Editors and `echo` end a file with a newline. */
function textOf(input: Sensitive | undefined): string {
  return (input?.reveal() ?? '').trim();
}

function isTenantId(text: string): boolean {
  return text.length <= LONGEST_ID && TENANT_ID.test(text);
}
