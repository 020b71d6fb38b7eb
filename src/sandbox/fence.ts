// The default install's ValidatingAdmissionPolicies as data, under the names of the real ones in manifests/fence.yaml: each a
// list of rules around one user, with the message a refusal carries.
import { isDeepStrictEqual } from 'node:util';

import { ANNOTATION, DOCKER_CONFIG_TYPE, STORED_TOKEN_TYPE } from '../api/names.ts';
import { isPermitted, type PermittedNames } from '../api/permitted-names.ts';
import { isJson, type ApiObject } from './api-object.ts';

/** Whom the fence is around, and what the install permits. */
export interface Fence {
  readonly userName: string;
  readonly operatorNamespace: string;
  readonly secretNames: PermittedNames;
}

/** A write as admission sees it; `before` is absent on CREATE, and the object itself on DELETE. */
export interface AdmissionReview {
  readonly userName: string;
  readonly plural: string;
  readonly object: ApiObject;
  readonly before?: ApiObject;
}

interface Policy {
  readonly name: string;
  readonly matches: (review: AdmissionReview, fence: Fence) => boolean;
  readonly rules: readonly PolicyRule[];
}

interface PolicyRule {
  readonly message: string;
  allows(review: AdmissionReview, fence: Fence): boolean;
}

const HOLDS_NOTHING: PolicyRule = {
  message: 'regcred-operator changes neither finalizers nor owner references of a Secret',
  allows: ({ object, before }) => isDeepStrictEqual(holdsOf(object), holdsOf(before)),
};

export const FENCE_POLICIES: readonly Policy[] = [
  {
    name: 'regcred-operator-pull-secrets',
    matches: (review, fence) => review.plural === 'secrets' && !isHome(review, fence),
    rules: [
      {
        message: `regcred-operator writes Secrets of type ${DOCKER_CONFIG_TYPE} only`,
        allows: ({ object }) => object['type'] === DOCKER_CONFIG_TYPE,
      },
      {
        message: 'regcred-operator writes Secrets with permitted names only',
        allows: ({ object }, { secretNames }) => isPermitted(secretNames, object.metadata.name),
      },
      {
        message: `regcred-operator writes Secrets with the annotation ${ANNOTATION.managed} only`,
        allows: ({ object, before }) => isMarked(object) || isMarked(before),
      },
      HOLDS_NOTHING,
    ],
  },
  {
    name: 'regcred-operator-home-secrets',
    matches: (review, fence) => review.plural === 'secrets' && isHome(review, fence),
    rules: [
      {
        message: `regcred-operator writes Secrets of type ${STORED_TOKEN_TYPE}, and its own of type ${DOCKER_CONFIG_TYPE}, only`,
        allows: (review, fence) => review.object['type'] === STORED_TOKEN_TYPE || isPullSecret(review, fence),
      },
      HOLDS_NOTHING,
    ],
  },
  {
    name: 'regcred-operator-service-accounts',
    matches: ({ plural }) => plural === 'serviceaccounts',
    rules: [
      { message: 'regcred-operator creates no ServiceAccounts', allows: ({ before }) => before !== undefined },
      {
        message: `regcred-operator changes nothing of a ServiceAccount but imagePullSecrets and ${ANNOTATION.pullSecrets}`,
        allows: ({ object, before }) => before !== undefined && isDeepStrictEqual(fixedPart(object), fixedPart(before)),
      },
    ],
  },
  {
    name: 'regcred-operator-token-requests',
    matches: ({ plural }) => plural === 'serviceaccounts/token',
    rules: [
      {
        message: 'regcred-operator asks for tokens with exactly one audience, that of a cloud',
        allows: ({ object }) => isOneCloud(audiencesOf(object)),
      },
      {
        message: 'regcred-operator asks for tokens of ten minutes',
        allows: ({ object: { spec } }) => isJson(spec) && Number(spec['expirationSeconds']) <= 600,
      },
    ],
  },
];

/** Served as objects, so that their absence can be seen. */
export const FENCE_POLICY_NAMES: readonly string[] = FENCE_POLICIES.map(({ name }) => name);

/** The match condition of a policy around this user, as in manifests/fence.yaml. */
export function isUser(userName: string): string {
  return `request.userInfo.username == '${userName}'`;
}

/** The first rule that refuses, with its policy's name. */
export function fenceRefusal(
  fence: Fence,
  review: AdmissionReview,
  isActive: (policy: string) => boolean = () => true,
): { policy: string; message: string } | undefined {
  if (review.userName !== fence.userName) return undefined;
  for (const policy of FENCE_POLICIES.filter(({ name, matches }) => isActive(name) && matches(review, fence))) {
    const refused = policy.rules.find((rule) => !rule.allows(review, fence));
    if (refused) return { policy: policy.name, message: refused.message };
  }
  return undefined;
}

/** AWS, Azure, IBM, Google's workload identity federation, Google's GKE pools. */
const CLOUD_AUDIENCE = [
  /^(sts[.]amazonaws[.]com|api:[/][/]AzureADTokenExchange|iam)$/,
  /^(https:)?[/][/]iam[.]googleapis[.]com[/]projects[/][0-9]{1,20}[/]locations[/]global[/]workloadIdentityPools[/][a-z0-9-]{4,32}[/]providers[/][a-z0-9-]{4,32}$/,
  /^[a-z][a-z0-9-]{4,28}[a-z0-9][.]svc[.]id[.]goog$/,
];

function isOneCloud(audiences: readonly unknown[]): boolean {
  return audiences.length === 1 && CLOUD_AUDIENCE.some((pattern) => pattern.test(String(audiences[0])));
}

function audiencesOf({ spec }: ApiObject): readonly unknown[] {
  const audiences = isJson(spec) ? spec['audiences'] : undefined;
  return Array.isArray(audiences) ? audiences : [];
}

function isHome({ object }: AdmissionReview, { operatorNamespace }: Fence): boolean {
  return object.metadata.namespace === operatorNamespace;
}

function isPullSecret({ object, before }: AdmissionReview, { secretNames }: Fence): boolean {
  const isRightKind = object['type'] === DOCKER_CONFIG_TYPE && isPermitted(secretNames, object.metadata.name);
  return isRightKind && (isMarked(object) || isMarked(before));
}

function isMarked(object: ApiObject | undefined): boolean {
  return object?.metadata.annotations?.[ANNOTATION.managed] !== undefined;
}

function holdsOf(object: ApiObject | undefined): unknown {
  const { finalizers = [], ownerReferences = [] } = object?.metadata ?? {};
  return { finalizers, ownerReferences };
}

// All that the operator has no business with; the server's own bookkeeping is left out.
function fixedPart({ metadata, imagePullSecrets: _entries, ...fields }: ApiObject): unknown {
  const { [ANNOTATION.pullSecrets]: _ours, ...annotations } = metadata.annotations ?? {};
  const { labels = {}, finalizers = [], ownerReferences = [] } = metadata;
  return { ...fields, labels, finalizers, ownerReferences, annotations };
}
