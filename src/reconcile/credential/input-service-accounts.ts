// Inputs that come from ServiceAccounts of the home namespace: annotations, and tokens for a cloud. A token is asked for
// when it is used, never kept; what tells one identity from another is the ServiceAccount's UID and the audience.
import { OPERATOR_NAME, RESOURCE } from '../../api/names.ts';
import { issueFailure } from '../../api/reasons.ts';
import { isKubeError } from '../../kube/client.ts';
import type { CallOptions, KubeClient, KubeObject } from '../../kube/client.ts';
import { requestToken } from '../../kube/token-request.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import type { InputRef, IssueFailure } from '../../providers/provider.ts';

/** The ClusterRole that a tenant binds to let the operator read its inputs. */
export const INPUTS_ROLE = 'regcred-operator-inputs';

/** Where inputs are read from, and whom a refusal is about. */
export interface Home {
  readonly namespace: string;
  readonly operatorNamespace: string;
}

/** A token to ask for when it is needed. */
export interface TokenInput {
  readonly input: string;
  readonly name: string;
  readonly uid: string;
  readonly audience: string;
}

type Refs = Readonly<Partial<Record<string, InputRef>>>;

/** Names of the ServiceAccounts that a credential reads. */
export function serviceAccountInputs(refs: Refs): readonly string[] {
  const names = Object.values(refs).flatMap((ref) =>
    ref?.kind === 'ServiceAccountToken' || ref?.kind === 'ServiceAccountAnnotation' ? [ref.name] : [],
  );
  return [...new Set(names)];
}

export async function readServiceAccount(
  name: string,
  home: Home,
  client: KubeClient,
  options: CallOptions,
): Promise<KubeObject | IssueFailure> {
  const { namespace } = home;
  try {
    return await client.get({ resource: RESOURCE.serviceAccounts, namespace, name }, options);
  } catch (error) {
    return refusedRead(error, { verb: 'get', kind: 'ServiceAccount', name }, home);
  }
}

/** An absent annotation is a failure, unless the provider can do without. */
export function annotationOf(
  ref: Extract<InputRef, { kind: 'ServiceAccountAnnotation' }>,
  account: KubeObject | undefined,
  { namespace }: Home,
): { readonly kind: 'text'; readonly text: string } | IssueFailure | undefined {
  const { name, annotation: key } = ref;
  const annotations = account?.metadata.annotations ?? {};
  const text = Object.hasOwn(annotations, key) ? annotations[key]?.trim() : undefined;
  if (text !== undefined && text !== '') return { kind: 'text', text };
  if (ref.optional) return undefined;
  return issueFailure('InputNotFound', [], { kind: 'ServiceAccount', name, what: 'annotation', key, namespace });
}

/** All tokens that an issue needs, for this one issue. What the API server can not answer now is thrown. */
export async function requestTokens(
  wanted: readonly TokenInput[],
  home: Home,
  client: KubeClient,
  options: CallOptions,
): Promise<Readonly<Record<string, Sensitive>> | IssueFailure> {
  const tokens: Record<string, Sensitive> = {};
  for (const { input, name, uid, audience } of wanted) {
    try {
      const answer = await requestToken(client, { namespace: home.namespace, name, uid }, audience, options);
      tokens[input] = answer.token;
    } catch (error) {
      if (isKubeError(error, 'Invalid', 'BadRequest', 'AdmissionDenied'))
        return issueFailure('TokenRequestRefused', [], { name, audience });
      return refusedRead(error, { verb: 'create', kind: 'a token of ServiceAccount', name }, home);
    }
  }
  return tokens;
}

interface Refused {
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
}

/** A 404 and a 403 are for people to mend; anything else is thrown. */
export function refusedRead(error: unknown, { verb, kind, name }: Refused, home: Home): IssueFailure {
  const { namespace, operatorNamespace } = home;
  if (isKubeError(error, 'NotFound', 'NamespaceGone')) {
    const what = kind.startsWith('a token of ') ? 'ServiceAccount' : kind;
    return issueFailure('InputNotFound', [], { kind: what, name, namespace });
  }
  if (!isKubeError(error, 'Forbidden')) throw error;
  const facts = { verb, kind, name, namespace, role: INPUTS_ROLE };
  if (namespace === operatorNamespace) return issueFailure('ConsentMissing', [], facts);
  return issueFailure('ConsentMissing', [], { ...facts, operator: `${operatorNamespace}:${OPERATOR_NAME}` });
}
